//! Where the server's log goes: standard error, as text for people or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::LogFormat;

/// PostgreSQL's notices are of no use to anybody who didn't ask for more.
const QUIET: &str = "tokio_postgres=warn";

/// The filter was checked with the other settings; one that is wrong all the same means `info`.
pub fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}")).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A second log in one process is one that a test started.
    drop(started);
}
