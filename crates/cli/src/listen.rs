//! Opening the sockets, before anything else can fail: a port in use is said at once, and port 0
//! is known by its number from here on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::settings::Settings;

#[derive(Debug)]
pub struct Listeners {
    pub http: Vec<TcpListener>,
    pub https: Vec<TcpListener>,
}

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "can't listen on {address}, it is in use: is Doorward running already? Another address: --{scheme} ADDRESS"
    )]
    InUse { scheme: &'static str, address: SocketAddr },
    #[error("can't listen on {address}: {source}")]
    Other { address: SocketAddr, source: io::Error },
}

/// In development mode every listener on 127.0.0.1 has a twin on `[::1]`, as `localhost` may mean either.
pub fn open(settings: &Settings) -> Result<Listeners, ListenError> {
    Ok(Listeners {
        http: open_all("http", &settings.http, settings.dev)?,
        https: open_all("https", &settings.https, settings.dev)?,
    })
}

fn open_all(scheme: &'static str, addresses: &[SocketAddr], twins: bool) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::new();
    for &address in addresses {
        let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::InUse { scheme, address },
            _ => ListenError::Other { address, source },
        })?;
        let bound = listener.local_addr().map_err(|source| ListenError::Other { address, source })?;
        listeners.push(listener);
        let twin = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), bound.port());
        if twins && bound.ip() == Ipv4Addr::LOCALHOST && !addresses.contains(&twin) {
            // Not every machine has IPv6, and nobody asked for this one by name.
            listeners.extend(TcpListener::bind(twin));
        }
    }
    for listener in &listeners {
        listener.set_nonblocking(true).map_err(|source| {
            let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
            ListenError::Other { address, source }
        })?;
    }
    Ok(listeners)
}

impl Listeners {
    /// Where a browser or a client on this machine finds the server; HTTPS where there is HTTPS.
    pub fn url(&self) -> Option<String> {
        self.https_url().or_else(|| self.http_url())
    }

    pub fn http_url(&self) -> Option<String> {
        first_url("http", &self.http)
    }

    pub fn https_url(&self) -> Option<String> {
        first_url("https", &self.https)
    }

    /// Every address, as a log says it.
    pub fn urls(&self) -> String {
        let schemes = [("http", &self.http), ("https", &self.https)];
        let all = schemes.iter().flat_map(|(scheme, listeners)| {
            let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok());
            addresses.map(move |address| format!("{scheme}://{address}"))
        });
        all.collect::<Vec<_>>().join(" ")
    }

    /// Can somebody on another machine reach it?
    pub fn is_open_to_others(&self) -> bool {
        let mut all = self.http.iter().chain(&self.https).filter_map(|listener| listener.local_addr().ok());
        all.any(|address| !address.ip().is_loopback())
    }
}

fn first_url(scheme: &str, listeners: &[TcpListener]) -> Option<String> {
    let address = listeners.first()?.local_addr().ok()?;
    let port = address.port();
    // The certificate and the clients' lists of hosts know the name.
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        return Some(format!("{scheme}://localhost:{port}"));
    }
    Some(format!("{scheme}://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_free_port_gets_a_twin_and_a_name() {
        let http = open_all("http", &["127.0.0.1:0".parse().unwrap()], true).unwrap();
        let ports: Vec<u16> = http.iter().map(|one| one.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0), "{ports:?}");
        let listeners = Listeners { http, https: Vec::new() };
        assert_eq!(listeners.url(), Some(format!("http://localhost:{}", ports[0])));
        assert!(!listeners.is_open_to_others());
    }

    #[test]
    fn a_port_in_use_is_said_with_the_flag_that_helps() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = open_all("https", &[first.local_addr().unwrap()], true).unwrap_err().to_string();
        assert!(error.contains("in use") && error.contains("--https"), "{error}");
    }

    #[test]
    fn an_address_for_everybody_is_known_as_such() {
        let http = open_all("http", &["0.0.0.0:0".parse().unwrap()], true).unwrap();
        assert_eq!(http.len(), 1);
        assert!(Listeners { http, https: Vec::new() }.is_open_to_others());
    }
}
