//! `tongbao network`: the counterpart of a clearing house and two other banks, as a process of its own.

use crate::cli::NetworkOptions;
use crate::data_dir::{DataDir, Purpose};
use crate::demo;
use crate::listener::{self, Entrance};
use crate::observe;
use crate::server::StopSignal;
use crate::trouble::Trouble;
use axum::Router;
use db::Db;
use kit::{AheadClock, Calendar, Random};
use network::pages::PageState;
use network::{Faults, Network, Participant, Scheme};
use notify::{HttpGateway, Sending, SmsGateway, SmsMessage};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How long the provider of texts may take, for each of two tries.
const TEXT_WITHIN: Duration = Duration::from_secs(4);

/// Prints texts, as a phone beside the counterpart would show them. Nobody's phone is behind it.
struct Printed;

impl SmsGateway for Printed {
    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a> {
        println!("Text to {}: {}", message.to, message.text);
        Box::pin(async { Ok(()) })
    }
}

pub(crate) async fn run(options: NetworkOptions) -> Result<ExitCode, Trouble> {
    observe::log_quietly();
    let stop = StopSignal::try_new()?;
    let listeners = listener::listen(&options.listen).await?;
    let calendar = Calendar::try_new(&options.zone).map_err(|fault| {
        Trouble::new(format!("{fault}.")).remedy("--zone takes an IANA name such as Asia/Shanghai.")
    })?;
    // The folder is held for the file in it; a server looks after its own.
    let held = match options.database {
        Some(_) => None,
        None => Some(DataDir::take(&options.data, &Purpose::Network)?),
    };
    let file = options.data.join("network.sqlite");
    let url = options.database.clone().unwrap_or_else(|| format!("sqlite:{}", file.display()));
    let random = Random::system();
    let key = |given: &Option<String>| given.clone().filter(|key| !key.is_empty());
    let made = || format!("{:032x}", random.u128());
    let api_key = key(&options.api_key).unwrap_or_else(made);
    let admin_key = key(&options.admin_key).unwrap_or_else(made);
    let network = Network::open(network::Parts {
        db: Db::open(&url).await.map_err(Trouble::database)?,
        clock: Arc::new(AheadClock { ahead_ms: options.ahead }),
        random: random.clone(),
        calendar,
        gateway: gateway(&options)?,
        participants: vec![Participant::tongbao(&api_key)],
        holders: demo::holders(),
        scheme: Scheme {
            real_time_max_minor: i64::from(options.real_time_max) * 100,
            cap_minor: i64::from(options.net_debit_cap) * 100,
            ..Scheme::default()
        },
        windows: options.windows.clone(),
        faults: faults(&options)?,
        admin_key: admin_key.clone(),
    })
    .await?;
    network.start_clock();
    let entrance = Arc::new(Entrance::plain(routes(&network, &random, &options.zone)?)?);
    println!("A clearing house with two other banks; what goes wrong: {}", network.faults());
    for listener in &listeners {
        println!("Listening on http://{}", listener.local_addr()?);
    }
    let first = listeners.first().map(|listener| listener.local_addr()).transpose()?;
    let first = first.map(|address| address.to_string()).unwrap_or_default();
    let shown = if key(&options.api_key).is_none() { format!(", api_key = \"{api_key}\"") } else { String::new() };
    println!("For the bank: [clearing] url = \"http://{first}\"{shown}");
    if key(&options.admin_key).is_none() {
        println!("The operator's key: {admin_key}");
    }
    listener::serve(listeners.into_iter().map(|listener| (listener, entrance.clone())).collect(), stop).await;
    network.close().await;
    drop(held);
    Ok(ExitCode::SUCCESS)
}

/// The operator's pages, and beside them the protocol.
fn routes(network: &Network, random: &Random, zone: &str) -> Result<Router, Trouble> {
    let web = web::Web::try_new(web::Parts {
        settings: web::Settings { demo: true, secure: false, rates: Some(web::Rates::default()) },
        rooms: vec![&web::ROOM, &network::pages::ROOM],
        clock: Arc::new(kit::SystemClock),
        calendar: Calendar::try_new(zone)?,
        random: random.clone(),
        sessions: Arc::new(()),
    })?;
    let pages = PageState { network: network.clone(), base: "", asks_key: true };
    Ok(web.serve(network::pages::router(pages)).merge(network.router()))
}

fn gateway(options: &NetworkOptions) -> Result<Arc<dyn SmsGateway>, Trouble> {
    Ok(match &options.texts_url {
        None => Arc::new(Printed),
        Some(url) => Arc::new(HttpGateway::try_new(url, &options.texts_api_key, TEXT_WITHIN)?),
    })
}

fn faults(options: &NetworkOptions) -> Result<Option<Faults>, Trouble> {
    if options.faults.is_empty() {
        return Ok(None);
    }
    let mut faults = Faults { seed: options.seed, ..Faults::none() };
    for text in &options.faults {
        let read = faults.read_one(text);
        faults = read.map_err(|why| Trouble::new(format!("--fault {text} is not understood.")).remedy(why))?;
    }
    Ok(Some(faults))
}
