//! The doors: which routes there are, and when they close. What stands between a socket and a route is `listener`.

use crate::bank::Bank;
use crate::observe;
use crate::reference;
use crate::trouble::Trouble;
use axum::Router;
use axum::middleware::from_fn;
use branch::pages::DemoMember;
use kit::{Fault, FaultContext};
use retail::pages::{DemoPerson, DemoToken};
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Where the demonstration's clearing house has its pages.
pub(crate) const NETWORK_BASE: &str = "/demo/network";

/// How the doors look.
pub struct Doors {
    /// Demo people to offer on the sign-in page; none outside the demo.
    pub demo: Option<Vec<DemoPerson>>,
    /// The demo tokens; none outside the demo.
    pub tokens: Vec<DemoToken>,
    /// Demo staff to offer on theirs; none outside the demo.
    pub staff: Vec<DemoMember>,
    /// The terminal of the demonstration; none elsewhere.
    pub terminal: Option<network::Terminal>,
    /// Whether people reach us over TLS, here or at a proxy.
    pub secure: bool,
    /// How often somebody may ask.
    pub rates: web::Rates,
}

/// The whole application: pages, API and its reference, inside the frame of `web`.
pub fn application(bank: &Bank, doors: Doors) -> Result<Router, Fault> {
    let web = web::Web::try_new(web::Parts {
        settings: web::Settings { demo: doors.demo.is_some(), secure: doors.secure, rates: Some(doors.rates) },
        rooms: vec![&web::ROOM, &retail::ROOM, &branch::ROOM, &network::pages::ROOM, &reference::ROOM],
        clock: bank.clock.clone(),
        calendar: bank.calendar.clone(),
        random: bank.random.clone(),
        sessions: bank.passport.clone(),
    })?
    .with_staff(Arc::new(bank.staff.clone()));
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
        tokens: doors.tokens.into(),
        demo: doors.demo.unwrap_or_default().into(),
    });
    let has_demo_staff = !doors.staff.is_empty();
    let counter = branch::pages::PageState { desk: bank.desk.clone(), demo: doors.staff.into() };
    let mut routes =
        Router::new().merge(pages).merge(branch::pages::router(counter.clone())).merge(api).merge(reference::routes());
    if has_demo_staff {
        routes = routes.merge(branch::pages::demo_router(counter));
    }
    if let Some(terminal) = doors.terminal {
        routes = routes.merge(network::pages::terminal::router(terminal));
    }
    if let Some(network) = &bank.network {
        let (network, base) = (network.clone(), NETWORK_BASE);
        routes = routes.merge(network::pages::router(network::pages::PageState { network, base, asks_key: false }));
    }
    // For a program with a key of its own: no session, no form, no page, and its own bound on how many ask at once.
    let card_network = payments::api::card_network::router(payments::api::card_network::CardNetworkState {
        payments: bank.payments.clone(),
        api_key: bank.card_network_key.clone(),
    });
    let card_network = web.serve_programs(card_network.layer(from_fn(observe::measure)));
    Ok(web.serve(routes.layer(from_fn(observe::measure))).merge(card_network))
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

    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
