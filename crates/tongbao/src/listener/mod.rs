//! Where requests come in: sockets, TLS, and limits on what a sender may hold on to.
//!
//! * Headers must arrive within [`HEADERS_WITHIN`], in [`HEADERS_MOST`] lines and [`HEAD_BYTES`] bytes; bodies are
//!   bounded in `web`. A connection on which nothing moves for [`SILENCE`] is ended, which also ends who never reads.
//! * Connections are bounded in number, for each address and over all, so that nobody can take the places of others.
//!   Who finds none waits in the system's queue, not in our memory.
//! * The protocol is settled before the first byte of a request: HTTP/1.1, or HTTP/2 if TLS agreed on it.
//! * A forwarded address is believed only from a configured proxy; see [`Proxies`].

mod connection;
mod sender;
mod tls;

pub(crate) use sender::{Proxies, Senders};
pub(crate) use tls::Tls;

use crate::config::Listen;
use crate::server::StopSignal;
use crate::trouble::Trouble;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::{Semaphore, mpsc, watch};

/// The lines before a request's body must have arrived by then. On HTTP/1 this also ends a connection kept alive on which
/// no further request begins.
pub(crate) const HEADERS_WITHIN: Duration = Duration::from_secs(15);
/// No request has more header lines.
const HEADERS_MOST: usize = 64;
/// No request line with all headers is longer.
const HEAD_BYTES: usize = 16 * 1024;
/// A connection on which no byte moves for so long is ended. Longer than an answer may take.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);
/// Requests at once on one HTTP/2 connection: more than a browser asks for on a page of ours.
const STREAMS_MOST: u32 = 32;
/// How long requests under way have at the end.
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// After a failure to accept, such as too few file descriptors, until the next try.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// What stands behind a socket. One may stand behind several.
pub(crate) struct Entrance {
    router: Router,
    tls: Option<Tls>,
    senders: Senders,
    /// A place for each connection.
    places: Arc<Semaphore>,
    builder: auto::Builder<TokioExecutor>,
}

impl Entrance {
    /// An entrance to these routes with the limits of a configuration.
    pub(crate) fn try_new(router: Router, listen: &Listen) -> Result<Self, Trouble> {
        let proxies = Proxies::try_new(&listen.trusted_proxies)?;
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_headers(HEADERS_MOST)
            .max_buf_size(HEAD_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MOST)
            .max_header_list_size(HEAD_BYTES as u32)
            .max_send_buf_size(64 * 1024)
            .keep_alive_interval(SILENCE / 2)
            .keep_alive_timeout(HEADERS_WITHIN);
        Ok(Self {
            router,
            tls: listen.tls.as_ref().map(Tls::open).transpose()?,
            senders: Senders::new(proxies, listen.connections_per_address),
            places: Arc::new(Semaphore::new(listen.connections.max(1))),
            builder,
        })
    }

    /// An entrance for those who run the bank, or for a service on the loopback: the same limits, no TLS.
    pub(crate) fn plain(router: Router) -> Result<Self, Trouble> {
        Self::try_new(router, &Listen { tls: None, ..Listen::default() })
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

/// Opens what `address` names: both loopbacks for `localhost:PORT`, else the one address.
pub(crate) async fn listen(address: &str) -> Result<Vec<TcpListener>, Trouble> {
    let Some((host, port)) = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) else {
        return Err(Trouble::new(format!("{address} is not an address to listen on."))
            .remedy("Write it like localhost:8080 or 10.0.0.5:8080."));
    };
    if host == "localhost" {
        let first = bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        match TcpListener::bind(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port))).await {
            Ok(second) => listeners.push(second),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(taken("[::1]", port)),
            // A machine without IPv6 is served on IPv4.
            Err(error) => tracing::info!(%error, "no IPv6 loopback"),
        }
        return Ok(listeners);
    }
    let found = lookup_host(address).await.map(|mut found| found.next());
    match found {
        Ok(Some(address)) => Ok(vec![bind(address).await?]),
        _ => Err(Trouble::new(format!("{address} is not an address of this machine."))),
    }
}

/// Whether only programs of this machine reach an address. One that cannot be read is left to [`listen`], which says so.
pub(crate) async fn is_loopback(address: &str) -> bool {
    if address.starts_with("localhost:") {
        return true;
    }
    match lookup_host(address).await {
        Ok(mut found) => found.all(|one| one.ip().to_canonical().is_loopback()),
        Err(_) => true,
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Trouble> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => taken(&address.ip().to_string(), address.port()),
        _ => Trouble::new(format!("Cannot listen on {address}: {error}.")),
    })
}

fn taken(host: &str, port: u16) -> Trouble {
    Trouble::new(format!("Port {port} on {host} is taken by another program."))
        .remedy(format!("Stop that program, or choose another port: --listen localhost:{}", port.wrapping_add(1)))
}

/// Serves until the process is told to stop, then lets every request under way finish.
pub(crate) async fn serve(doors: Vec<(TcpListener, Arc<Entrance>)>, mut told: StopSignal) {
    let (stop, _) = watch::channel(false);
    let mut tasks = Vec::new();
    for (listener, entrance) in doors {
        tasks.push(kit::spawn("listener", accept(listener, entrance, stop.subscribe())));
    }
    told.wait().await;
    tracing::info!("stopping: requests under way are finished first");
    stop.send_replace(true);
    let finish = async {
        for task in tasks {
            // A listener that failed was logged; there is nothing left to finish for it.
            let _ = task.await;
        }
    };
    if tokio::time::timeout(STOP_WITHIN, finish).await.is_err() {
        tracing::warn!("some connections were still open after {} s and are dropped", STOP_WITHIN.as_secs());
    }
}

/// Takes connections as long as there are places; ends when the last of its connections has.
async fn accept(listener: TcpListener, entrance: Arc<Entrance>, mut stop: watch::Receiver<bool>) {
    let stopped = stop.clone();
    // Every connection holds a sender; when all are gone, nothing comes any more.
    let (under_way, mut ended) = mpsc::channel::<()>(1);
    let taking = async {
        loop {
            let Ok(place) = entrance.places.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Who has too many is closed at once.
                    let Some(counted) = entrance.senders.enter(peer.ip()) else { continue };
                    let (entrance, stopped, held) = (entrance.clone(), stopped.clone(), under_way.clone());
                    kit::spawn("connection", async move {
                        connection::handle(stream, peer, entrance, stopped).await;
                        drop((place, counted, held));
                    });
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    };
    tokio::select! {
        () = taking => {}
        // An error means that the sender is gone, which is a reason to stop as well.
        _ = stop.wait_for(|stop| *stop) => {}
    }
    drop((listener, under_way));
    ended.recv().await;
}

/// The client went away before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
