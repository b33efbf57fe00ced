//! Floods: many expensive requests at once must not take the server's memory. The long ones print
//! the highest resident memory; `./x test --long` runs them.

use crate::running::Server;

/// The server's memory when it has just started, for comparison with the floods below.
#[test]
#[ignore = "long: run by ./x test --long"]
fn memory_at_start_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    println!("flood: at start: {} MiB now, {} MiB at most", server.memory() >> 20, server.peak_memory() >> 20);
    assert!(server.peak_memory() < 256 << 20);
}
