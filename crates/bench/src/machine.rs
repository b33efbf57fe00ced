//! What was measured on: without it a number says nothing.

use crate::Failure;
use std::path::Path;
use std::process::Command;

pub fn describe(program: &Path) -> Result<String, Failure> {
    let cores = std::thread::available_parallelism()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let version = Command::new(program).arg("--version").output()?.stdout;
    Ok(format!(
        "{}, SQLite {}; {cores} cores of {}, Linux {}",
        String::from_utf8_lossy(&version).trim(),
        rusqlite::version(),
        model.map_or("a nameless processor", |(_, name)| name.trim()),
        kernel.trim(),
    ))
}
