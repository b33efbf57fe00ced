//! `docs/limits.md` beside the source: every limit of the protocol has its row, and each row says the value that
//! its constant has.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The expression that a constant is set to.
fn expression<'s>(source: &'s str, name: &str) -> Option<&'s str> {
    let line = source.lines().find(|line| line.contains(&format!("const {name}: ")))?;
    line.split_once(" = ")?.1.split_once(';').map(|(expression, _)| expression)
}

/// The value of a product of numbers, or of so many seconds; none where another constant is part of it.
fn value(expression: &str) -> Option<u64> {
    let inner = expression.trim_start_matches("Duration::from_secs(").trim_end_matches(')');
    inner.split(" * ").map(|factor| factor.replace('_', "").parse::<u64>().ok()).product()
}

/// With a comma after each three digits.
fn written(value: u64) -> String {
    let digits = value.to_string();
    let group = |(at, digit): (usize, char)| match (digits.len() - at).is_multiple_of(3) && at > 0 {
        true => format!(",{digit}"),
        false => digit.to_string(),
    };
    digits.chars().enumerate().map(group).collect()
}

/// Whether the number stands in the text by itself, and not as a part of another.
fn says(text: &str, number: &str) -> bool {
    text.split(|each: char| !each.is_ascii_digit() && each != ',').any(|word| word.trim_matches(',') == number)
}

/// The cells of each row that names a constant, the file, and the name.
fn rows(text: &str) -> Vec<(Vec<&str>, &str, &str)> {
    text.lines()
        .filter(|line| line.starts_with("| ") && line.contains(".rs`"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let mut named = cells.last().unwrap().split('`').skip(1).step_by(2);
            let file = named.next().unwrap();
            (cells, file, named.next().unwrap_or_default())
        })
        .collect()
}

#[test]
fn limits_document_names_every_limit_of_the_protocol() {
    let source = read("crates/odata/src/limits.rs");
    let text = read("docs/limits.md");
    let rows = rows(&text);
    let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let mut count = 0;
    for name in names {
        count += 1;
        let row = rows.iter().find(|(_, file, known)| *file == "crates/odata/src/limits.rs" && *known == name);
        assert!(row.is_some(), "docs/limits.md has no row for {name} of crates/odata/src/limits.rs");
        assert!(value(expression(&source, name).unwrap()).is_some(), "the value of {name} can't be compared");
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn limits_document_says_the_values_of_the_source() {
    let text = read("docs/limits.md");
    for (cells, file, name) in rows(&text) {
        assert_eq!(cells.len(), 5, "{cells:?}");
        let source = read(file);
        if name.is_empty() {
            continue;
        }
        let expression = expression(&source, name).unwrap_or_else(|| panic!("{file} has no constant {name}"));
        if let Some(value) = value(expression) {
            let written = written(value);
            assert!(says(cells[1], &written), "docs/limits.md says '{}' of {name}, which is {written}", cells[1]);
        }
    }
}

#[test]
fn numbers_are_compared_as_they_are_written() {
    assert_eq!([7, 999, 1000, 4_194_304].map(written), ["7", "999", "1,000", "4,194,304"]);
    assert_eq!(value("4 * 1024 * 1024"), Some(4_194_304));
    assert_eq!(value("Duration::from_secs(60)"), Some(60));
    assert_eq!(value("14 * DAY"), None);
    assert!(says("4,194,304 (4 MiB)", "4,194,304") && !says("1,000", "000") && !says("14", "4"));
}
