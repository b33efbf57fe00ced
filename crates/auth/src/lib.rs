//! Who is calling, and may they: tokens, the embedded issuer's rules, the permission table, the permit.
