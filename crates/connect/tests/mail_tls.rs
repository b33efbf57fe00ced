//! Mail over TLS: servers with a certificate made here, and senders in processes of their own, for whom
//! they trust is said by the environment.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "these are tests; helpers between them are not marked as such"
)]

use connect::Fault;
use connect::letter::Written;
use connect::mail::{MailSettings, MailTls, Mailer};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The only test. It runs itself in other processes, where [`PORT`] is set, to send from there.
const TEST: &str = "letters_go_over_tls_where_the_authority_is_trusted_and_nowhere_else";
const PORT: &str = "MAIL_PORT";
const TLS: &str = "MAIL_TLS";
const TRUST: &str = "SSL_CERT_FILE";

/// A mail server, and all that was said to it once nobody else could hear.
#[derive(Clone)]
struct Server {
    port: u16,
    tls: Option<Arc<ServerConfig>>,
    implicit: bool,
    clear: Arc<Mutex<Vec<String>>>,
    private: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(tls: Option<&Arc<ServerConfig>>, implicit: bool) -> Server {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let server = Server { port, tls: tls.cloned(), implicit, clear: Arc::default(), private: Arc::default() };
        let listening = server.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let server = listening.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        server
    }

    fn serve(&self, mut stream: TcpStream) {
        if !self.implicit && !talk(&mut stream, true, self.tls.is_some(), &self.clear) {
            return;
        }
        let Some(tls) = &self.tls else { return };
        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
        talk(&mut StreamOwned::new(connection, stream), self.implicit, false, &self.private);
    }
}

fn say<S: Read + Write>(stream: &mut BufReader<&mut S>, text: &str) -> bool {
    write!(stream.get_mut(), "{text}\r\n").and_then(|()| stream.get_mut().flush()).is_ok()
}

/// Answers until the end, or until TLS is to begin: then true.
fn talk<S: Read + Write>(stream: &mut S, greets: bool, offers: bool, heard: &Mutex<Vec<String>>) -> bool {
    let mut stream = BufReader::new(stream);
    if greets && !say(&mut stream, "220 test") {
        return false;
    }
    let mut line = String::new();
    let mut in_letter = false;
    loop {
        line.clear();
        if !stream.read_line(&mut line).is_ok_and(|read| read > 0) {
            return false;
        }
        let word = line.trim_end().to_owned();
        heard.lock().unwrap().push(word.clone());
        let answer = match word.split([' ', ':']).next().unwrap_or_default() {
            _ if in_letter && word != "." => continue,
            "." => "250 taken",
            "EHLO" if offers => "250-test\r\n250 STARTTLS",
            "EHLO" => "250-test\r\n250 8BITMIME",
            "STARTTLS" => {
                say(&mut stream, "220 go on");
                return true;
            }
            "DATA" => "354 go on",
            _ => "250 fine",
        };
        in_letter = word == "DATA";
        if !say(&mut stream, answer) || word == "QUIT" {
            return false;
        }
    }
}

/// An authority as PEM, and a server of `localhost` that it vouches for.
fn certificate() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority for mail");
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (authority, Arc::new(config))
}

/// What a process that trusts this authority, or only those of the machine, hears when it sends a letter.
fn send(server: &Server, tls: &str, trust: Option<&Path>) -> String {
    let mut sender = Command::new(std::env::current_exe().unwrap());
    sender.args(["--exact", TEST, "--nocapture"]);
    sender.env(PORT, server.port.to_string()).env(TLS, tls).env_remove(TRUST);
    if let Some(path) = trust {
        sender.env(TRUST, path);
    }
    let output = sender.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().find_map(|line| line.split_once("outcome: ")).map_or(said.clone(), |(_, said)| said.to_owned())
}

#[test]
fn letters_go_over_tls_where_the_authority_is_trusted_and_nowhere_else() {
    if std::env::var_os(PORT).is_some() {
        return a_letter_is_sent();
    }
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (authority, config) = certificate();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, authority).unwrap();
    for (implicit, tls) in [(false, "starttls"), (true, "implicit")] {
        let server = Server::start(Some(&config), implicit);
        assert_eq!(send(&server, tls, Some(&trusted)), "sent", "{tls}");
        let private = server.private.lock().unwrap().clone();
        assert!(private.iter().any(|line| line.contains("An answer is wanted")), "{private:?}");
        // In the clear there is nothing but the wish for privacy.
        let clear = server.clear.lock().unwrap().clone();
        assert!(clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{clear:?}");
        // An authority that nobody knows.
        let server = Server::start(Some(&config), implicit);
        let refused = send(&server, tls, None);
        assert!(refused.starts_with("later: "), "{refused}");
        assert!(server.private.lock().unwrap().is_empty());
    }
    // A server that has no TLS to offer hears of no letter.
    let server = Server::start(None, false);
    let refused = send(&server, "starttls", Some(&trusted));
    assert!(refused.starts_with("later: ") || refused.starts_with("never: "), "{refused}");
    let clear = server.clear.lock().unwrap().clone();
    assert!(!clear.iter().any(|line| line.starts_with("MAIL") || line.contains("ada@")), "{clear:?}");
}

/// Sends one letter, and says what came of it.
fn a_letter_is_sent() {
    let tls = match std::env::var(TLS).unwrap().as_str() {
        "implicit" => MailTls::Implicit,
        _ => MailTls::StartTls,
    };
    let settings = MailSettings {
        server: "localhost".to_owned(),
        port: std::env::var(PORT).unwrap().parse().unwrap(),
        tls,
        username: None,
        password: None,
        from: "door@doorward.test".to_owned(),
    };
    let letter = Written {
        event: "approvalWanted",
        to: "ada@doorward.test".to_owned(),
        to_name: "Ada".to_owned(),
        subject: "An answer is wanted".to_owned(),
        text: "Yes or no?".to_owned(),
        html: "<p>Yes or no?</p>".to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async { Mailer::new(&settings)?.send(Uuid::nil(), &letter).await });
    let said = match outcome {
        Ok(()) => "sent".to_owned(),
        Err(Fault::Later(why)) => format!("later: {why}"),
        Err(Fault::Never(why)) => format!("never: {why}"),
    };
    println!("outcome: {said}");
}
