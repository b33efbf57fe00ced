//! The binary as people use it: started in a folder of its own, spoken to over HTTP, ended by
//! signals. What a request answers is tested in `testkit`; here it is that the whole holds.

mod admin;
mod command;
mod readme;
mod running;
mod serve;
mod trouble;
