//! MAIL by SMTP. A letter goes to one person; its id is the row's, so that a repetition can be told
//! from a second letter. The password must never be shown.

use crate::Fault;
use crate::letter::Written;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncTransport, Message, Tokio1Executor};
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where letters are handed in. Checked by whoever makes it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    pub server: String,
    pub port: u16,
    pub tls: MailTls,
    pub username: Option<String>,
    pub password: Option<String>,
    /// `Doorward <doorward@contoso.example>`, or the address alone.
    pub from: String,
}

/// How the connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// It begins in the clear and must become TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None at all: for a server on the same machine.
    None,
}

/// So that a password doesn't reach a log by way of `{:?}`.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} as {}", self.server, self.port, self.from)
    }
}

/// Whether this can stand as the sender of letters.
#[must_use]
pub fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// Whether the server refuses us and not the letter: a wrong password is put right some day.
fn is_about_us(error: &lettre::transport::smtp::Error) -> bool {
    const NOT_SIGNED_IN: [u16; 4] = [530, 534, 535, 538];
    error.status().is_some_and(|code| NOT_SIGNED_IN.contains(&u16::from(code)))
}

/// Sends letters. Cheap to share; connections are kept for a while.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// # Errors
    /// [`Fault::Never`] for settings that can't be used.
    pub fn new(settings: &MailSettings) -> Result<Mailer, Fault> {
        // Whoever was first may have chosen the provider; there is one in this program.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let never = |error: &dyn fmt::Display| Fault::Never(format!("mail: {error}"));
        let parameters = || TlsParameters::new(settings.server.clone()).map_err(|error| never(&error));
        let tls = match settings.tls {
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Implicit => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((username, password)) = settings.username.clone().zip(settings.password.clone()) {
            builder = builder.credentials(Credentials::new(username, password));
        }
        let from = settings.from.parse().map_err(|error| never(&error))?;
        Ok(Mailer { transport: builder.build(), from })
    }

    /// Hands a letter to the server.
    ///
    /// # Errors
    /// [`Fault::Never`] where the address or the letter is refused for good; [`Fault::Later`] else.
    pub async fn send(&self, id: Uuid, letter: &Written) -> Result<(), Fault> {
        let address = letter.to.parse().map_err(|error| Fault::Never(format!("the reader's address: {error}")))?;
        let name = Some(letter.to_name.clone()).filter(|name| !name.is_empty());
        let host = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{id}@{host}>")))
            // Nobody's holiday answers to a machine (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| Fault::Never(format!("the letter can't be written: {error}")))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() && !is_about_us(&error) => {
                Err(Fault::Never(format!("the mail server refuses: {error}")))
            }
            Err(error) => Err(Fault::Later(format!("the mail server: {error}"))),
        }
    }
}
