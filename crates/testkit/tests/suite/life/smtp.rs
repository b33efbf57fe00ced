//! A mail server for tests: it takes letters and shows them, and refuses what it is told to refuse.

use server::{MailSettings, MailTls};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// It ends with the test's process.
#[derive(Clone)]
pub struct Smtp {
    port: u16,
    letters: Arc<Mutex<Vec<String>>>,
    busy: Arc<AtomicUsize>,
}

impl Smtp {
    pub fn start() -> Smtp {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let smtp = Smtp { port, letters: Arc::default(), busy: Arc::default() };
        let server = smtp.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.talk(stream));
            }
        });
        smtp
    }

    pub fn settings(&self) -> MailSettings {
        MailSettings {
            server: "127.0.0.1".to_owned(),
            port: self.port,
            tls: MailTls::None,
            username: None,
            password: None,
            from: "Doorward <door@doorward.test>".to_owned(),
        }
    }

    /// Refuses the next letters, for now.
    pub fn be_busy(&self, times: usize) {
        self.busy.store(times, Ordering::SeqCst);
    }

    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }

    /// Letters to this address.
    pub fn to(&self, address: &str) -> Vec<String> {
        let to = |letter: &String| letter.lines().any(|line| line.starts_with("To:") && line.contains(address));
        self.letters().into_iter().filter(to).collect()
    }

    fn talk(&self, stream: TcpStream) {
        let mut out = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream).lines();
        let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).is_ok();
        say("220 test");
        while let Some(Ok(line)) = lines.next() {
            let known = match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => say("250-test\r\n250 8BITMIME"),
                "RCPT" if line.contains("@refused.test") => say("550 nobody of that name"),
                "MAIL" if self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() => {
                    say("451 later")
                }
                "DATA" => {
                    say("354 go on");
                    let letter: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|l| l != ".").collect();
                    self.letters.lock().unwrap().push(letter.join("\n"));
                    say("250 taken")
                }
                "QUIT" => return,
                _ => say("250 fine"),
            };
            if !known {
                return;
            }
        }
    }
}
