//! The binary as people use it: started in a folder of its own, spoken to over HTTP, ended by
//! signals. What a request answers is tested in `testkit`; here it is that the whole holds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on ends, and says where")]

mod admin;
mod command;
mod flood;
mod flood_expand;
mod keys;
mod kill;
mod kill_life;
mod readme;
mod running;
mod serve;
mod trouble;
mod two_processes;
