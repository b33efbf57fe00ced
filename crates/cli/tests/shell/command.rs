//! `doorward` with arguments, run to its end in a folder of its own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

pub const BINARY: &str = env!("CARGO_BIN_EXE_doorward");

/// What it said, and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program, without the settings of whoever runs the tests.
pub fn doorward(folder: &Path) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DOORWARD_") {
            command.env_remove(name);
        }
    }
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    command.current_dir(folder).env("TMPDIR", temporary).stdin(Stdio::null());
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Ended {
    finish(doorward(folder).args(arguments), "")
}

pub fn finish(command: &mut Command, input: &str) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever doesn't read it may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// Its result, when it did what it was told.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.stdout
    }

    /// What it complained of.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.status, Some(1), "{self:?}");
        self.stderr
    }
}

/// The value of a `name=value` line.
#[track_caller]
pub fn value<'a>(result: &'a str, name: &str) -> &'a str {
    let found = result.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in {result}"))
}
