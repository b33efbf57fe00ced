//! Serving: listeners, TLS, and a quiet end. Sockets come in bound; requests that have begun are
//! answered before the process goes.

use crate::app;
use crate::error::StartError;
use crate::settings::{Settings, TlsFiles};
use crate::silence::Attentive;
use crate::{authenticate, dev, http, metrics, post, worker};
use axum::ServiceExt;
use axum::extract::Request;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long open requests may take to end after the server was told to.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until `stop` ends; `started` is called once requests are answered.
///
/// # Errors
/// [`StartError`] when the database, a certificate or a socket can't be used.
pub async fn serve(
    settings: Settings,
    started: impl FnOnce(),
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let outlets = post::Outlets::new(settings.mail.as_ref(), settings.private_callouts || settings.dev)?;
    let (database, hashing) = (&settings.database, &settings.hashing);
    let (answers, patience) = (settings.answers, settings.patience);
    let app = app::open(database, settings.dev, &settings.issuers, outlets, answers, patience, hashing).await?;
    let app = Arc::new(app);
    if settings.dev {
        dev::tenant(&app).await?;
        app.clocks.refresh(&app.store).await?;
        dev::sample(&app).await?;
    } else {
        dev::warn_of_moved_clocks(&app).await?;
    }
    let (rest, resting) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(worker::run(Arc::clone(&app), async {
        let _ = resting.await;
    }));
    let (last_post, no_more) = tokio::sync::oneshot::channel::<()>();
    let postman = tokio::spawn(post::run(Arc::clone(&app), async {
        let _ = no_more.await;
    }));
    let mut keepers = tokio::task::JoinSet::new(); // end with this function
    for issuer in settings.issuers {
        let age = Duration::from_secs(issuer.key_age_seconds.into());
        keepers.spawn(authenticate::keep_current(Arc::clone(&app), issuer.url, age));
    }
    let tls = match &settings.tls {
        Some(files) if settings.listeners.iter().any(|listener| listener.tls) => Some(certificate(files).await?),
        _ => None,
    };
    let measured = app.metrics.clone();
    let handle: Handle<SocketAddr> = Handle::new();
    let mut servers = tokio::task::JoinSet::new();
    for listener in settings.listeners {
        let address = listener.socket.local_addr().map_or_else(|_| "socket".to_owned(), |address| address.to_string());
        let failed = |source| StartError::Listen { address: address.clone(), source };
        listener.socket.set_nonblocking(true).map_err(failed)?;
        let entrance = http::Entrance::new(Arc::clone(&app), listener.tls);
        let entrance = ServiceExt::<Request>::into_make_service(entrance);
        match (listener.tls, &tls) {
            (true, Some(tls)) => {
                let server = axum_server::from_tcp_rustls(listener.socket, tls.clone()).map_err(failed)?;
                let mut server =
                    server.map(|acceptor| Attentive { acceptor: acceptor.acceptor(NoDelayAcceptor::new()), patience });
                hurry(server.http_builder(), patience);
                servers.spawn(server.handle(handle.clone()).serve(entrance));
            }
            (true, None) => return Err(StartError::Tls("a listener wants TLS and there is no certificate".to_owned())),
            (false, _) => {
                // Without delay: the end of an answer mustn't wait until its beginning is acknowledged.
                let server = axum_server::from_tcp(listener.socket).map_err(failed)?;
                let mut server = server.acceptor(Attentive { acceptor: NoDelayAcceptor::new(), patience });
                hurry(server.http_builder(), patience);
                servers.spawn(server.handle(handle.clone()).serve(entrance));
            }
        }
    }
    started();
    tokio::pin!(stop);
    tokio::select! {
        () = &mut stop => handle.graceful_shutdown(Some(GRACE)),
        () = metrics::upkeep(&measured) => {}
        Some(ended) = servers.join_next() => {
            handle.shutdown();
            ended_early(ended)?;
        }
    }
    // Who has sent half a request by then isn't waited for.
    let all = async {
        while let Some(ended) = servers.join_next().await {
            ended_early(ended)?;
        }
        Ok::<_, StartError>(())
    };
    tokio::pin!(all);
    tokio::select! {
        ended = &mut all => ended?,
        () = app.busy.over(GRACE) => {
            handle.shutdown();
            all.await?;
        }
    }
    // What was asked for is done before the process goes, as far as it is due.
    let _ = rest.send(());
    let done = worker.await;
    let _ = last_post.send(());
    let sent = postman.await;
    done.and(sent).map_err(|error| StartError::Other(error.to_string()))
}

/// A connection whose next request doesn't come within `patience` is closed: one that was begun, or none.
fn hurry(builder: &mut Builder<TokioExecutor>, patience: Duration) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience);
    // A peer that has gone without a word is found out.
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(patience);
}

fn ended_early(ended: Result<std::io::Result<()>, tokio::task::JoinError>) -> Result<(), StartError> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(source)) => Err(StartError::Listen { address: "server".to_owned(), source }),
        Err(error) => Err(StartError::Other(error.to_string())),
    }
}

async fn certificate(files: &TlsFiles) -> Result<RustlsConfig, StartError> {
    // Whoever was first may have chosen the provider; there is one in this program.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    RustlsConfig::from_pem_file(&files.certificate, &files.key)
        .await
        .map_err(|error| StartError::Tls(format!("{}: {error}", files.certificate.display())))
}
