//! Every setting there is: its name in `doorward.toml`, its environment variable, its flag. One
//! table, from which unknown names are told apart, `check-config` is printed and the documentation
//! is checked.

pub struct Key {
    /// Dots are tables: `tls.key` is `key` in `[tls]`.
    pub name: &'static str,
    pub env: Option<&'static str>,
    pub flag: Option<&'static str>,
}

const fn key(name: &'static str, env: Option<&'static str>, flag: Option<&'static str>) -> Key {
    Key { name, env, flag }
}

pub const KEYS: &[Key] = &[
    key("dev", Some("DOORWARD_DEV"), Some("--dev")),
    key("data", Some("DOORWARD_DATA"), Some("--data")),
    key("database", Some("DOORWARD_DATABASE"), Some("--database")),
    key("http", Some("DOORWARD_HTTP"), Some("--http")),
    key("https", Some("DOORWARD_HTTPS"), Some("--https")),
    key("tls.certificate", Some("DOORWARD_TLS_CERTIFICATE"), None),
    key("tls.key", Some("DOORWARD_TLS_KEY"), None),
    key("tls.names", Some("DOORWARD_TLS_NAMES"), None),
    key("log", Some("DOORWARD_LOG"), Some("--log")),
    key("log_format", Some("DOORWARD_LOG_FORMAT"), Some("--log-format")),
    key("mail.server", Some("DOORWARD_MAIL_SERVER"), None),
    key("mail.port", Some("DOORWARD_MAIL_PORT"), None),
    key("mail.tls", Some("DOORWARD_MAIL_TLS"), None),
    key("mail.username", Some("DOORWARD_MAIL_USERNAME"), None),
    key("mail.password", Some("DOORWARD_MAIL_PASSWORD"), None),
    key("mail.password_file", Some("DOORWARD_MAIL_PASSWORD_FILE"), None),
    key("mail.from", Some("DOORWARD_MAIL_FROM"), None),
    key("callouts.allow_private", Some("DOORWARD_CALLOUTS_ALLOW_PRIVATE"), None),
    key("hashing.workers", Some("DOORWARD_HASHING_WORKERS"), None),
    key("hashing.queue", Some("DOORWARD_HASHING_QUEUE"), None),
    key("limits.answer_memory", Some("DOORWARD_LIMITS_ANSWER_MEMORY"), None),
    key("issuers", None, None),
];

/// What one entry of `[[issuers]]` may say.
pub const ISSUER_KEYS: &[&str] = &["url", "tenant", "audiences", "algorithms", "clock_skew", "key_age"];

/// Variables that begin with DOORWARD_ and are no settings of the server.
const OTHER_VARIABLES: &[&str] =
    &["DOORWARD_CONFIG", "DOORWARD_URL", "DOORWARD_TEST_POSTGRES", "DOORWARD_SKIP_CLIENTS"];

/// Kubernetes tells every container of every service; one may well be called `doorward`.
const KUBERNETES: &[&str] = &["DOORWARD_SERVICE_", "DOORWARD_PORT"];

pub fn is_foreign(variable: &str) -> bool {
    OTHER_VARIABLES.contains(&variable) || KUBERNETES.iter().any(|start| variable.starts_with(start))
}

/// The name most like a wrong one, if any is.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.map(|name| (distance(wrong, name), name)).min().filter(|(steps, _)| *steps <= 2).map(|(_, name)| name)
}

/// How many letters have to be put in, taken out or changed.
pub fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (b, cell) in other.bytes().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = (corner + usize::from(a != b)).min(above + 1).min(left + 1);
            corner = above;
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognized() {
        let names = || KEYS.iter().map(|key| key.name);
        assert_eq!(nearest("databse", names()), Some("database"));
        assert_eq!(nearest("log_fromat", names()), Some("log_format"));
        assert_eq!(nearest("colour", names()), None);
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")), (3, 3, 3));
    }

    #[test]
    fn every_setting_is_documented() {
        let text = include_str!("../../../docs/configuration.md");
        for key in KEYS {
            let last = key.name.rsplit('.').next().unwrap_or_default();
            for name in [Some(last), key.env, key.flag].into_iter().flatten() {
                assert!(text.contains(name), "docs/configuration.md doesn't mention {name}");
            }
        }
        for name in ISSUER_KEYS {
            assert!(text.contains(name), "docs/configuration.md doesn't mention {name} of [[issuers]]");
        }
    }
}
