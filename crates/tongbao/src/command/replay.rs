//! `tongbao replay`: a file of card payments through the payment service, each row once however often it is run.
//!
//! The file is read twice. The first pass finds the customers and terminals and opens what is missing; the second
//! pays row by row in file order, with many payments on their way at once: the ledger's queue keeps the order.

use crate::bank::{Bank, Parts};
use crate::cli::ReplayOptions;
use crate::data_dir::{DataDir, Purpose};
use crate::trouble::Trouble;
use accounts::{AccountRef, Opening, Product};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::date;
use kit::{FaultContext, Timestamp};
use money::{Amount, Currency};
use passport::{CustomerKind, CustomerSeed};
use payments::{Funding, OrderNumber, PaymentInstruction, Submitted};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::{BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Order numbers of replayed rows are a series of their own.
const ORDER_SERIES: u8 = 0;
/// Payments on their way at once.
const IN_FLIGHT: usize = 8_192;
const COLUMNS: [&str; 5] = ["id", "t", "cust", "term", "amt_cents"];

#[derive(Debug, Default, serde::Serialize)]
struct Summary {
    rows: u64,
    paid: u64,
    already_paid: u64,
    already_refused: u64,
    refused: BTreeMap<String, u64>,
    bad_rows: u64,
    seconds: f64,
    payments_per_second: f64,
}

struct Row {
    id: u64,
    order: OrderNumber,
    /// Seconds since 2018-04-01T00:00 in the bank's zone.
    t: i64,
    cust: u64,
    term: u64,
    amt_cents: i64,
}

pub(crate) async fn run(options: ReplayOptions) -> Result<ExitCode, Trouble> {
    crate::observe::log_quietly();
    let fund_minor = yuan("--fund", &options.fund)?;
    let day_cap_minor = options.day_cap.as_deref().map(|cap| yuan("--day-cap", cap)).transpose()?;
    let purpose = Purpose::Replay { fund_minor, day_cap_minor, file: fingerprint(&options.file)? };
    let held = DataDir::take(&options.data, &purpose)?;
    let parts = Parts::embedded(held.path());
    let start = start(&kit::Calendar::try_new(&parts.zone)?)?;
    // Ledger time begins with the file, so that its payments lie in the slices of their own time.
    let bank = Bank::open(Parts { begins: Some(start), ..parts }).await?;
    let summary = replay(&bank, &options, fund_minor, day_cap_minor).await?;
    bank.close().await?;
    if options.json {
        println!("{}", serde_json::to_string(&summary).fault("writing the result")?);
    } else {
        print_summary(&summary);
    }
    Ok(ExitCode::SUCCESS)
}

fn yuan(option: &str, text: &str) -> Result<i64, Trouble> {
    let amount = Amount::parse(text, Currency::CNY);
    amount.map(|amount| amount.minor).map_err(|error| {
        Trouble::new(format!("{option} {text} is not an amount: {error}.")).remedy("Write it like 150.00.")
    })
}

/// The moment from which the file counts its seconds.
fn start(calendar: &kit::Calendar) -> Result<Timestamp, Trouble> {
    Ok(calendar.instant(date(2018, 4, 1).at(0, 0, 0, 0))?)
}

async fn replay(
    bank: &Bank,
    options: &ReplayOptions,
    fund_minor: i64,
    day_cap_minor: Option<i64>,
) -> Result<Summary, Trouble> {
    let start = start(&bank.calendar)?;
    let mut summary = Summary::default();
    let (customers, terminals) = survey(options, &mut summary)?;
    let progress = progress(summary.rows);
    let parties = open_parties(bank, &customers, &terminals, fund_minor, day_cap_minor, start).await?;
    let began = Instant::now();
    let mut rows = rows(&options.file)?;
    let mut on_their_way: VecDeque<Submitted> = VecDeque::with_capacity(IN_FLIGHT);
    let mut read = 0;
    while options.rows.is_none_or(|most| read < most)
        && let Some(row) = rows.next()
    {
        read += 1;
        progress.inc(1);
        let Ok(row) = row else { continue };
        let (Some(payer), Some(payee)) = (parties.customers.get(&row.cust), parties.terminals.get(&row.term)) else {
            return Err(Trouble::new("The file changed while it was read."));
        };
        let time = start.plus_ms(row.t * 1_000);
        let id = payments::card_command_id(row.id);
        let instruction = PaymentInstruction::card(id, row.order, *payer, *payee, row.amt_cents, time);
        match bank.payments.submit_waiting(&instruction).await {
            Ok(submitted) => on_their_way.push_back(submitted),
            Err(kit::Error::Refusal(refusal)) => count_refusal(&mut summary, refusal.code),
            Err(error) => return Err(error.into()),
        }
        if on_their_way.len() >= IN_FLIGHT
            && let Some(oldest) = on_their_way.pop_front()
        {
            count(&mut summary, oldest).await?;
        }
    }
    for submitted in on_their_way {
        count(&mut summary, submitted).await?;
    }
    bank.settled().await?;
    progress.finish_and_clear();
    summary.seconds = began.elapsed().as_secs_f64();
    let decided = summary.paid + summary.already_paid + summary.already_refused + summary.refused.values().sum::<u64>();
    summary.payments_per_second = (decided as f64 / summary.seconds.max(1e-9)).round();
    summary.seconds = (summary.seconds * 1000.0).round() / 1000.0;
    Ok(summary)
}

async fn count(summary: &mut Summary, submitted: Submitted) -> Result<(), Trouble> {
    match submitted.await {
        Ok(result) => match (result.refusal, result.replayed) {
            (None, false) => summary.paid += 1,
            (None, true) => summary.already_paid += 1,
            (Some(_), true) => summary.already_refused += 1,
            (Some(refusal), false) => count_refusal(summary, refusal.code),
        },
        Err(kit::Error::Refusal(refusal)) => count_refusal(summary, refusal.code),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn count_refusal(summary: &mut Summary, code: &str) {
    *summary.refused.entry(code.to_owned()).or_default() += 1;
}

/// First pass: who is in the file, in order of appearance; bad rows are reported here, once.
fn survey(options: &ReplayOptions, summary: &mut Summary) -> Result<(Vec<u64>, Vec<u64>), Trouble> {
    let mut customers = Distinct::default();
    let mut terminals = Distinct::default();
    let mut rows = rows(&options.file)?;
    while options.rows.is_none_or(|most| summary.rows < most)
        && let Some(row) = rows.next()
    {
        summary.rows += 1;
        match row {
            Ok(row) => {
                customers.add(row.cust);
                terminals.add(row.term);
            }
            Err(bad) => {
                eprintln!("line {}: {}", bad.line, bad.what);
                summary.bad_rows += 1;
            }
        }
    }
    Ok((customers.order, terminals.order))
}

#[derive(Default)]
struct Distinct {
    seen: std::collections::HashSet<u64>,
    order: Vec<u64>,
}

impl Distinct {
    fn add(&mut self, value: u64) {
        if self.seen.insert(value) {
            self.order.push(value);
        }
    }
}

struct Parties {
    customers: HashMap<u64, AccountRef>,
    terminals: HashMap<u64, AccountRef>,
}

async fn open_parties(
    bank: &Bank,
    customers: &[u64],
    terminals: &[u64],
    fund_minor: i64,
    day_cap_minor: Option<i64>,
    start: Timestamp,
) -> Result<Parties, Trouble> {
    let people = open(bank, "cust", customers, CustomerKind::Person, Product::ClassOne, start).await?;
    let merchants =
        open(bank, "term", terminals, CustomerKind::Organisation, Product::MerchantSettlement, start).await?;
    let people = match day_cap_minor {
        Some(cap_minor) => bank.accounts.open_day_counters(&people, cap_minor, start).await?,
        None => people,
    };
    if fund_minor > 0 {
        let gifts = customers.iter().zip(&people);
        let gifts = gifts.map(|(number, account)| Funding {
            key: format!("replay/cust:{number}"),
            order: None,
            account: *account,
            amount_minor: fund_minor,
        });
        for result in bank.payments.fund_bulk(gifts.collect(), start).await? {
            if let Some(refusal) = result.refusal {
                return Err(Trouble::new(format!("A customer could not be funded: {refusal}.")));
            }
        }
    }
    Ok(Parties {
        customers: customers.iter().copied().zip(people).collect(),
        terminals: terminals.iter().copied().zip(merchants).collect(),
    })
}

async fn open(
    bank: &Bank,
    word: &str,
    numbers: &[u64],
    kind: CustomerKind,
    product: Product,
    start: Timestamp,
) -> Result<Vec<AccountRef>, Trouble> {
    let alias = |number: &u64| format!("{word}:{number}");
    let seeds: Vec<CustomerSeed> =
        numbers.iter().map(|number| CustomerSeed { reference: alias(number), kind, name: alias(number) }).collect();
    let customers = bank.passport.import_customers(&seeds).await?;
    let openings = numbers.iter().zip(customers).map(|(number, customer)| Opening {
        key: alias(number),
        customer,
        product,
        alias: Some(alias(number)),
        nickname: alias(number),
    });
    Ok(bank.accounts.open_bulk(openings.collect(), start).await?)
}

fn progress(rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} rows, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn print_summary(summary: &Summary) {
    println!("rows               {}", summary.rows);
    println!("paid               {}", summary.paid);
    println!("already paid       {}", summary.already_paid);
    println!("already refused    {}", summary.already_refused);
    for (code, count) in &summary.refused {
        println!("refused            {count} {code}");
    }
    println!("bad rows           {}", summary.bad_rows);
    println!("seconds            {:.1}", summary.seconds);
    println!("payments per second {:.0}", summary.payments_per_second);
}

struct BadRow {
    line: u64,
    what: String,
}

/// Reads the rows of a file.
struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    record: csv::StringRecord,
    /// Where each of [`COLUMNS`] stands.
    columns: [usize; 5],
}

fn open_file(path: &Path) -> Result<Box<dyn Read>, Trouble> {
    let cannot_read = |error: std::io::Error| Trouble::new(format!("{} cannot be read: {error}.", path.display()));
    let file = BufReader::with_capacity(1 << 20, File::open(path).map_err(cannot_read)?);
    if path.extension().is_some_and(|extension| extension == "zst") {
        Ok(Box::new(zstd::Decoder::new(file).map_err(cannot_read)?))
    } else {
        Ok(Box::new(file))
    }
}

fn rows(path: &Path) -> Result<Rows, Trouble> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(open_file(path)?);
    let shown = path.display();
    let headers = reader.headers().map_err(|error| Trouble::new(format!("{shown} is not CSV: {error}.")))?.clone();
    let mut columns = [0; 5];
    for (place, name) in columns.iter_mut().zip(COLUMNS) {
        *place = headers.iter().position(|header| header == name).ok_or_else(|| {
            Trouble::new(format!("{shown} has no column {name}."))
                .remedy(format!("The columns {} are needed, in any order, in the first line.", COLUMNS.join(", ")))
        })?;
    }
    Ok(Rows { reader, record: csv::StringRecord::new(), columns })
}

impl Iterator for Rows {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                Some(self.parse().map_err(|what| BadRow { line, what }))
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                // A broken file would be reported for ever; what can be read goes on at the next line.
                if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                    eprintln!("the file cannot be read further: {error}");
                    return None;
                }
                Some(Err(BadRow { line, what: error.to_string() }))
            }
        }
    }
}

impl Rows {
    fn field<T: std::str::FromStr>(&self, place: usize) -> Result<T, String> {
        let name = COLUMNS[place];
        let text = self.record.get(self.columns[place]).ok_or_else(|| format!("{name} is missing"))?;
        text.parse().map_err(|_| format!("{name} is not a whole number in range: {text:?}"))
    }

    fn parse(&self) -> Result<Row, String> {
        let id = self.field(0)?;
        let row = Row {
            id,
            order: OrderNumber::of_import(ORDER_SERIES, id).ok_or_else(|| format!("id is out of range: {id}"))?,
            t: self.field(1)?,
            cust: self.field(2)?,
            term: self.field(3)?,
            amt_cents: self.field(4)?,
        };
        if row.t < 0 || row.t > 100 * 366 * 86_400 {
            return Err(format!("t is out of range: {}", row.t));
        }
        if row.amt_cents < 0 {
            return Err(format!("amt_cents is negative: {}", row.amt_cents));
        }
        Ok(row)
    }
}

/// Tells files apart by their first two lines, so that a longer version of the same file may go on where a shorter
/// one ended.
fn fingerprint(path: &Path) -> Result<String, Trouble> {
    let rows = rows(path)?;
    let mut reader = rows.reader;
    let mut hasher = blake3::Hasher::new();
    let mut add = |record: &csv::StringRecord| {
        for field in record {
            hasher.update(field.as_bytes());
            hasher.update(b"\0");
        }
    };
    if let Ok(headers) = reader.headers() {
        add(headers);
    }
    let mut first = csv::StringRecord::new();
    if reader.read_record(&mut first).unwrap_or(false) {
        add(&first);
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}
