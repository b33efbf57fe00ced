//! Any bytes as an entity, as parameters, as a link and as a batch.
#![no_main]

#[path = "../../crates/odata/src/sample.rs"]
#[allow(dead_code, reason = "the crate's tests use more of it")]
mod sample;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use odata::body::{Mode, Options, read_arguments, read_entity, read_link};
use odata::schema::Schema;

static SCHEMA: LazyLock<Schema> = LazyLock::new(sample::schema);

fuzz_target!(|bytes: &[u8]| {
    let options = Options { keep_extra: true, ..Options::default() };
    for ty in [sample::PACKAGE, sample::DIRECTORY_OBJECT, sample::GROUP] {
        for mode in [Mode::Create, Mode::Update, Mode::Replace] {
            let _ = read_entity(&SCHEMA, ty, bytes, mode, &options);
        }
    }
    let _ = read_arguments(&SCHEMA, 4, bytes);
    let _ = read_link(bytes);
    let _ = odata::batch::parse(bytes, &[]);
});
