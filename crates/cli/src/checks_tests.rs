//! Which place wins, and what is said about mistakes.

use std::fs;

use super::*;

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Flags that name a settings file with this text.
fn with_file(folder: &tempfile::TempDir, text: &str) -> ServeArgs {
    let path = folder.path().join("doorward.toml");
    fs::write(&path, text).unwrap();
    let mut flags = ServeArgs::default();
    flags.store.config = Some(path);
    flags
}

fn good(flags: &ServeArgs, env: Vec<(String, String)>) -> Settings {
    load(flags, env).map(|(settings, _)| settings).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn problems(flags: &ServeArgs, env: Vec<(String, String)>) -> String {
    let problems = load(flags, env).map(|(settings, _)| settings).expect_err("it should be refused");
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn nothing_given_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let settings = good(&with_file(&folder, ""), env(&[]));
    assert!(!settings.dev);
    assert_eq!(settings.database, Database::Sqlite("./doorward-data/doorward.db".into()));
    assert_eq!(settings.http, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(settings.https, ["127.0.0.1:8443".parse().unwrap()]);
    assert_eq!(settings.tls, Tls::Local { names: vec![] });
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut flags =
        with_file(&folder, "http = '127.0.0.1:1'\nhttps = ['127.0.0.1:2']\nlog = 'warn'\ndata = 'from-file'");
    let variables = env(&[("DOORWARD_HTTPS", "127.0.0.1:3, [::1]:3"), ("DOORWARD_LOG", "debug"), ("PATH", "/bin")]);
    flags.log = Some("trace".to_owned());
    let (settings, config) = load(&flags, variables).unwrap();
    assert_eq!(settings.http, ["127.0.0.1:1".parse().unwrap()]);
    assert_eq!(settings.https, ["127.0.0.1:3".parse().unwrap(), "[::1]:3".parse().unwrap()]);
    assert_eq!(settings.log, "trace");
    assert_eq!(settings.database, Database::Sqlite("from-file/doorward.db".into()));
    assert_eq!(config.place("log"), "--log");
    assert_eq!(config.place("https"), "DOORWARD_HTTPS");
    assert!(config.place("http").ends_with("doorward.toml"));
    assert_eq!(config.place("log_format"), "default");
}

#[test]
fn a_table_may_come_in_part_from_each_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.pem");
    fs::write(&file, "").unwrap();
    let path = file.display().to_string();
    let flags = with_file(&folder, &format!("[tls]\ncertificate = '{path}'"));
    let settings = good(&flags, env(&[("DOORWARD_TLS_KEY", &path)]));
    assert_eq!(settings.tls, Tls::Files { certificate: file.clone(), key: file });
}

#[test]
fn one_listener_or_the_other_may_be_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut flags = with_file(&folder, "");
    flags.http = vec!["off".to_owned()];
    assert!(good(&flags, env(&[])).http.is_empty());
    assert!(problems(&flags, env(&[("DOORWARD_HTTPS", "off")])).contains("nobody could reach the server"));
    flags.http = vec!["off".to_owned(), ":80".to_owned()];
    assert!(problems(&flags, env(&[])).contains("--http: says 'off' beside an address"));
    flags.http = vec!["127.0.0.1:8443".to_owned()];
    assert!(problems(&flags, env(&[])).contains("where http listens"));
}

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = "databse = 'x'\nhttp = 5\nlog_format = 'xml'\ntls.cert = 'x'\ndatabase = 'mysql://x'\n\
                [[issuers]]\nurl = 'http://plain'\naudience = 'x'\nalgorithms = ['HS256']\nclock_skew = 9999\nkey_age = 1\n";
    let mut flags = with_file(&folder, text);
    flags.https = vec!["8443".to_owned()];
    let said = problems(&flags, env(&[("DOORWARD_DATABSE", "x"), ("DOORWARD_DEV", "yes")]));
    let file = flags.store.config.unwrap().display().to_string();
    for line in [
        format!("{file}: unknown key 'databse'; did you mean 'database'?"),
        format!("{file}: unknown key 'tls.cert'"),
        format!("{file}: unknown key 'issuers[0].audience'; did you mean 'audiences'?"),
        format!("{file}: 'http' must be a text or a list of texts"),
        format!("{file}: 'log_format' must be text or json, not 'xml'"),
        format!("{file}: 'database' begins with mysql://"),
        format!("{file}: 'issuers' [0].url must be the https:// address"),
        format!("{file}: 'issuers' [0].tenant must be"),
        format!("{file}: 'issuers' [0].audiences must"),
        format!("{file}: 'issuers' [0].algorithms must"),
        format!("{file}: 'issuers' [0].clock_skew must"),
        format!("{file}: 'issuers' [0].key_age must be a number of seconds, 60 to 86400"),
        "DOORWARD_DATABSE: there is no such setting; did you mean DOORWARD_DATABASE?".to_owned(),
        "DOORWARD_DEV: must be true or false".to_owned(),
        "--https: can't use '8443': write an address as".to_owned(),
    ] {
        assert!(said.contains(&line), "missing: {line}\nin:\n{said}");
    }
    assert_eq!(said.lines().count(), 15, "{said}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there_and_be_toml() {
    let folder = tempfile::tempdir().unwrap();
    let mut flags = with_file(&folder, "http = [");
    assert!(problems(&flags, env(&[])).contains("is no valid TOML"));
    flags.store.config = Some(folder.path().join("absent.toml"));
    assert!(problems(&flags, env(&[])).contains("absent.toml: can't be read"));
}

#[test]
fn variables_of_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("DOORWARD_URL", "x"), ("DOORWARD_SERVICE_HOST", "10.0.0.1"), ("DOORWARD_PORT_80_TCP", "x")];
    good(&with_file(&folder, ""), env(&variables));
}

#[test]
fn a_temporary_folder_must_not_leave_a_database_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut flags = with_file(&folder, "");
    flags.ephemeral = true;
    flags.store.database = Some("postgres://db/door".to_owned());
    good(&flags, env(&[]));
    flags.store.database = Some("door.db".to_owned());
    assert!(problems(&flags, env(&[])).contains("would outlive --ephemeral"));
}

#[test]
fn an_issuer_is_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[[issuers]]\nurl = 'https://id.example/'\ntenant = '11111111-1111-4111-8111-111111111111'\n\
                audiences = ['api://doorward']\nalgorithms = ['ES256']\nclock_skew = 30\nkey_age = 600\n";
    let settings = good(&with_file(&folder, text), env(&[]));
    let issuer = settings.issuers.first().unwrap();
    assert_eq!(issuer.url, "https://id.example");
    assert_eq!((issuer.clock_skew_seconds, issuer.key_age_seconds), (30, 600));
}

const MAIL: &str = "[mail]\nserver = 'smtp.test'\nfrom = 'Doorward <door@smtp.test>'\n";

#[test]
fn mail_is_off_until_a_server_is_named_and_its_password_may_be_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(good(&with_file(&folder, ""), env(&[])).mail, None);
    let mail = good(&with_file(&folder, MAIL), env(&[])).mail.unwrap();
    assert_eq!((mail.server.as_str(), mail.port, mail.tls), ("smtp.test", 587, server::MailTls::StartTls));
    assert_eq!((mail.username, mail.password), (None, None));
    let secret = folder.path().join("secret");
    fs::write(&secret, "first line\nsecond\n").unwrap();
    let text = format!("{MAIL}username = 'door'\npassword_file = '{}'\ntls = 'implicit'", secret.display());
    let mail = good(&with_file(&folder, &text), env(&[])).mail.unwrap();
    assert_eq!((mail.port, mail.password.as_deref()), (465, Some("first line")));
    let variables = env(&[("DOORWARD_MAIL_PORT", "2525"), ("DOORWARD_MAIL_TLS", "none")]);
    let mail = good(&with_file(&folder, MAIL), variables).mail.unwrap();
    assert_eq!((mail.port, mail.tls), (2525, server::MailTls::None));
}

#[test]
fn answer_memory_is_a_number_of_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(good(&with_file(&folder, ""), env(&[])).answers, server::AnswerLimits::default());
    for (text, variable, expected) in [
        ("[limits]\nanswer_memory = 16", None, 16),
        ("[limits]\nanswer_memory = 1048576", None, 1_048_576),
        ("[limits]\nanswer_memory = 16", Some("300"), 300),
    ] {
        let variables: Vec<_> = variable.into_iter().map(|value| ("DOORWARD_LIMITS_ANSWER_MEMORY", value)).collect();
        let settings = good(&with_file(&folder, text), env(&variables));
        assert_eq!(settings.answers.server, expected << 20, "{text} {variable:?}");
    }
    for text in ["15", "1048577", "-1", "'much'", "true", "''"] {
        let said = problems(&with_file(&folder, &format!("[limits]\nanswer_memory = {text}")), env(&[]));
        assert!(said.contains("'limits.answer_memory' must be a number of MiB, 16 to 1048576"), "{text}: {said}");
    }
}

#[test]
fn what_is_wrong_with_mail_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (more, words) in [
        ("[mail]\nport = 25", "'mail.server' is missing"),
        ("[mail]\nserver = 'smtp.test'", "'mail.from' is missing"),
        ("[mail]\nserver = 'smtp.test'\nfrom = 'nobody'", "'mail.from' must be an address"),
        ("[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\nport = 70000", "'mail.port' must be a port"),
        ("[hashing]\nworkers = 0", "'hashing.workers' must be a number, 1 to 64"),
        ("[hashing]\nworkers = 'many'", "'hashing.workers' must be a number, 1 to 64"),
        ("[hashing]\nqueue = 10001", "'hashing.queue' must be a number, 1 to 10000"),
        ("[hashing]\nthreads = 2", "unknown key 'hashing.threads'"),
        ("[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\ntls = 'yes'", "'mail.tls' must be"),
        ("[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\nusername = 'a'", "'mail.username' needs"),
        ("[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\npassword = 'secret'", "'mail.password' needs"),
        (
            "[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\nusername = 'a'\npassword = 'secret'\ntls = 'none'",
            "in the clear",
        ),
        (
            "[mail]\nserver = 'smtp.test'\nfrom = 'a@b.test'\nusername = 'a'\npassword_file = 'nowhere'",
            "'mail.password_file' can't be read",
        ),
        ("[mail]\nsever = 'smtp.test'", "unknown key 'mail.sever'; did you mean 'mail.server'?"),
    ] {
        let said = problems(&with_file(&folder, more), env(&[]));
        assert!(said.contains(words) && !said.contains("secret"), "{more}: {said}");
    }
}

#[test]
fn hashing_is_read_from_file_and_environment() {
    let folder = tempfile::tempdir().unwrap();
    let flags = with_file(&folder, "[hashing]\nworkers = 64\nqueue = 1");
    let hashing = good(&flags, env(&[])).hashing;
    assert_eq!((hashing.workers, hashing.queue), (64, 1));
    let variables = env(&[("DOORWARD_HASHING_WORKERS", "1"), ("DOORWARD_HASHING_QUEUE", "10000")]);
    let hashing = good(&flags, variables).hashing;
    assert_eq!((hashing.workers, hashing.queue), (1, 10_000));
    assert_eq!(good(&with_file(&folder, ""), env(&[])).hashing, server::Hashing::default());
}
