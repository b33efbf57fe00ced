//! The rules of entitlement management: pure and synchronous. No clock, no SQL, no wire formats.
