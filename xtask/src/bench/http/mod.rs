//! `cargo xtask bench http`: customers who pay each other over HTTP, beside the cheapest thing that they can ask for.
//!
//! The bank and its load share the machine's cores, so that requests a second say little by themselves. What counts is
//! the ratio to an end point that only looks who asks, measured before and after the payments of the same run.

mod bank;
mod client;
mod load;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::run::Failure;

use super::json::Json;
use super::machine;
use super::report::median;
use bank::{Bank, metric, own_processor_seconds};
use client::Client;
use load::{Customers, Done, Work};

const HELP: &str = "\
cargo xtask bench http [OPTIONS]

  --customers N    who are signed in and pay each other [default: 1000]
  --seconds N      how long they pay; the empty end point is asked a third as long before and after [default: 60]
  --partitions N   of which the bank's ledger is made [default: 1]
  --connections N  kept connections over which they ask at once [default: 64]
  --data DIR       where the bank keeps its files while it runs [default: the temporary folder]
  --program FILE   a `tongbao` that is built already, instead of building the release
  --json FILE      write all figures into a file
";

/// What is answered before this is not counted.
const WARM_UP: Duration = Duration::from_secs(2);
/// How often it is looked how far the tables are behind.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the tables may take to catch up when nothing is asked any more.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(120);

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    customers: usize,
    partitions: usize,
    seconds: u64,
    connections: usize,
    data: Option<PathBuf>,
    program: Option<PathBuf>,
    json: Option<PathBuf>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Failure> {
        let mut options = Self {
            customers: 1_000,
            partitions: 1,
            seconds: 60,
            connections: 64,
            data: None,
            program: None,
            json: None,
        };
        let mut args = args.iter();
        while let Some(argument) = args.next() {
            let value = args.next().ok_or_else(|| Failure::new(format!("{argument} needs a value\n\n{HELP}")))?;
            let number = || match value.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(Failure::new(format!("{argument} wants a number over zero, not `{value}`"))),
            };
            match argument.as_str() {
                "--customers" => options.customers = number()?,
                "--partitions" => options.partitions = number()?,
                "--seconds" => options.seconds = number()? as u64,
                "--connections" => options.connections = number()?,
                "--data" => options.data = Some(value.into()),
                "--program" => options.program = Some(value.into()),
                "--json" => options.json = Some(value.into()),
                other => return Err(Failure::new(format!("there is no option `{other}`\n\n{HELP}"))),
            }
        }
        // A key is used once, and a customer by one connection: whose turn it is needs no lock.
        options.connections = options.connections.min(options.customers);
        Ok(options)
    }
}

/// `bench http [OPTIONS]`.
pub(super) fn bench(args: &[String]) -> Result<(), Failure> {
    if args.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return Ok(());
    }
    let options = Options::parse(args)?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => super::build_release()?,
    };
    let parent = options.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("tongbao-bench-http-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let result = measure(&options, &program, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// One work with what it cost.
struct Phase {
    name: &'static str,
    done: Done,
    /// Seconds of processor time of the bank.
    bank: f64,
    /// The same by what its threads are called.
    threads: BTreeMap<String, f64>,
    /// Seconds of processor time of the load.
    load: f64,
    /// SQL statements that the bank sent.
    statements: f64,
    /// How far the tables were behind at each look, seconds.
    lags: Vec<f64>,
}

fn measure(options: &Options, program: &Path, folder: &Path) -> Result<(), Failure> {
    let facts = machine::facts(folder);
    eprintln!("== the bank makes {} customers", options.customers);
    let bank = Bank::start(program, &folder.join("bank"), options.customers, options.partitions)?;
    eprintln!("== they sign in");
    let customers = Customers::sign_in(bank.address, options.customers)?;
    let before = commands(bank.address)?;
    let (empty, pay) = (Duration::from_secs(options.seconds.div_ceil(3)), Duration::from_secs(options.seconds));
    let mut phases = Vec::new();
    for (name, work, counted) in
        [("empty, before", Work::Empty, empty), ("payments", Work::Payments, pay), ("empty, after", Work::Empty, empty)]
    {
        eprintln!("== {name}");
        let phase = run(&bank, &customers, options.connections, name, work, counted)?;
        eprintln!("   {:.0} requests/s", phase.done.requests_per_second());
        phases.push(phase);
        caught_up(bank.address)?;
    }
    eprintln!("== balances and books");
    customers.check_balances()?;
    let decided = commands(bank.address)? - before;
    let paid = customers.paid() as f64;
    // A tick is a command, too, and the demonstration may make one. A payment between two partitions is three, and the first
    // one between two opens what stands for the other.
    let (partitions, each) = (options.partitions as f64, if options.partitions > 1 { 3.0 } else { 1.0 });
    if decided < paid || decided > each * paid + 10.0 + 3.0 * (partitions - 1.0) * partitions {
        return Err(Failure::new(format!("{paid} payments were confirmed, the ledger decided {decided} commands")));
    }
    let memory = bank.memory_bytes();
    bank.stop_and_check()?;
    let outcome = Outcome { options, facts, phases, paid, decided, memory };
    println!("{}", outcome.text());
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{}\n", outcome.json()))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))?;
    }
    Ok(())
}

fn run(
    bank: &Bank,
    customers: &Customers,
    connections: usize,
    name: &'static str,
    work: Work,
    counted: Duration,
) -> Result<Phase, Failure> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let watching = scope.spawn(move || watch(bank, over));
        let done = customers.work(work, connections, WARM_UP, counted);
        over.store(true, Ordering::Relaxed);
        let watched = watching.join().map_err(|_| Failure::new("a thread of the load panicked"))?;
        let (done, watched) = (done?, watched?);
        let Watched { bank, threads, load, statements, lags } = watched;
        Ok(Phase { name, done, bank, threads, load, statements, lags })
    })
}

struct Watched {
    bank: f64,
    threads: BTreeMap<String, f64>,
    load: f64,
    statements: f64,
    lags: Vec<f64>,
}

/// Looks from the end of the warming up until the work is over.
fn watch(bank: &Bank, over: &AtomicBool) -> Result<Watched, Failure> {
    std::thread::sleep(WARM_UP);
    let mut client = Client::connect(bank.address)?;
    let (before, load, began) = (bank.spent(), own_processor_seconds(), Instant::now());
    let (first, mut last) = (metrics(&mut client, &["sql_statements_total"])?[0], 0.0);
    let mut lags = Vec::new();
    let mut looks = 0;
    while !over.load(Ordering::Relaxed) {
        let said = metrics(&mut client, &["projection_lag_seconds", "sql_statements_total"])?;
        lags.push(said[0]);
        last = said[1];
        looks += 1;
        std::thread::sleep((began + LOOK_EVERY * looks).saturating_duration_since(Instant::now()));
    }
    let (bank, threads) = bank.spent().since(&before);
    Ok(Watched { bank, threads, load: own_processor_seconds() - load, statements: last - first, lags })
}

fn metrics(client: &mut Client, names: &[&str]) -> Result<Vec<f64>, Failure> {
    let answer = client.ask("GET", "/metrics", "", "", "")?.expect(200, "asking for metrics")?;
    let missing = |name: &&str| Failure::new(format!("the bank has no metric {name}"));
    names.iter().map(|name| metric(answer.body, name).ok_or_else(|| missing(name))).collect()
}

/// Commands that the ledger has decided.
fn commands(bank: std::net::SocketAddr) -> Result<f64, Failure> {
    Ok(metrics(&mut Client::connect(bank)?, &["ledger_commands"])?[0])
}

/// Waits until the tables have seen everything.
fn caught_up(bank: std::net::SocketAddr) -> Result<(), Failure> {
    let mut client = Client::connect(bank)?;
    let began = Instant::now();
    while metrics(&mut client, &["projection_lag_records"])?[0] > 0.0 {
        if began.elapsed() > CATCHES_UP_WITHIN {
            return Err(Failure::new("the tables did not catch up with the journal"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// All that was measured.
struct Outcome<'a> {
    options: &'a Options,
    facts: Vec<(&'static str, String)>,
    phases: Vec<Phase>,
    paid: f64,
    decided: f64,
    memory: (f64, f64),
}

impl Phase {
    fn requests(&self) -> f64 {
        self.done.requests_per_second() * self.done.seconds
    }

    /// Microseconds of processor time for a request: of the bank, and of the load.
    fn cost_us(&self) -> (f64, f64) {
        let each = 1e6 / self.requests().max(1.0);
        (self.bank * each, self.load * each)
    }

    fn lag(&self, part: f64) -> f64 {
        let mut lags = self.lags.clone();
        lags.sort_by(f64::total_cmp);
        let last = lags.len().saturating_sub(1);
        lags.get((last as f64 * part).round() as usize).copied().unwrap_or(0.0)
    }
}

impl Outcome<'_> {
    fn empty(&self) -> Option<f64> {
        let empty = self.phases.iter().filter(|phase| phase.name.starts_with("empty"));
        median(empty.map(|phase| phase.done.requests_per_second()).collect())
    }

    fn payments(&self) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == "payments")
    }

    /// Requests a second of payments, of those of the empty end point.
    fn ratio(&self) -> Option<f64> {
        Some(self.payments()?.done.requests_per_second() / self.empty()?)
    }

    fn text(&self) -> String {
        let mut text =
            String::from("| work | requests/s | p50, p99, longest | bank, load a request | SQL a request |\n");
        text.push_str("|---|---|---|---|---|\n");
        for phase in &self.phases {
            let times: Vec<String> = phase
                .done
                .times
                .iter()
                .map(|(kind, times)| {
                    let of = |part| times.within_ms(part).unwrap_or_default();
                    format!("{kind} {:.1}, {:.1}, {:.0} ms", of(0.5), of(0.99), of(1.0))
                })
                .collect();
            let (bank_us, load_us) = phase.cost_us();
            let statements = phase.statements / phase.requests().max(1.0);
            text.push_str(&format!(
                "| {} | {:.0} | {} | {bank_us:.0} µs, {load_us:.0} µs | {statements:.2} |\n",
                phase.name,
                phase.done.requests_per_second(),
                times.join("; "),
            ));
        }
        if let (Some(payments), Some(ratio)) = (self.payments(), self.ratio()) {
            text.push_str(&format!(
                "\n{:.0} payments/s, of two requests each: {:.1} % of the requests of the empty end point (aim: 30 %)\n",
                payments.done.per_second("confirm").unwrap_or_default(),
                ratio * 100.0,
            ));
            text.push_str(&format!(
                "tables behind the ledger: at most {:.2} s, p99 {:.2} s, p50 {:.2} s (aim: 1 s)\n",
                payments.lag(1.0),
                payments.lag(0.99),
                payments.lag(0.5)
            ));
            let mut threads: Vec<_> = payments.threads.iter().collect();
            threads.sort_by(|one, other| other.1.total_cmp(one.1));
            let shares: Vec<String> = threads
                .iter()
                .map(|(name, spent)| format!("{name} {:.0}", *spent * 1e6 / payments.requests().max(1.0)))
                .collect();
            text.push_str(&format!("processor time of a payment's request, µs: {}\n", shares.join(", ")));
        }
        text.push_str(&format!(
            "{} payments confirmed, {} commands decided, every balance right, books even; memory {:.2} GB, at most {:.2} GB\n",
            self.paid,
            self.decided,
            self.memory.0 / 1e9,
            self.memory.1 / 1e9
        ));
        text.push_str(&format!(
            "{} customers, {} partitions, {} connections, {} s\n",
            self.options.customers, self.options.partitions, self.options.connections, self.options.seconds
        ));
        for (name, fact) in &self.facts {
            text.push_str(&format!("{name}: {fact}\n"));
        }
        text
    }

    fn json(&self) -> Json {
        let phases = self.phases.iter().map(|phase| {
            let (bank_us, load_us) = phase.cost_us();
            let times = phase.done.times.iter().map(|(kind, times)| {
                let of = |part| Json::number(times.within_ms(part));
                let figures = [("p50_ms", of(0.5)), ("p99_ms", of(0.99)), ("max_ms", of(1.0))];
                ((*kind).to_owned(), Json::object(figures))
            });
            let threads = phase.threads.iter().map(|(name, spent)| (name.clone(), Json::number(Some(*spent))));
            Json::object([
                ("work", Json::text(phase.name)),
                ("seconds", Json::number(Some(phase.done.seconds))),
                ("requests_per_second", Json::number(Some(phase.done.requests_per_second()))),
                ("times", Json::Object(times.collect())),
                ("bank_us_per_request", Json::number(Some(bank_us))),
                ("load_us_per_request", Json::number(Some(load_us))),
                ("sql_statements_per_request", Json::number(Some(phase.statements / phase.requests().max(1.0)))),
                ("lag_max_seconds", Json::number(Some(phase.lag(1.0)))),
                ("lag_p99_seconds", Json::number(Some(phase.lag(0.99)))),
                ("bank_thread_seconds", Json::Object(threads.collect())),
            ])
        });
        let facts = self.facts.iter().map(|(name, fact)| ((*name).to_owned(), Json::text(fact)));
        Json::object([
            ("customers", Json::number(Some(self.options.customers as f64))),
            ("partitions", Json::number(Some(self.options.partitions as f64))),
            ("connections", Json::number(Some(self.options.connections as f64))),
            ("payments_per_second", Json::number(self.payments().and_then(|phase| phase.done.per_second("confirm")))),
            ("ratio", Json::number(self.ratio())),
            ("payments", Json::number(Some(self.paid))),
            ("commands", Json::number(Some(self.decided))),
            ("memory_bytes", Json::number(Some(self.memory.0))),
            ("peak_memory_bytes", Json::number(Some(self.memory.1))),
            ("phases", Json::List(phases.collect())),
            ("machine", Json::Object(facts.collect())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let parse = |words: &str| Options::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let options = parse("--customers 20 --seconds 2 --connections 50 --program x").unwrap();
        assert_eq!((options.customers, options.seconds, options.connections), (20, 2, 20));
        assert_eq!(parse("").unwrap().customers, 1_000);
        for wrong in ["--customers", "--customers 0", "--seconds x", "--what 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
