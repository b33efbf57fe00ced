//! THE LINE ITSELF: from an HTTP request to an HTTP answer, on one screen in `line.rs`; and what
//! stands around it: listeners, the sign-in pages, the sample organization of `--dev`.
//!
//! Only `error.rs` knows how an error becomes a status. Only `clock.rs` reads a clock.

mod answer;
mod app;
mod authenticate;
mod batch;
mod bound;
mod busy;
mod clock;
mod dev;
mod encoding;
mod error;
mod hashing;
mod http;
mod line;
mod login;
mod metrics;
mod permissions;
mod plan;
mod post;
mod serve;
mod settings;
mod silence;
mod too_large;
mod trace;
mod worker;

pub use app::{App, open};
pub use clock::Clock;
pub use connect::callout::new_secret as new_extension_secret;
pub use connect::mail::is_sender;
pub use error::StartError;
pub use odata::budget::{AnswerLimits, Limits as AnswerLimit};
pub use permissions::{Registration, new_secret, offers};
pub use serve::serve;
pub use settings::{Hashing, Listener, MailSettings, MailTls, PATIENCE, Settings, TlsFiles, TrustedIssuer};
