//! Any text as `$filter`, on two types.
#![no_main]

#[path = "../../crates/odata/src/sample.rs"]
#[allow(dead_code, reason = "the crate's tests use more of it")]
mod sample;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use odata::bind_filter::{advanced_part, bind_filter};
use odata::schema::Schema;

static SCHEMA: LazyLock<Schema> = LazyLock::new(sample::schema);

fuzz_target!(|text: &str| {
    for ty in [sample::USER, sample::PACKAGE] {
        if let Ok(filter) = bind_filter(&SCHEMA, ty, text) {
            let _ = advanced_part(&filter);
        }
    }
});
