//! The database: two engines behind one door.
