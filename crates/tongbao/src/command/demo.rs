//! `tongbao demo`: the whole bank with demo people, up in seconds.

use crate::bank::{Bank, Cards, Citizens, Clearing, Parts, Phones};
use crate::chores::Chores;
use crate::cli::DemoOptions;
use crate::config::{AccountsConfig, ClearingConfig, Log, PaymentsConfig};
use crate::data_dir::{DataDir, Purpose};
use crate::demo;
use crate::listener::{self, Entrance};
use crate::observe;
use crate::server::{Doors, NETWORK_BASE, StopSignal, application};
use crate::trouble::Trouble;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) async fn run(options: DemoOptions) -> Result<ExitCode, Trouble> {
    observe::log(&Log { format: "text".to_owned(), level: level() })?;
    if options.reset {
        DataDir::reset_demo(&options.data)?;
    }
    let stop = StopSignal::try_new()?;
    // The port first: a taken port should say so before anything is made.
    let listeners = listener::listen(&options.listen).await?;
    let held = DataDir::take(&options.data, &Purpose::Demo)?;
    let metrics = observe::metrics()?;
    let policy = PaymentsConfig::of_environment()?.policy();
    let clock = Arc::new(kit::AheadClock { ahead_ms: options.ahead });
    let (phones, citizens) = (Phones::Demo, Citizens::Demo);
    // Its own clearing house, unless the environment names another.
    let named = ClearingConfig::of_environment()?;
    let clearing = if named.url.is_some() { named.clearing() } else { Clearing::Demo };
    let clearing_terms = named.terms()?;
    let port = listeners.first().map(|listener| listener.local_addr()).transpose()?.map_or(0, |address| address.port());
    let origin = Some(format!("http://localhost:{port}"));
    let cards = Cards::demo(&kit::Random::system());
    let terms = Parts { clearing, clearing_terms, origin, policy, cards, ..Parts::embedded(held.path()) };
    let partitions = options.partitions;
    held.partitions(partitions)?;
    let parts = Parts { partitions, clock, phones, citizens, ..terms };
    let bank = Bank::open(parts).await?;
    let people = demo::seed(&bank).await?;
    let crowd = demo::crowd::seed(&bank, options.people).await?;
    let staff = demo::seed_staff(&bank).await?;
    let chores = Chores::start(&bank, held.path(), AccountsConfig::default().dormant_after_days);
    let tokens = demo::seed_tokens(&bank).await?;
    let address = listeners.first().map(|listener| listener.local_addr()).transpose()?;
    let port = address.map_or(0, |address| address.port());
    // A card network of its own: it asks the bank where people do.
    let asked = address.map_or_else(|| format!("http://127.0.0.1:{port}"), |address| format!("http://{address}"));
    let (clock, random) = (bank.clock.clone(), bank.random.clone());
    let terminal = Some(network::Terminal::try_new(&asked, &bank.card_network_key, clock, random)?);
    let doors = Doors {
        terminal,
        tokens,
        demo: Some(people.clone()),
        staff: staff.clone(),
        secure: false,
        rates: web::Rates::default(),
    };
    let routes = application(&bank, doors)?.merge(observe::routes(&bank, Some(metrics)));
    let entrance = Arc::new(Entrance::plain(routes)?);
    welcome(port, &options, &people, crowd.as_ref(), &staff);
    listener::serve(listeners.into_iter().map(|listener| (listener, entrance.clone())).collect(), stop).await;
    chores.stop().await;
    bank.close().await?;
    println!("Stopped. Everything is kept in {}.", options.data.display());
    Ok(ExitCode::SUCCESS)
}

fn level() -> String {
    std::env::var("TONGBAO_LOG__LEVEL").unwrap_or_else(|_| "warn".to_owned())
}

fn welcome(
    port: u16,
    options: &DemoOptions,
    people: &[retail::pages::DemoPerson],
    crowd: Option<&demo::crowd::Crowd>,
    staff: &[branch::pages::DemoMember],
) {
    println!("Tongbao 通宝 · demonstration bank, no real money, no real people");
    println!("Listening on http://localhost:{port}");
    println!("  the bank        http://localhost:{port}/");
    println!("  the staff side  http://localhost:{port}/staff");
    println!("  other banks     http://localhost:{port}{NETWORK_BASE}");
    println!("  a terminal      http://localhost:{port}{}", network::pages::terminal::BASE);
    println!("  the API         http://localhost:{port}/docs");
    println!("  health          http://localhost:{port}/readyz and /metrics");
    println!("Demo sign-ins (mobile number, password):");
    for person in people {
        println!("  {}  {}  {}", person.mobile, person.password, person.name);
    }
    if let Some(crowd) = crowd {
        println!("  {} to {}  {}", crowd.first, crowd.last, crowd.password);
    }
    println!(
        "Demo staff (staff number, password), with the codes of their tokens at http://localhost:{port}/demo/staff-token:"
    );
    for member in staff {
        println!("  {:<11}  {}  {} ({})", member.number, member.password, member.name, member.roles.words());
    }
    if options.ahead > 0 {
        println!("The bank's clock is {} minutes ahead.", options.ahead / 60_000);
    }
    println!("Data in {}. Start again to go on; --reset to start anew. Ctrl-C stops.", options.data.display());
}
