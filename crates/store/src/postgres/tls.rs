//! How the way to the database is secured: `sslmode` and `sslrootcert` of its URL, with the meaning that
//! they have everywhere else, and what follows for TLS. It must never be laxer than the URL says.

use crate::error::Error;
use percent_encoding::percent_decode_str;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::PathBuf;
use std::sync::Arc;

/// The name by which the machine's own authorities are asked for.
const SYSTEM: &str = "system";

/// What a URL says about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub mode: Mode,
    /// A file with the certificates of authorities; the machine's own when there is none.
    roots: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Disable,
    /// TLS if the server has it; whose certificate it is isn't looked at.
    Prefer,
    /// TLS; whose certificate it is isn't looked at.
    Require,
    /// TLS, and an authority vouches for the certificate.
    VerifyCa,
    /// The same, and the certificate is for the host of the URL.
    VerifyFull,
}

impl Tls {
    /// Takes what is about TLS out of a URL: gives it, and the URL without it.
    ///
    /// # Errors
    /// [`Error::Database`] naming the part that can't be meant.
    pub fn take(url: &str) -> Result<(Tls, String), Error> {
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        let (head, query) = split(url);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.parse()?),
                Some(("sslrootcert", value)) => roots = Some(decoded(value)?),
                _ => rest.push(pair),
            }
        }
        let url = if rest.is_empty() { head.to_owned() } else { format!("{head}?{}", rest.join("&")) };
        let tls = match (mode, roots) {
            (mode, None) => Tls { mode: mode.unwrap_or(Mode::Prefer), roots: None },
            // Anybody may get a certificate from an authority that everybody trusts.
            (Some(Mode::VerifyFull) | None, Some(system)) if system == SYSTEM => {
                Tls { mode: Mode::VerifyFull, roots: None }
            }
            (Some(_), Some(system)) if system == SYSTEM => {
                return Err(wrong("sslrootcert=system goes with sslmode=verify-full alone"));
            }
            // Whoever names an authority wants it to be asked.
            (Some(Mode::Require), Some(file)) => Tls { mode: Mode::VerifyCa, roots: Some(file.into()) },
            (Some(mode), Some(file)) if mode > Mode::Require => Tls { mode, roots: Some(file.into()) },
            (_, Some(_)) => {
                return Err(wrong("sslrootcert needs sslmode=verify-full or verify-ca; else nobody looks at it"));
            }
        };
        Ok((tls, url))
    }

    /// The settings of a client; none when there is to be no TLS.
    ///
    /// # Errors
    /// [`Error::Database`] when there is no authority to ask.
    pub fn client(&self) -> Result<Option<ClientConfig>, Error> {
        if self.mode == Mode::Disable {
            return Ok(None);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?;
        let verifier = Verifier::new(self, &provider)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(Some(builder.with_no_client_auth()))
    }

    fn authorities(&self) -> Result<RootCertStore, Error> {
        let mut store = RootCertStore::empty();
        let Some(file) = &self.roots else {
            let found = rustls_native_certs::load_native_certs();
            let (good, _) = store.add_parsable_certificates(found.certs);
            let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            let none = || wrong(format!("this machine has no certificate authorities; name one by sslrootcert{why}"));
            return if good == 0 { Err(none()) } else { Ok(store) };
        };
        let broken = |why: String| wrong(format!("sslrootcert: {}: {why}", file.display()));
        let certificates = CertificateDer::pem_file_iter(file).map_err(|error| broken(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| broken(error.to_string()))?;
            store.add(certificate).map_err(|error| broken(error.to_string()))?;
        }
        if store.is_empty() { Err(broken("there is no certificate in it".to_owned())) } else { Ok(store) }
    }
}

impl std::str::FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Mode, Error> {
        match text {
            "disable" => Ok(Mode::Disable),
            "prefer" => Ok(Mode::Prefer),
            "require" => Ok(Mode::Require),
            "verify-ca" => Ok(Mode::VerifyCa),
            "verify-full" => Ok(Mode::VerifyFull),
            _ => Err(wrong(format!(
                "sslmode is one of disable, prefer, require, verify-ca and verify-full, not '{text}'"
            ))),
        }
    }
}

/// The parts before and after the question mark. One in the password doesn't count.
fn split(url: &str) -> (&str, &str) {
    let host = url.find('@').unwrap_or(0);
    match url.get(host..).and_then(|rest| rest.find('?')) {
        Some(at) => (url.get(..host + at).unwrap_or_default(), url.get(host + at + 1..).unwrap_or_default()),
        None => (url, ""),
    }
}

fn decoded(value: &str) -> Result<String, Error> {
    let text = percent_decode_str(value).decode_utf8().map_err(|_| wrong("sslrootcert isn't UTF-8"))?;
    if text.is_empty() { Err(wrong("sslrootcert names no file")) } else { Ok(text.into_owned()) }
}

fn wrong(what: impl Into<String>) -> Error {
    Error::Database(what.into())
}

/// Looks at a server's certificate as closely as the mode says.
#[derive(Debug)]
struct Verifier {
    /// Who asks the authorities; nobody does in modes that don't want it.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    by_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn new(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Verifier, Error> {
        let authorities = match tls.mode {
            Mode::Disable | Mode::Prefer | Mode::Require => None,
            Mode::VerifyCa | Mode::VerifyFull => {
                let roots = Arc::new(tls.authorities()?);
                let builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
                Some(builder.build().map_err(|error| wrong(error.to_string()))?)
            }
        };
        let by_name = tls.mode == Mode::VerifyFull;
        Ok(Verifier { authorities, by_name, algorithms: provider.signature_verification_algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        match authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The name is what is looked at last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.by_name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    // In every mode: the password may be bound to the certificate, and that is worth nothing when the
    // server needn't have its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(url: &str) -> (Mode, Option<String>, String) {
        let (tls, url) = Tls::take(url).unwrap();
        (tls.mode, tls.roots.map(|file| file.display().to_string()), url)
    }

    #[test]
    fn a_url_says_how_closely_to_look() {
        let file = |name: &str| Some(name.to_owned());
        let url = "postgres://ada:pass?word@db/door";
        for (query, mode, roots, rest) in [
            ("", Mode::Prefer, None, ""),
            ("?sslmode=disable", Mode::Disable, None, ""),
            ("?a=b&sslmode=prefer&c=d", Mode::Prefer, None, "?a=b&c=d"),
            ("?sslmode=require", Mode::Require, None, ""),
            ("?sslmode=require&sslrootcert=ca.pem", Mode::VerifyCa, file("ca.pem"), ""),
            ("?sslmode=verify-ca&sslrootcert=%2Fa%20b.pem", Mode::VerifyCa, file("/a b.pem"), ""),
            ("?sslmode=verify-full", Mode::VerifyFull, None, ""),
            ("?sslrootcert=ca.pem&sslmode=verify-full", Mode::VerifyFull, file("ca.pem"), ""),
            ("?sslrootcert=system", Mode::VerifyFull, None, ""),
        ] {
            assert_eq!(taken(&format!("{url}{query}")), (mode, roots, format!("{url}{rest}")), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (query, words) in [
            ("sslmode=allow", "'allow'"),
            ("sslmode=", "verify-full"),
            ("sslrootcert=ca.pem", "needs sslmode"),
            ("sslrootcert=ca.pem&sslmode=prefer", "needs sslmode"),
            ("sslrootcert=ca.pem&sslmode=disable", "needs sslmode"),
            ("sslrootcert=system&sslmode=verify-ca", "verify-full alone"),
            ("sslrootcert=&sslmode=verify-ca", "no file"),
            ("sslrootcert=%FF&sslmode=verify-ca", "UTF-8"),
        ] {
            let said = Tls::take(&format!("postgres://db/door?{query}")).unwrap_err().to_string();
            assert!(said.contains(words), "{query}: {said}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty.pem"), "nothing").unwrap();
        for (name, words) in [("none.pem", "none.pem"), ("empty.pem", "no certificate in it")] {
            let file = folder.path().join(name);
            let (tls, _) =
                Tls::take(&format!("postgres://db?sslmode=verify-ca&sslrootcert={}", file.display())).unwrap();
            let said = tls.client().unwrap_err().to_string();
            assert!(said.contains("sslrootcert") && said.contains(words), "{said}");
        }
    }
}
