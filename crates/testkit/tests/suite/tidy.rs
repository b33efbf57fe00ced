//! The house rules that a compiler doesn't check: arrows point one way, files open with a sign,
//! engines stay behind their door, migrations come in pairs, documents name what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may know (ARCHITECTURE.md, "The rooms").
const ARROWS: &[(&str, &[&str])] = &[
    ("odata", &[]),
    ("domain", &[]),
    ("connect", &["domain"]),
    ("model", &["odata"]),
    ("auth", &["odata", "model", "domain"]),
    ("store", &["odata", "model", "domain", "auth"]),
    ("server", &["odata", "model", "domain", "auth", "store", "connect"]),
    ("cli", &["odata", "model", "domain", "auth", "store", "server"]),
    ("testkit", &["odata", "model", "domain", "auth", "store", "server"]),
    ("bench", &["odata", "model", "domain", "auth", "store", "server"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Files of ours below a folder, with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "node_modules" | ".git") {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[test]
fn arrows_point_one_way() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).chain(["doorward"]).collect();
    for manifest in files(&root().join("crates"), "Cargo.toml") {
        let name = manifest.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            panic!("{name} is a new room: say here and in ARCHITECTURE.md which rooms it may know");
        };
        let text = fs::read_to_string(&manifest).unwrap();
        let mut section = String::new();
        for line in text.lines() {
            if line.starts_with('[') {
                section = line.to_owned();
            } else if section == "[dependencies]" || section == "[build-dependencies]" {
                let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
                if ours.contains(dependency) {
                    assert!(allowed.contains(&dependency), "{name} may not depend on {dependency}");
                }
            }
        }
    }
}

#[test]
fn every_file_opens_with_a_sign() {
    for folder in ["crates", "fuzz"] {
        for file in files(&root().join(folder), ".rs") {
            let text = fs::read_to_string(&file).unwrap();
            let opened = text.trim_start_matches("#![no_main]").trim_start().starts_with("//! ");
            assert!(opened, "{}: it opens with `//!`: what it is for, and what it must never do", shown(&file));
        }
    }
}

#[test]
fn no_file_is_too_long() {
    for file in files(&root().join("crates"), ".rs") {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 700, "{}: {lines} lines; at 700 a file is split", shown(&file));
    }
}

#[test]
fn engines_are_named_behind_their_door() {
    // The door itself chooses between the two, and the migrations are theirs.
    let door =
        ["sqlite.rs", "postgres.rs", "engine.rs", "connection.rs", "dialect.rs", "migrate.rs", "lib.rs", "tests.rs"];
    for file in files(&root().join("crates/store/src"), ".rs") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if door.contains(&name.as_str()) || name.ends_with("_tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (at, line) in code.enumerate() {
            for word in ["rusqlite", "tokio_postgres", "deadpool", "Sqlite", "Postgres", "PRAGMA", "sqlite_"] {
                assert!(!line.contains(word), "{} names an engine: line {at}: {line}", shown(&file));
            }
        }
    }
    for room in ["odata", "domain", "model", "auth", "server"] {
        for file in files(&root().join("crates").join(room).join("src"), ".rs") {
            let text = fs::read_to_string(&file).unwrap();
            for word in ["rusqlite", "tokio_postgres", "SELECT ", "INSERT INTO"] {
                assert!(!text.contains(word), "{}: '{word}' belongs into the store", shown(&file));
            }
        }
    }
}

/// Work that a stranger can ask for must be bounded: passwords and secrets are hashed in one queue, and
/// every other use of the runtime's blocking threads, of which there are hundreds, is known here.
#[test]
fn expensive_work_has_one_place() {
    let known: &[(&str, &[&str])] = &[
        ("argon2::", &["crates/auth/src/issuer/hasher.rs"]),
        (
            "Hasher::default()",
            // The command line hashes one secret and ends.
            &["crates/server/src/hashing.rs", "crates/cli/src/admin/client.rs", "crates/cli/src/admin/tenant.rs"],
        ),
        // One key at a time; one body for each processor; and as many transactions as the embedded engine has
        // connections.
        (
            "spawn_blocking",
            &["crates/server/src/login/keys.rs", "crates/server/src/encoding.rs", "crates/store/src/sqlite.rs"],
        ),
    ];
    for (word, places) in known {
        for file in files(&root().join("crates"), ".rs") {
            let name = shown(&file);
            let tests = name.contains("/tests/") || name.ends_with("tests.rs") || name.starts_with("crates/testkit");
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let found = code.lines().any(|line| line.contains(word) && !line.trim_start().starts_with("//"));
            assert!(!found || tests || places.contains(&name.as_str()), "{name}: '{word}' has its place elsewhere");
        }
    }
}

#[test]
fn migrations_come_in_pairs() {
    let migrations = root().join("crates/store/migrations");
    let names = |engine: &str| -> Vec<String> {
        let files = files(&migrations.join(engine), ".sql");
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let registered = fs::read_to_string(root().join("crates/store/src/migrate.rs")).unwrap();
    for (at, name) in names("sqlite").iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", at + 1)), "{name}: the next number is {}", at + 1);
        let stem = name.trim_end_matches(".sql");
        assert_eq!(registered.matches(&format!("\"{stem}\"")).count(), 2, "{stem} is registered for both engines");
    }
}

#[test]
fn documents_name_what_is_there() {
    let root = root();
    let mut documents = files(&root.join("docs"), ".md");
    documents.extend(
        fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        let folder = document.parent().unwrap();
        // Links to files: [text](path)
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            assert!(folder.join(path).exists(), "{} links to {path}, which isn't there", shown(&document));
        }
        // Paths in code: `crates/…`, `docs/…`, `tests/…`
        for path in text.split('`').skip(1).step_by(2) {
            let ours = ["crates/", "docs/", "tests/", "fuzz/", ".ci/"].iter().any(|start| path.starts_with(start));
            if ours && !path.contains(['*', '{', ' ', '…', '<']) {
                assert!(root.join(path).exists(), "{} names {path}, which isn't there", shown(&document));
            }
        }
    }
}

#[test]
fn nothing_is_left_over() {
    for folder in ["crates", "docs", "tests", "fuzz"] {
        for ending in [".rs", ".md", ".toml", ".mjs", ".go", ".java", ".xml", ".sql", ".html"] {
            for file in files(&root().join(folder), ending) {
                if file.ends_with("tidy.rs") {
                    continue;
                }
                let text = fs::read_to_string(&file).unwrap();
                for word in ["FIXME", "XXX", "TODO", "/work/", "/home/", "/tmp/"] {
                    assert!(!text.contains(word), "{}: '{word}' is left over", shown(&file));
                }
            }
        }
    }
}

#[test]
fn deviations_name_tests_that_are_there() {
    let sources: String = ["crates", "tests"]
        .iter()
        .flat_map(|folder| [files(&root().join(folder), ".rs"), files(&root().join(folder), ".mjs")].concat())
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let text = fs::read_to_string(root().join("docs/deviations.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.trim_end_matches([' ', '|']).rsplit('|').next());
    for name in rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter(|name| name.contains("::")) {
        let test = name.rsplit("::").next().unwrap_or_default();
        assert!(
            sources.contains(&format!("fn {test}(")),
            "docs/deviations.md names the test {name}, which isn't there"
        );
    }
}
