//! For tests only: boots a server per test on either engine, holds conversations with it, and
//! verifies the house afterwards.
//!
//! ```no_run
//! testkit::on_each_engine(async |house| {
//!     let app = house.app().await;
//!     let group = house.group_id("Payment clerks").await;
//!     app.get(&format!("/v1.0/groups/{group}")).await.expect(200);
//! });
//! ```
//!
//! Every test has a database of its own, made from a template that was migrated and filled once: the
//! sample organization of `--dev`, and a second tenant. It must never reach rows by a back door:
//! what a test wants to be there, it asks for by HTTP. The one exception, [`House::plant`], breaks
//! promises for the tests of `verify()`.

#![expect(clippy::expect_used, clippy::panic, reason = "a test kit that can't do its work ends the test, and says why")]

mod client;
mod database;
mod house;
mod template;
mod token;
mod wait;

pub use client::{Answer, Client};
pub use database::{Engine, Own};
pub use house::{Beside, House};
pub use token::Wish;
pub use wait::{until, until_found};

use futures_util::FutureExt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Once;

/// The variable that names a PostgreSQL server to test on; `./x test` sets it.
pub const POSTGRES: &str = "DOORWARD_TEST_POSTGRES";

/// Runs a test on SQLite and, when [`POSTGRES`] is set, on PostgreSQL; each with a fresh house,
/// which is verified when the test has passed.
pub fn on_each_engine(test: impl AsyncFn(&House)) {
    each(None, &test);
}

/// The same, with a server that hands its mail in here.
pub fn on_each_engine_with_mail(mail: &server::MailSettings, test: impl AsyncFn(&House)) {
    each(Some(mail), &test);
}

fn each(mail: Option<&server::MailSettings>, test: &impl AsyncFn(&House)) {
    on(Engine::Sqlite, mail, test);
    match std::env::var(POSTGRES) {
        Ok(url) if !url.is_empty() => on(Engine::Postgres(url), mail, test),
        _ => say_skipped(),
    }
}

/// Runs a test on SQLite alone: for what has nothing to do with the engine.
pub fn on_sqlite(test: impl AsyncFn(&House)) {
    on(Engine::Sqlite, None, &test);
}

/// Runs a test on PostgreSQL alone, when [`POSTGRES`] is set: for what has run on SQLite apart from it.
pub fn on_postgres(test: impl AsyncFn(&House)) {
    match std::env::var(POSTGRES) {
        Ok(url) if !url.is_empty() => on(Engine::Postgres(url), None, &test),
        _ => say_skipped(),
    }
}

fn on(engine: Engine, mail: Option<&server::MailSettings>, test: &impl AsyncFn(&House)) {
    let name = engine.name();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let house = House::open(engine, mail.cloned()).await;
        let result = AssertUnwindSafe(test(&house)).catch_unwind().await;
        let violations = house.close().await;
        (result, violations)
    });
    runtime.shutdown_background();
    match result {
        (Ok(()), violations) if violations.is_empty() => {}
        (Ok(()), violations) => panic!("on {name}, the house is not in order: {violations:#?}"),
        (Err(panic), _) => {
            say(&format!("^ on {name}\n"));
            resume_unwind(panic);
        }
    }
}

/// Past the capture of test output: half a test run must not look like a whole one.
fn say_skipped() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| say(&format!("PostgreSQL SKIPPED: {POSTGRES} is not set (./x test sets it)\n")));
}

fn say(text: &str) {
    // Nothing is lost but a remark.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
