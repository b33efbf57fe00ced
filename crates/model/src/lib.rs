//! The Graph schema as data: types, two surfaces, and where each property is stored.
