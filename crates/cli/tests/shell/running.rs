//! A running `doorward serve` on ports of its own, and requests to it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{doorward, run};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Server {
    child: Child,
    /// Plain HTTP.
    pub url: String,
    said: Arc<Mutex<String>>,
}

impl Server {
    /// The sample organization, in `<folder>/doorward-data`.
    pub fn dev(folder: &Path) -> Server {
        Server::start(folder, &["--dev"])
    }

    /// `serve` with these flags; answers when this returns.
    pub fn start(folder: &Path, flags: &[&str]) -> Server {
        let mut command = doorward(folder);
        command.args(["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::default();
        listen(child.stdout.take().unwrap(), &said);
        listen(child.stderr.take().unwrap(), &said);
        let mut server = Server { child, url: String::new(), said };
        // The greeting of development ends so; otherwise the log says it.
        server.wait_for(|said| said.contains("Try it:") && said.contains("\n  curl ") || said.contains(" ready urls="));
        let said = server.said();
        let at = said.find("http://").unwrap_or_else(|| panic!("no address in {said}"));
        let url = said[at..].split(char::is_whitespace).next().unwrap();
        server.url = url.trim_end_matches("/v1.0").trim_end_matches('"').to_owned();
        server
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn wait_for(&mut self, enough: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !enough(&self.said()) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "{ended:?}: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    pub fn ended(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status,
                None => assert!(began.elapsed() < PATIENCE, "it doesn't end: {}", self.said()),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn stop(self) {
        self.terminate();
        assert!(self.ended().success());
    }

    /// SIGKILL: no time for anything.
    pub fn kill(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    }

    /// The highest resident memory so far, in bytes, as the kernel counted it.
    pub fn peak_memory(&self) -> u64 {
        self.memory_figure("VmHWM:")
    }

    /// The resident memory now, in bytes.
    pub fn memory(&self) -> u64 {
        self.memory_figure("VmRSS:")
    }

    fn memory_figure(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes * 1024
    }

    /// What `doorward token` prints.
    pub fn token(&self, folder: &Path) -> String {
        run(folder, &["token", "--url", &self.url]).ok().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(from: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Caller {
    pub fn new(server: &Server, token: String) -> Caller {
        // Proxies have a localhost of their own.
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Caller { http, url: server.url.clone(), token }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(reqwest::Method::GET, path, None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(reqwest::Method::POST, path, Some(body)).await.unwrap()
    }

    /// The ids of a collection, sorted.
    pub async fn ids(&self, path: &str) -> Vec<String> {
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {page}");
        let mut ids: Vec<String> =
            page["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// The status and the body, null when there is none.
    pub async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// The status of a POST, as soon as it comes; none when the server is gone.
    pub async fn status(&self, path: &str, body: Value) -> Option<u16> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(&body);
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }

    /// The status of a GET and the length of its body, which is read and not kept.
    pub async fn length(&self, path: &str) -> (u16, usize) {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let mut answer = request.send().await.unwrap();
        let (status, mut length) = (answer.status().as_u16(), 0);
        while let Some(chunk) = answer.chunk().await.unwrap() {
            length += chunk.len();
        }
        (status, length)
    }

    /// The path of a link to this server.
    #[track_caller]
    pub fn path(&self, link: &str) -> String {
        let path = link.strip_prefix(&self.url);
        path.unwrap_or_else(|| panic!("{link} leads away from {}", self.url)).to_owned()
    }

    /// A form, without the token.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.http.post(format!("{}{path}", self.url)).form(fields).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }
}
