//! What clients ask of the local certificates.

use std::os::unix::fs::PermissionsExt;

use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

use super::*;

const NOW: &str = "2026-11-22T06:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn der(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

fn critical(certificate: &X509Certificate, wanted: fn(&ParsedExtension) -> bool) -> bool {
    certificate.extensions().iter().find(|one| wanted(one.parsed_extension())).unwrap().critical
}

#[test]
fn the_authority_says_in_critical_words_that_it_is_one() {
    let data = tempfile::tempdir().unwrap();
    let made = ensure(data.path(), &[], at(NOW)).unwrap();
    let der = der(&made.ca);
    let (_, ca) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert!(ca.is_ca());
    assert!(critical(&ca, |e| matches!(e, ParsedExtension::BasicConstraints(_))));
    assert!(critical(&ca, |e| matches!(e, ParsedExtension::KeyUsage(_))));
    assert!(ca.key_usage().unwrap().unwrap().value.key_cert_sign());
    assert!(ca.extensions().iter().any(|e| matches!(e.parsed_extension(), ParsedExtension::SubjectKeyIdentifier(_))));
}

#[test]
fn the_leaf_is_no_authority_and_carries_every_name() {
    let data = tempfile::tempdir().unwrap();
    let made = ensure(data.path(), &["doorward.internal".to_owned()], at(NOW)).unwrap();
    let (ca, leaf) = (der(&made.ca), der(&made.certificate));
    let (_, ca) = x509_parser::parse_x509_certificate(&ca).unwrap();
    let (_, leaf) = x509_parser::parse_x509_certificate(&leaf).unwrap();
    assert!(!leaf.basic_constraints().unwrap().expect("CA:FALSE is said, not left out").value.ca);
    assert!(leaf.extended_key_usage().unwrap().unwrap().value.server_auth);
    assert_eq!(leaf.issuer(), ca.subject());

    let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
    for name in ["localhost", "login.microsoftonline.com", "graph.microsoft.com", "doorward.internal"] {
        assert!(names.contains(&GeneralName::DNSName(name)), "{name}");
    }
    assert!(names.contains(&GeneralName::IPAddress(&[127, 0, 0, 1])));
    assert!(names.contains(&GeneralName::IPAddress(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])));

    let authority_key = leaf.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.clone(),
        _ => None,
    });
    let own_key = |certificate: &X509Certificate| {
        certificate.extensions().iter().find_map(|e| match e.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
    };
    assert_eq!(authority_key.map(|id| id.0.to_vec()), own_key(&ca));
    assert!(own_key(&leaf).is_some());
}

#[test]
fn keys_are_for_the_owner_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("made/here");
    ensure(&folder, &[], at(NOW)).unwrap();
    let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("ca.key"), mode("tls.key")), (0o600, 0o600));
    assert_eq!((mode("ca.pem"), mode("tls.pem"), mode("")), (0o644, 0o644, 0o700));
}

#[test]
fn good_files_are_kept_to_the_byte() {
    let data = tempfile::tempdir().unwrap();
    let first = ensure(data.path(), &[], at(NOW)).unwrap();
    assert_eq!(first.made, Made::AuthorityAndCertificate);
    let before = (fs::read(&first.ca).unwrap(), fs::read(&first.certificate).unwrap());
    let second = ensure(data.path(), &[], at("2027-10-20T00:00:00Z")).unwrap();
    assert_eq!(second.made, Made::Nothing);
    assert_eq!(before, (fs::read(&second.ca).unwrap(), fs::read(&second.certificate).unwrap()));
}

#[test]
fn an_old_leaf_is_renewed_below_the_same_authority() {
    let data = tempfile::tempdir().unwrap();
    let first = ensure(data.path(), &[], at(NOW)).unwrap();
    let ca = fs::read(&first.ca).unwrap();
    let second = ensure(data.path(), &[], at("2027-11-01T00:00:00Z")).unwrap();
    assert_eq!(second.made, Made::Certificate);
    assert_eq!(ca, fs::read(&second.ca).unwrap());
    assert_eq!(ensure(data.path(), &[], at("2027-11-01T00:00:00Z")).unwrap().made, Made::Nothing);
}

#[test]
fn a_new_name_renews_the_leaf() {
    let data = tempfile::tempdir().unwrap();
    ensure(data.path(), &[], at(NOW)).unwrap();
    let names = ["doorward.internal".to_owned()];
    assert_eq!(ensure(data.path(), &names, at(NOW)).unwrap().made, Made::Certificate);
    assert_eq!(ensure(data.path(), &names, at(NOW)).unwrap().made, Made::Nothing);
}

#[test]
fn an_old_authority_is_replaced() {
    let data = tempfile::tempdir().unwrap();
    ensure(data.path(), &[], at(NOW)).unwrap();
    let made = ensure(data.path(), &[], at("2036-11-01T00:00:00Z")).unwrap().made;
    assert_eq!(made, Made::AuthorityAndCertificate);
}

#[test]
fn files_that_do_not_belong_together_are_replaced() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ensure(one.path(), &[], at(NOW)).unwrap();
    ensure(other.path(), &[], at(NOW)).unwrap();
    fs::copy(other.path().join("tls.key"), one.path().join("tls.key")).unwrap();
    assert_eq!(ensure(one.path(), &[], at(NOW)).unwrap().made, Made::Certificate);
    fs::copy(other.path().join("ca.key"), one.path().join("ca.key")).unwrap();
    assert_eq!(ensure(one.path(), &[], at(NOW)).unwrap().made, Made::AuthorityAndCertificate);
    fs::write(one.path().join("ca.pem"), "no certificate").unwrap();
    assert_eq!(ensure(one.path(), &[], at(NOW)).unwrap().made, Made::AuthorityAndCertificate);
}
