//! `<data>/env.sh`: the exports that point Graph clients at this server. `source` it, and a client
//! that reads its environment needs no setting of its own.

use std::io;
use std::path::{Path, PathBuf};

use crate::{dev, files};

/// What a client has to know.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Scheme, host and port; no slash at the end.
    pub url: String,
    /// Absolute; `None` when there is no HTTPS, or when its certificate is everybody's.
    pub ca: Option<PathBuf>,
}

pub fn write(path: &Path, facts: &Facts) -> io::Result<()> {
    files::private(path, text(facts).as_bytes())
}

fn text(facts: &Facts) -> String {
    let mut text = String::from(
        "# Written by `doorward serve --dev` at every start. Points Microsoft Graph clients at it:\n\
         #   source this-file\n\
         # Values that were set before are replaced.\n",
    );
    let mut export = |name: &str, value: &str| text.push_str(&format!("export {name}={}\n", quoted(value)));
    export("DOORWARD_URL", &facts.url);
    if let Some(ca) = &facts.ca {
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            export(name, &ca.display().to_string());
        }
    }
    export("AZURE_TENANT_ID", dev::TENANT);
    export("AZURE_CLIENT_ID", dev::APPLICATION);
    export("AZURE_CLIENT_SECRET", dev::SECRET);
    export("ARM_TENANT_ID", dev::TENANT);
    export("ARM_CLIENT_ID", dev::APPLICATION);
    export("ARM_CLIENT_SECRET", dev::SECRET);
    match facts.url.strip_prefix("https://") {
        Some(host) => {
            export("AZURE_AUTHORITY_HOST", &facts.url);
            export("ARM_METADATA_HOSTNAME", host);
        }
        None => text.push_str("# No AZURE_AUTHORITY_HOST: login libraries refuse plain http, and https is off.\n"),
    }
    text
}

/// One word for a POSIX shell, whatever is in it.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn https(ca: &str) -> Facts {
        Facts { url: "https://localhost:8443".to_owned(), ca: Some(ca.into()) }
    }

    /// What a shell that has read the file says.
    fn sourced(facts: &Facts, script: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env.sh");
        write(&path, facts).unwrap();
        let mut shell = Command::new("sh");
        for name in ["AZURE_AUTHORITY_HOST", "SSL_CERT_FILE"] {
            shell.env_remove(name);
        }
        let output = shell.arg("-euc").arg(format!(". \"$0\"; {script}")).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_shell_reads_any_path_as_it_is() {
        for ca in ["/plain/ca.pem", "/with blank/it's/\"$(exit 9)\"/`x`/é\\/ca.pem", "/two\nlines"] {
            for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
                assert_eq!(sourced(&https(ca), &format!("printf %s \"${name}\"")), ca);
            }
        }
    }

    #[test]
    fn every_client_finds_its_names() {
        let said = sourced(
            &https("/ca.pem"),
            "printf '%s ' $DOORWARD_URL $AZURE_AUTHORITY_HOST $AZURE_TENANT_ID $AZURE_CLIENT_ID \
             $AZURE_CLIENT_SECRET $ARM_METADATA_HOSTNAME $ARM_TENANT_ID $ARM_CLIENT_ID $ARM_CLIENT_SECRET",
        );
        let ids = format!("{} {} {}", dev::TENANT, dev::APPLICATION, dev::SECRET);
        assert_eq!(said.trim(), format!("https://localhost:8443 https://localhost:8443 {ids} localhost:8443 {ids}"));
    }

    #[test]
    fn without_https_no_login_library_is_sent_astray() {
        let facts = Facts { url: "http://localhost:8080".to_owned(), ca: None };
        assert_eq!(sourced(&facts, "printf %s ${AZURE_AUTHORITY_HOST:-none}${SSL_CERT_FILE:-none}"), "nonenone");
    }

    #[test]
    fn quoting_is_left_out_where_it_says_nothing() {
        assert_eq!(quoted("https://localhost:8443"), "https://localhost:8443");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~"), "'~'");
    }
}
