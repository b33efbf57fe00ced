//! The way to PostgreSQL over TLS: a server that takes no other way, with a certificate made here, asked
//! in every `sslmode`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; helpers between them are not marked as such"
)]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Database, Store};
use tempfile::TempDir;

const PASSWORD: &str = "a password of its own";

/// A PostgreSQL that ends with the test.
struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown, so that its own children go before the folder does.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// The folder with initdb and postgres; the newest version.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders
        .sort_by_key(|folder| folder.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok()));
    folders.reverse();
    std::env::split_paths(&path)
        .chain(folders)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// PostgreSQL refuses to be root: the user whom it is to be instead.
fn user(folder: &Path) -> Option<(u32, u32)> {
    let id = |flag: &str, user: &str| {
        let output = Command::new("id").args([flag, user]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    let me = Command::new("id").arg("-u").output().unwrap();
    if String::from_utf8_lossy(&me.stdout).trim() != "0" {
        return None;
    }
    let name = if id("-u", "postgres").is_some() { "postgres" } else { "nobody" };
    let user = (id("-u", name).unwrap(), id("-g", name).unwrap());
    chown(folder, Some(user.0), Some(user.1)).unwrap();
    Some(user)
}

/// An authority, and a certificate of it for this name with its key; all as PEM.
fn certificate(name: &str) -> (String, String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, format!("authority for {name}"));
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    (authority.pem(), leaf.pem(), key.serialize_pem())
}

impl Server {
    /// None, with a word about it, where there is no PostgreSQL to start.
    fn start() -> Option<Server> {
        let Some(programs) = programs() else {
            // Past the capture of test output: a test that was not run must not look like one that was.
            let _ = std::io::stderr().write_all(b"PostgreSQL over TLS SKIPPED: there is no initdb to start one with\n");
            return None;
        };
        let folder = TempDir::with_prefix("doorward-tls-").unwrap();
        let user = user(folder.path());
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).env_remove("PGDATA");
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = user {
                chown(&file, Some(user), Some(group)).unwrap();
            }
        };
        let (authority, leaf, key) = certificate("localhost");
        for (name, text) in [("ca.pem", &authority), ("leaf.pem", &leaf), ("leaf.key", &key)] {
            write(name, text);
        }
        write("other.pem", &certificate("localhost").0);
        write("password", PASSWORD);
        let made = command("initdb")
            .args(["--pgdata=data", "--username=doorward", "--pwfile=password", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        write("data/pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n");
        // Another process may take the port first.
        (0..3)
            .find_map(|_| Server::listen(&command))
            .map(|(child, port)| Server { child, port, folder })
            .or_else(|| panic!("PostgreSQL doesn't start"))
    }

    fn listen(command: &impl Fn(&str) -> Command) -> Option<(Child, u16)> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = command("postgres")
            .args(["-D", "data", "-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "ssl=on"])
            .args(["-c", "ssl_cert_file=../leaf.pem", "-c", "ssl_key_file=../leaf.key"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some((child, port));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL doesn't listen");
    }

    /// Opens the database by this host, with this query in its URL; says what went wrong.
    async fn open(&self, host: &str, query: &str) -> Result<(), String> {
        let query = query.replace("FOLDER", &self.folder.path().display().to_string());
        let password = PASSWORD.replace(' ', "%20");
        open(&format!("postgres://doorward:{password}@{host}:{}/postgres?{query}", self.port)).await
    }
}

async fn open(url: &str) -> Result<(), String> {
    let store = Store::open(&Database::Postgres(url.to_owned())).await.map_err(|error| error.to_string())?;
    store.ping().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn each_mode_looks_as_closely_as_it_says() {
    let Some(server) = Server::start() else { return };
    // It answers a moment after it listens.
    for attempt in 0.. {
        match server.open("localhost", "").await {
            Ok(()) => break,
            Err(error) => assert!(attempt < 100, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for (host, query) in [
        ("127.0.0.1", "sslmode=prefer"),
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", "sslmode=require&channel_binding=require"),
        ("127.0.0.1", "sslmode=require&sslrootcert=FOLDER/ca.pem"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=FOLDER/ca.pem"),
        ("localhost", "sslmode=verify-full&sslrootcert=FOLDER/ca.pem"),
    ] {
        assert_eq!(server.open(host, query).await, Ok(()), "{host} {query}");
    }
    for (host, query, said) in [
        ("127.0.0.1", "sslmode=disable", "no encryption"),
        ("127.0.0.1", "sslmode=require&sslrootcert=FOLDER/other.pem", "invalid peer certificate"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=FOLDER/other.pem", "invalid peer certificate"),
        ("localhost", "sslmode=verify-full&sslrootcert=FOLDER/other.pem", "invalid peer certificate"),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=FOLDER/ca.pem", "not valid for name"),
        ("localhost", "sslmode=verify-ca&sslrootcert=FOLDER/none.pem", "none.pem"),
        ("localhost", "sslmode=perhaps", "'perhaps'"),
        // The machine knows nothing of this authority, if it knows any.
        ("localhost", "sslmode=verify-full", "certificate"),
        ("localhost", "sslrootcert=system", "certificate"),
    ] {
        let complaint = server.open(host, query).await.expect_err(query);
        assert!(complaint.contains(said), "{host} {query}: {complaint}");
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_no_password_from_who_asks_for_tls() {
    let folder = TempDir::with_prefix("doorward-tls-").unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, certificate("localhost").0).unwrap();
    let roots = format!("&sslrootcert={}", file.display());
    for (mode, roots) in [("require", ""), ("verify-ca", &roots), ("verify-full", &roots)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"N").unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
            rest
        });
        let complaint = open(&format!("postgres://ada:secret@127.0.0.1:{port}/door?sslmode={mode}{roots}")).await;
        assert!(complaint.unwrap_err().contains("does not support TLS"), "{mode}");
        assert!(heard.join().unwrap().is_empty());
    }
}
