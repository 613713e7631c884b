//! The doors: which routes there are, where they listen, and how they close.

use crate::bank::Bank;
use crate::observe;
use crate::reference;
use crate::trouble::Trouble;
use axum::Router;
use axum::middleware::from_fn;
use kit::{Fault, FaultContext};
use retail::pages::DemoPerson;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, lookup_host};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How the doors look.
pub struct Doors {
    /// Demo people to offer on the sign-in page; none outside the demo.
    pub demo: Option<Vec<DemoPerson>>,
    /// Whether a proxy in front speaks TLS with the browser.
    pub secure: bool,
}

/// The whole application: pages, API and its reference, inside the frame of `web`.
pub fn application(bank: &Bank, doors: Doors) -> Result<Router, Fault> {
    let web = web::Web::try_new(web::Parts {
        settings: web::Settings { demo: doors.demo.is_some(), secure: doors.secure },
        rooms: vec![&web::ROOM, &retail::ROOM, &reference::ROOM],
        clock: bank.clock.clone(),
        calendar: bank.calendar.clone(),
        random: bank.random.clone(),
        sessions: bank.passport.clone(),
    })?;
    let api = retail::api::router(retail::api::ApiState {
        passport: (*bank.passport).clone(),
        accounts: bank.accounts.clone(),
        payments: bank.payments.clone(),
        calendar: bank.calendar.clone(),
    });
    let pages = retail::pages::router(retail::pages::PageState {
        passport: (*bank.passport).clone(),
        accounts: bank.accounts.clone(),
        payments: bank.payments.clone(),
        phone: bank.phone.clone(),
        demo: doors.demo.unwrap_or_default().into(),
    });
    let routes = Router::new().merge(pages).merge(api).merge(reference::routes());
    Ok(web.serve(routes.layer(from_fn(observe::measure))))
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
pub(crate) async fn serve(doors: Vec<(TcpListener, Router)>, mut told: StopSignal) {
    let (stop, _) = watch::channel(false);
    let mut tasks = Vec::new();
    for (listener, router) in doors {
        let mut stopped = stop.subscribe();
        let until = async move {
            // An error means that the sender is gone, which is a reason to stop as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(until);
        tasks.push(kit::spawn("listener", async move { serving.await }));
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
    if tokio::time::timeout(std::time::Duration::from_secs(20), finish).await.is_err() {
        tracing::warn!("some connections were still open after 20 s and are dropped");
    }
}

/// Ctrl-C and a polite kill. Made before the bank says that it listens, so that from then on both are heard.
pub(crate) struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    pub(crate) fn try_new() -> Result<Self, Trouble> {
        let listen = |kind| signal(kind).fault("listening for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
