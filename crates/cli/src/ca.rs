//! The local certificate authority and the one certificate it signs, for machines that have none of
//! their own. Two certificates, not one that signs itself: rustls refuses an authority as a server.
//!
//! Files are kept as long as a client would still accept them a month from now; a new authority
//! would have to be trusted anew, so it is made only when there is no usable one. Never reads the clock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;

use crate::files;

/// The names every certificate carries: this machine, and the two public names that clients without
/// a setting for the address ask for through a proxy.
pub const NAMES: [&str; 5] = ["localhost", "127.0.0.1", "::1", "login.microsoftonline.com", "graph.microsoft.com"];

const DAY: SignedDuration = SignedDuration::from_hours(24);
const AUTHORITY_DAYS: i32 = 3650;
/// Some clients refuse server certificates that live longer than 398 days.
const LEAF_DAYS: i32 = 365;
const RENEW_BEFORE_DAYS: i32 = 30;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub made: Made,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Nothing,
    /// The authority stayed, so clients that trust it need not do anything.
    Certificate,
    AuthorityAndCertificate,
}

#[derive(Debug, thiserror::Error)]
pub enum CaError {
    #[error("{path}: {source}", path = .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the local certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the time {0} is outside of what a certificate can say")]
    Time(Timestamp),
}

/// Makes sure that `data` holds a certificate for [`NAMES`] and `more`, good for a month at least.
pub fn ensure(data: &Path, more: &[String], now: Timestamp) -> Result<Certificates, CaError> {
    let file = |name: &str| data.join(name);
    let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).chain(more.iter().cloned()).collect();
    files::folder(data).map_err(|source| CaError::File { path: data.to_owned(), source })?;

    let kept = Authority::read(&file("ca.pem"), &file("ca.key"), now);
    let mut made = Made::Nothing;
    let authority = match kept {
        Some(authority) => authority,
        None => {
            made = Made::AuthorityAndCertificate;
            let authority = Authority::new(now)?;
            write(&file("ca.key"), &authority.key.serialize_pem(), files::private)?;
            write(&file("ca.pem"), &authority.pem, files::public)?;
            authority
        }
    };
    let good = made == Made::Nothing && leaf_is_good(&file("tls.pem"), &file("tls.key"), &authority, &names, now);
    if !good {
        if made == Made::Nothing {
            made = Made::Certificate;
        }
        let (certificate, key) = authority.sign(&names, now)?;
        write(&file("tls.key"), &key, files::private)?;
        write(&file("tls.pem"), &certificate, files::public)?;
    }
    Ok(Certificates { ca: file("ca.pem"), certificate: file("tls.pem"), key: file("tls.key"), made })
}

fn write(path: &Path, text: &str, how: fn(&Path, &[u8]) -> io::Result<()>) -> Result<(), CaError> {
    how(path, text.as_bytes()).map_err(|source| CaError::File { path: path.to_owned(), source })
}

struct Authority {
    pem: String,
    key: KeyPair,
}

impl Authority {
    fn new(now: Timestamp) -> Result<Authority, CaError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = authority_params(&key);
        params.not_before = days_after(now, -1)?;
        params.not_after = days_after(now, AUTHORITY_DAYS)?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Authority { pem, key })
    }

    /// The authority in these files, if they belong together and it outlives the next leaf's renewal.
    fn read(pem: &Path, key: &Path, now: Timestamp) -> Option<Authority> {
        let pem = fs::read_to_string(pem).ok()?;
        let key = KeyPair::from_pem(&fs::read_to_string(key).ok()?).ok()?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
        let same_key = parsed.public_key().raw == rcgen::PublicKeyData::subject_public_key_info(&key);
        let until = later(now, RENEW_BEFORE_DAYS)?;
        let lives = parsed.validity().not_before.timestamp() <= now.as_second()
            && until.as_second() < parsed.validity().not_after.timestamp();
        (same_key && lives && parsed.is_ca()).then_some(Authority { pem, key })
    }

    fn sign(&self, names: &[String], now: Timestamp) -> Result<(String, String), CaError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named("Doorward on this machine");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = days_after(now, -1)?;
        params.not_after = days_after(now, LEAF_DAYS)?;
        let certificate = params.signed_by(&key, &Issuer::new(authority_params(&self.key), &self.key))?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

/// All that a leaf must know of its authority follows from the authority's key: its name and its
/// key identifier. So the certificate need never be read back in order to sign.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let id: String = params.key_identifier(key).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = named(&format!("Doorward local authority {id}"));
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Would a strict client accept it, for every name, today and when it is next due?
fn leaf_is_good(pem: &Path, key: &Path, authority: &Authority, names: &[String], now: Timestamp) -> bool {
    let verdict = || -> Option<()> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let leaf = CertificateDer::from_pem_file(pem).ok()?;
        let key = PrivateKeyDer::from_pem_file(key).ok()?;
        CertifiedKey::from_der(vec![leaf.clone()], key, &provider).ok()?.keys_match().ok()?;

        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).ok()?).ok()?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
        for moment in [now, later(now, RENEW_BEFORE_DAYS)?] {
            let seconds = u64::try_from(moment.as_second()).ok()?;
            let moment = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
            for name in names {
                let name = ServerName::try_from(name.as_str()).ok()?;
                verifier.verify_server_cert(&leaf, &[], &name, &[], moment).ok()?;
            }
        }
        Some(())
    };
    verdict().is_some()
}

fn later(now: Timestamp, days: i32) -> Option<Timestamp> {
    now.checked_add(DAY.checked_mul(days)?).ok()
}

fn days_after(now: Timestamp, days: i32) -> Result<time::OffsetDateTime, CaError> {
    let moment = later(now, days).ok_or(CaError::Time(now))?;
    time::OffsetDateTime::from_unix_timestamp(moment.as_second()).map_err(|_| CaError::Time(now))
}

#[cfg(test)]
#[path = "ca_tests.rs"]
mod tests;
