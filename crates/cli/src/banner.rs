//! What `serve --dev` tells a newcomer: where the server is, how to get a token, and one line that
//! works when pasted into another terminal.

use std::fmt::Write;
use std::path::Path;

use crate::dev;
use crate::env_file::quoted;
use crate::listen::Listeners;
use crate::settings::Database;

pub struct Facts<'a> {
    pub listeners: &'a Listeners,
    pub database: &'a Database,
    pub ephemeral: bool,
    /// Absolute.
    pub ca: Option<&'a Path>,
    pub env_file: &'a Path,
    /// How this very program is called from any folder.
    pub program: &'a str,
}

const TRY: &str = "/v1.0/identityGovernance/entitlementManagement/accessPackages";

pub fn text(facts: &Facts) -> String {
    let mut text = String::new();
    let plain = facts.listeners.http_url();
    let tls = facts.listeners.https_url();
    let _ = writeln!(text, "\nDoorward is ready, in development mode: well-known secrets and a sample organization.\n");
    for url in [&tls, &plain].into_iter().flatten() {
        let _ = writeln!(text, "  Graph      {url}/v1.0  and  {url}/beta");
    }
    if let Some(url) = &tls {
        let _ = writeln!(text, "  Sign-in    {url}/{}", dev::TENANT);
    }
    let gone = if facts.ephemeral { "  (removed when the server stops)" } else { "" };
    let _ = writeln!(text, "  Database   {}{gone}", facts.database);
    let _ = writeln!(text, "  Clients    source {}", quoted(&facts.env_file.display().to_string()));
    let _ = writeln!(text, "  Client     {}  secret {}", dev::APPLICATION, dev::SECRET);
    let _ = writeln!(text, "  Users      {}, ada, ben, cho, dan, eve  password {}", dev::ADMIN, dev::PASSWORD);

    let command = |words| command(facts, words, plain.as_deref(), tls.as_deref());
    let _ = writeln!(text, "  Clock      {}", command("clock advance 14d"));

    let token = command("token");
    let _ = writeln!(text, "\nA token, for the application or for a user:\n");
    let _ = writeln!(text, "  {token}\n  {token} --user {}", dev::USER);
    let _ = writeln!(text, "\nTry it:\n");
    let _ = writeln!(text, "  {}", curl_line(facts, &token, plain.as_deref(), tls.as_deref()));
    if facts.listeners.is_open_to_others() {
        let _ = writeln!(
            text,
            "\nWARNING: it listens beyond this machine, and in development mode anyone who reaches it is admin."
        );
    }
    text
}

/// Over plain HTTP where there is some: nothing has to be trusted for that.
fn command(facts: &Facts, words: &str, plain: Option<&str>, tls: Option<&str>) -> String {
    let program = quoted(facts.program);
    match (plain, tls) {
        (Some("http://localhost:8080"), _) => format!("{program} {words}"),
        (Some(url), _) => format!("{program} {words} --url {url}"),
        (None, Some(url)) => match facts.ca {
            Some(ca) => format!("{program} {words} --url {url} --ca {}", quoted(&ca.display().to_string())),
            None => format!("{program} {words} --url {url}"),
        },
        (None, None) => format!("{program} {words}"),
    }
}

fn curl_line(facts: &Facts, token: &str, plain: Option<&str>, tls: Option<&str>) -> String {
    let trust = match (plain, facts.ca) {
        (None, Some(ca)) => format!("--cacert {} ", quoted(&ca.display().to_string())),
        _ => String::new(),
    };
    let url = plain.or(tls).unwrap_or_default();
    format!("curl {trust}-H \"Authorization: Bearer $({token})\" {url}{TRY}")
}

/// The name of this program if the shell would find it under that name, else its full path.
pub fn program(this: &Path, search: Option<&std::ffi::OsStr>) -> String {
    let found = search.into_iter().flat_map(std::env::split_paths).any(|folder| folder.join("doorward") == this);
    if found { "doorward".to_owned() } else { this.display().to_string() }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::PathBuf;

    use super::*;

    fn listeners(http: bool, https: bool) -> Listeners {
        let one = |on: bool| on.then(|| TcpListener::bind("127.0.0.1:0").unwrap()).into_iter().collect();
        Listeners { http: one(http), https: one(https) }
    }

    fn said(listeners: &Listeners, program: &str) -> String {
        text(&Facts {
            listeners,
            database: &Database::Sqlite(PathBuf::from("./doorward-data/doorward.db")),
            ephemeral: false,
            ca: Some(Path::new("/some where/ca.pem")),
            env_file: Path::new("/some where/env.sh"),
            program,
        })
    }

    #[test]
    fn it_names_every_door_and_a_line_to_paste() {
        let listeners = listeners(true, true);
        let (http, https) = (listeners.http_url().unwrap(), listeners.https_url().unwrap());
        let text = said(&listeners, "doorward");
        for part in [
            format!("{https}/v1.0"),
            format!("{http}/beta"),
            "source '/some where/env.sh'".to_owned(),
            format!("doorward clock advance 14d --url {http}\n"),
            format!("curl -H \"Authorization: Bearer $(doorward token --url {http})\" {http}/v1.0/"),
        ] {
            assert!(text.contains(&part), "{part}\n{text}");
        }
        assert!(!text.contains("WARNING"));
    }

    #[test]
    fn without_http_the_line_brings_its_trust() {
        let listeners = listeners(false, true);
        let url = listeners.https_url().unwrap();
        let text = said(&listeners, "/my builds/doorward");
        let token = format!("'/my builds/doorward' token --url {url} --ca '/some where/ca.pem'");
        assert!(text.contains(&format!("curl --cacert '/some where/ca.pem' -H \"Authorization: Bearer $({token})\"")));
    }

    #[test]
    fn the_program_is_called_by_name_only_if_that_finds_it() {
        let search = std::env::join_paths(["/bin", "/opt/bin"]).unwrap();
        assert_eq!(program(Path::new("/opt/bin/doorward"), Some(&search)), "doorward");
        assert_eq!(program(Path::new("/src/doorward"), Some(&search)), "/src/doorward");
        assert_eq!(program(Path::new("/src/doorward"), None), "/src/doorward");
    }
}
