//! Any request target: parsed, bound, and its options written into a next link and read again.
#![no_main]

#[path = "../../crates/odata/src/sample.rs"]
#[allow(dead_code, reason = "the crate's tests use more of it")]
mod sample;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use odata::bind::{Asks, bind};
use odata::bookmark::{Token, decode, next_link};
use odata::query::Bookmark;
use odata::{reference, schema::Schema, url};

static SCHEMA: LazyLock<Schema> = LazyLock::new(sample::schema);

fuzz_target!(|text: &str| {
    let _ = decode(text);
    if let Ok(raw) = reference::parse_reference(text, &["localhost:8443"]) {
        let _ = reference::bind_reference(&SCHEMA, &raw);
    }
    let Ok(raw) = url::parse(text) else { return };
    for consistency_eventual in [false, true] {
        let _ = bind(&SCHEMA, &raw, &Asks { consistency_eventual, max_page_size: None, read: true });
    }
    let token = Token { after: Bookmark { values: vec![], id: "x".into() }, place: 7, count: true, remaining: Some(1) };
    let link = next_link("https://h/v1.0", "/users", &raw.options, &token);
    if let Ok(again) = url::parse(link.trim_start_matches("https://h/v1.0")) {
        assert_eq!(again.option("$filter"), raw.option("$filter"));
        assert_eq!(decode(again.option("$skiptoken").unwrap()).unwrap(), token);
    }
});
