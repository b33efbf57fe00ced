//! Servers as child processes: started on a free port of the loopback, looked at through /proc, and
//! ended with the measurement, whatever comes of it.

use crate::Failure;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub spawned: Instant,
    log: PathBuf,
}

impl Server {
    /// Doorward in development mode, on the data in `folder`.
    pub fn doorward(program: &Path, folder: &Path) -> Result<Server, Failure> {
        let port = free_port()?;
        let mut command = Command::new(program);
        command.args(["serve", "--dev", "--https", "off", "--log", "error", "--http"]);
        command.arg(format!("127.0.0.1:{port}")).arg("--data").arg(folder);
        Server::start(command, port, folder.join("server.log"))
    }

    /// The bare server, which answers with the content of `body`.
    pub fn bare(body: &Path) -> Result<Server, Failure> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg(port.to_string()).arg(body);
        Server::start(command, port, body.with_extension("log"))
    }

    fn start(mut command: Command, port: u16, log: PathBuf) -> Result<Server, Failure> {
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        // Whatever is set for a server on this machine is not meant for this one.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DOORWARD_")) {
            command.env_remove(name);
        }
        let spawned = Instant::now();
        let child = command.spawn()?;
        Ok(Server { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), spawned, log })
    }

    /// Waits until it takes connections.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        loop {
            if tokio::net::TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            self.still_there()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// # Errors
    /// What its log says, when it has ended or doesn't begin.
    pub fn still_there(&mut self) -> Result<(), Failure> {
        let ended = self.child.try_wait()?;
        if ended.is_none() && self.spawned.elapsed() < PATIENCE {
            return Ok(());
        }
        Err(format!("the server doesn't start: {}", std::fs::read_to_string(&self.log).unwrap_or_default()).into())
    }

    /// Seconds of processor time so far, in hundredths.
    pub fn processor(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold blanks; the 12th and 13th field after it are the times.
        let (_, fields) = stat.rsplit_once(") ").ok_or("no name in /proc")?;
        let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Ok(ticks.iter().sum::<f64>() / 100.0)
    }

    /// Resident memory in bytes: what the kernel counts, program text included.
    pub fn memory(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
