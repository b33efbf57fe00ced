//! `doorward check-config`: every setting, its value, and where it was given. No secret is shown.

use std::fmt::Write;

use crate::checks;
use crate::config::Config;
use crate::keys::KEYS;
use crate::settings::{Settings, Tls};

pub fn table(settings: &Settings, config: &Config) -> String {
    let rows: Vec<(&str, String, String)> =
        KEYS.iter().map(|key| (key.name, value(key.name, settings), config.place(key.name))).collect();
    let width = rows.iter().map(|(_, value, _)| value.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value, place) in rows {
        let _ = writeln!(text, "{name:<18} {value:<width$}  ({place})");
    }
    text
}

fn value(name: &str, settings: &Settings) -> String {
    let (certificate, key, names) = match &settings.tls {
        Tls::Local { names } => ("made by the local authority".to_owned(), "-".to_owned(), names.join(", ")),
        Tls::Files { certificate, key } => {
            (certificate.display().to_string(), key.display().to_string(), String::new())
        }
    };
    let text = match name {
        "dev" => settings.dev.to_string(),
        "data" if settings.ephemeral => "a temporary folder".to_owned(),
        "data" => settings.data.display().to_string(),
        "database" => settings.database.to_string(),
        "http" => addresses(&settings.http),
        "https" => addresses(&settings.https),
        "tls.certificate" => certificate,
        "tls.key" => key,
        "tls.names" => names,
        "log" => settings.log.clone(),
        "log_format" => settings.log_format.name().to_owned(),
        name if name.starts_with("mail.") => mail(name, settings),
        "callouts.allow_private" => settings.private_callouts.to_string(),
        "hashing.workers" => settings.hashing.workers.to_string(),
        "hashing.queue" => settings.hashing.queue.to_string(),
        "limits.answer_memory" => format!("{} MiB", settings.answers.server >> 20),
        "issuers" => settings.issuers.iter().map(|issuer| issuer.url.as_str()).collect::<Vec<_>>().join(", "),
        other => format!("(no words for {other})"),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

fn mail(name: &str, settings: &Settings) -> String {
    let Some(mail) = &settings.mail else { return String::new() };
    match name {
        "mail.server" => mail.server.clone(),
        "mail.port" => mail.port.to_string(),
        "mail.tls" => checks::mail_tls(mail.tls).to_owned(),
        "mail.username" => mail.username.clone().unwrap_or_default(),
        "mail.password" => mail.password.as_ref().map(|_| "***".to_owned()).unwrap_or_default(),
        "mail.password_file" => String::new(),
        "mail.from" => mail.from.clone(),
        other => format!("(no words for {other})"),
    }
}

fn addresses(all: &[std::net::SocketAddr]) -> String {
    if all.is_empty() {
        return "off".to_owned();
    }
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::ServeArgs;

    #[test]
    fn every_setting_has_its_line_and_no_secret_is_in_it() {
        let mut flags = ServeArgs { dev: true, ..ServeArgs::default() };
        flags.store.database = Some("postgres://ada:secret@db/door".to_owned());
        flags.http = vec!["off".to_owned()];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doorward.toml");
        let mail = "server = 'localhost'\nfrom = 'a@b.test'\nusername = 'ada'\npassword = 'secret'";
        std::fs::write(&file, format!("log = 'warn'\n[mail]\n{mail}")).unwrap();
        flags.store.config = Some(file.clone());
        let (settings, config) = checks::load(&flags, []).map_err(|p| format!("{p:?}")).unwrap();
        let text = table(&settings, &config);
        assert_eq!(text.lines().count(), KEYS.len());
        assert!(!text.contains("secret") && !text.contains("no words"), "{text}");
        let line = |name: &str| text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
        assert!(line("database").contains("postgres://ada:***@db/door") && line("database").contains("(--database)"));
        assert!(line("mail.port").contains("587") && line("mail.password").contains("***"));
        assert!(!format!("{settings:?}").contains("secret"));
        assert!(line("http").contains("off"));
        assert!(line("log").ends_with(&format!("({})", file.display())));
        assert!(line("https").contains("127.0.0.1:8443") && line("https").contains("(default)"));
    }
}
