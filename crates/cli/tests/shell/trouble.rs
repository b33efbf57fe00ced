//! What goes wrong before a server runs is said in words that help.

use std::net::TcpListener;

use crate::command::{finish, run};

#[test]
fn a_port_in_use_is_told_with_the_flag_for_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let complaint = run(folder.path(), &["serve", "--dev", "--http", &address, "--https", "off"]).failed();
    assert!(
        complaint.contains(&address) && complaint.contains("in use") && complaint.contains("--http"),
        "{complaint}"
    );
}

#[test]
fn every_mistake_in_the_settings_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("doorward.toml"), "databse = 'x'\nhttp = 'nowhere'\n").unwrap();
    for command in ["serve", "check-config"] {
        let complaint = run(folder.path(), &[command, "--https", "0"]).failed();
        for part in ["doorward.toml", "'databse'", "'database'", "nowhere", "--https"] {
            assert!(complaint.contains(part), "{command}: {part} in {complaint}");
        }
    }
    assert!(!folder.path().join("doorward-data").exists());
}

#[test]
fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens on the port of a listener that is gone.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ada:hunter2@127.0.0.1:{port}/door");
    for command in [&["migrate"][..], &["serve", "--http", "127.0.0.1:0", "--https", "off"]] {
        let arguments = [command, &["--database", &url]].concat();
        let complaint = run(folder.path(), &arguments).failed();
        assert!(complaint.contains("ada:***@127.0.0.1") && !complaint.contains("hunter2"), "{complaint}");
    }
    let complaint = run(folder.path(), &["migrate", "--database", "no/such/folder/door.db"]).failed();
    assert!(complaint.contains("no/such/folder/door.db"), "{complaint}");
}

#[test]
fn a_slip_in_a_path_makes_no_new_database() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["tenant", "list"][..], &["check"], &["client", "list", "--tenant", "contoso.example"]] {
        let complaint = run(folder.path(), &[command, &["--data", "elsewhere"]].concat()).failed();
        assert!(complaint.contains("elsewhere") && complaint.contains("doorward migrate"), "{complaint}");
    }
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn a_wrong_command_line_has_a_status_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["serve", "--colour"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--colour"), "{ended:?}");
}

#[test]
fn bash_reads_the_completions() {
    let folder = tempfile::tempdir().unwrap();
    let script = run(folder.path(), &["completions", "bash"]).ok();
    let mut bash = std::process::Command::new("bash");
    let ended = finish(bash.args(["-euc", "source /dev/stdin; complete -p doorward"]), &script);
    assert!(ended.ok().contains("doorward"));
}
