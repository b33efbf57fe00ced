//! The settings of `[mail]`: all of them or none. A password must never be part of what is said.

use std::fs;

use figment::value::Value;
use server::{MailSettings, MailTls};

use super::{Checks, mail_tls};

impl Checks<'_> {
    pub(super) fn mail(&mut self) -> Option<MailSettings> {
        let table = self.config.value("mail")?;
        if table.as_dict().is_none_or(figment::value::Dict::is_empty) {
            return None;
        }
        let server = self.needed("mail.server");
        let from = self.needed("mail.from");
        if from.as_deref().is_some_and(|from| !server::is_sender(from)) {
            self.wrong("mail.from", "must be an address, as 'Doorward <doorward@contoso.example>'");
        }
        let tls = self.mail_privacy();
        let port = self.mail_port(tls);
        let username = self.text("mail.username");
        let password = self.mail_password();
        match (&username, &password) {
            (Some(_), None) => self.wrong("mail.username", "needs mail.password or mail.password_file beside it"),
            (None, Some(_)) => self.wrong("mail.password", "needs mail.username beside it"),
            (Some(_), Some(_)) if tls == MailTls::None && !server.as_deref().is_some_and(is_here) => {
                self.wrong("mail.tls", "is none, and the password would go over the network in the clear");
            }
            _ => {}
        }
        Some(MailSettings { server: server?, port, tls, username, password, from: from? })
    }

    fn needed(&mut self, name: &str) -> Option<String> {
        if self.config.value(name).is_none() {
            self.wrong(name, "is missing");
            return None;
        }
        self.text(name)
    }

    fn mail_privacy(&mut self) -> MailTls {
        let all = [MailTls::StartTls, MailTls::Implicit, MailTls::None];
        let Some(text) = self.text("mail.tls") else { return MailTls::StartTls };
        all.into_iter().find(|tls| mail_tls(*tls) == text).unwrap_or_else(|| {
            self.wrong("mail.tls", format!("must be starttls, implicit or none, not '{text}'"));
            MailTls::StartTls
        })
    }

    fn mail_port(&mut self, tls: MailTls) -> u16 {
        let usual = match tls {
            MailTls::StartTls => 587,
            MailTls::Implicit => 465,
            MailTls::None => 25,
        };
        let Some(value) = self.config.value("mail.port") else { return usual };
        let port = match &value {
            Value::String(_, text) => text.parse().ok(),
            other => other.to_i128().and_then(|number| u16::try_from(number).ok()),
        };
        port.filter(|port| *port > 0).unwrap_or_else(|| {
            self.wrong("mail.port", "must be a port, 1 to 65535");
            usual
        })
    }

    fn mail_password(&mut self) -> Option<String> {
        let given = |name: &str| self.config.value(name).is_some();
        match (given("mail.password"), given("mail.password_file")) {
            (true, true) => {
                self.wrong("mail.password_file", "stands beside mail.password; leave out one of the two");
                None
            }
            // A password of digits is a text all the same, once it stands between quotes.
            (true, false) => self.text("mail.password"),
            (false, true) => {
                let path = self.text("mail.password_file")?;
                match fs::read_to_string(&path) {
                    Ok(text) => Some(text.lines().next().unwrap_or_default().to_owned()),
                    Err(error) => {
                        self.wrong("mail.password_file", format!("can't be read: {path}: {error}"));
                        None
                    }
                }
            }
            (false, false) => None,
        }
    }
}

fn is_here(server: &str) -> bool {
    server == "localhost" || server.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
