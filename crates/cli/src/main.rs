//! The binary `doorward`.
mod ca;
mod files;
fn main() {}
