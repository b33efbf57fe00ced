//! The README's command lines, pasted one after the other, on a machine that has nothing but what
//! the README asks for.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{BINARY, finish, run};
use crate::running::Server;

const README: &str = include_str!("../../../../README.md");
const ACCESS: &str = include_str!("../../../../docs/access.md");
const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
/// What stands between two such lines in the output.
const MARK: &str = "=== next block ===";

/// The shell blocks below a heading, up to the next.
fn blocks<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no '{heading}'"));
    let section = rest.split("\n## ").next().unwrap();
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// A folder in which a shell finds these programs, and no others.
fn only(programs: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for program in programs {
        symlink(on_path(program), folder.path().join(program)).unwrap();
    }
    folder
}

fn on_path(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("the text asks for {program}, and this machine has none"))
}

#[tokio::test]
async fn the_main_job_of_the_readme_works_when_pasted() {
    let section = README.split_once("\n## The main job\n").unwrap().1;
    let asked: Vec<&str> = section.split("needed.").next().unwrap().split('`').skip(1).step_by(2).skip(1).collect();
    let path = only(&asked);
    std::fs::create_dir_all(path.path().join("target/release")).unwrap();
    symlink(BINARY, path.path().join("target/release/doorward")).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let blocks = blocks(README, "The main job");
    assert_eq!(blocks.len(), 6);
    // The first `POST` once more at the end, as the text says.
    let script: Vec<String> =
        blocks.iter().chain([&blocks[3]]).map(|block| format!("echo '{MARK}'\n{block}")).collect();
    let script = script.join("\n").replace("http://localhost:8080", &server.url);
    let mut bash = Command::new(on_path("bash"));
    bash.args(["-euo", "pipefail", "-c", &script]).current_dir(path.path());
    bash.env_clear().env("PATH", path.path()).env("DOORWARD_URL", &server.url);
    let said = finish(&mut bash, "").ok();

    let parts: Vec<&str> = said.split(MARK).skip(1).collect();
    let [_, _, ids, linked, made, listed, again] = parts[..] else { panic!("{said}") };
    let ids: Vec<&str> = ids.split_whitespace().filter(|word| word.trim_end_matches(',').len() == 36).collect();
    assert_eq!(ids.len(), 3, "{said}");
    assert!(linked.trim_start().starts_with("HTTP/1.1 204"), "{linked}");
    assert!(made.trim_start().starts_with("HTTP/1.1 201") && made.contains("ExternalModel.group"), "{made}");
    let location =
        made.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("location: ").map(str::to_owned));
    let group = location.as_deref().and_then(|url| url.trim().rsplit('/').next()).unwrap();
    assert!(listed.contains(group) && listed.contains(ids[2].trim_end_matches(',')), "{listed}");
    assert!(again.trim_start().starts_with("HTTP/1.1 409"), "{again}");
}

#[tokio::test]
async fn the_walk_through_access_works_when_pasted() {
    let path = only(&["curl", "grep", "head", "cut", "sleep"]);
    std::fs::create_dir_all(path.path().join("target/release")).unwrap();
    symlink(BINARY, path.path().join("target/release/doorward")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let blocks = blocks(ACCESS, "Walk");
    assert_eq!(blocks.len(), 7);
    let script: Vec<String> = blocks.iter().map(|block| format!("echo '{MARK}'\n{block}")).collect();
    let script = script.join("\n").replace("http://localhost:8080", &server.url);
    let mut bash = Command::new(on_path("bash"));
    bash.args(["-euo", "pipefail", "-c", &script]).current_dir(path.path());
    bash.env_clear().env("PATH", path.path()).env("DOORWARD_URL", &server.url);
    let said = finish(&mut bash, "").ok();
    let parts: Vec<&str> = said.split(MARK).skip(1).collect();
    let [_, policy, asked, decided, there, refused, over] = parts[..] else { panic!("{said}") };
    assert_eq!(policy.trim().len(), "policy ".len() + 36, "{policy}");
    assert!(asked.contains("pendingApproval"), "{asked}");
    assert!(decided.trim_start().starts_with("HTTP/1.1 204"), "{decided}");
    assert!(there.contains("\"delivered\"") && there.contains("Eve Evers"), "{there}");
    assert!(refused.contains("IncompatibleAssignmentExists"), "{refused}");
    assert!(over.contains("\"expired\"") && !over.contains("Eve Evers"), "{over}");
}

#[test]
fn the_first_steps_of_operations_work_when_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let path = only(&["sh"]);
    symlink(BINARY, path.path().join("doorward")).unwrap();
    let blocks = blocks(OPERATIONS, "From nothing to the first token");
    let (script, serve) = blocks[0].split_once("doorward serve").unwrap();
    assert!(serve.lines().skip(1).all(str::is_empty), "`serve` is the last of it");
    let said = pasted(script, path.path(), folder.path());
    assert!(said.contains("client_secret="), "{said}");
    let client = run(folder.path(), &["client", "list", "--tenant", "contoso.example"]).ok();
    let id = client.split(' ').next().unwrap();
    let rows = OPERATIONS.lines().filter_map(|line| line.strip_prefix("| `doorward ")?.split('`').next());
    let (deleting, others): (Vec<&str>, Vec<&str>) = rows.partition(|line| line.contains("delete"));
    assert_eq!((deleting.len(), others.len()), (1, 3));
    for line in others.into_iter().chain(deleting) {
        let line = line.replace("TENANT", "contoso.example").replace("ID", id);
        pasted(&format!("doorward {line}"), path.path(), folder.path());
    }
    assert_eq!(run(folder.path(), &["tenant", "list"]).ok(), "");
}

fn pasted(script: &str, path: &Path, folder: &Path) -> String {
    let mut shell = Command::new("/bin/sh");
    finish(shell.args(["-euc", script]).current_dir(folder).env_clear().env("PATH", path), "").ok()
}
