//! `tongbao books`: the general ledger of a data folder that is not served.

use crate::bank::Bank;
use crate::cli::{BookDay, BooksCommand, StoredData};
use crate::command::export::parts;
use crate::config::minute_of_day;
use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use accounts::chart::chart_entry;
use accounts::{BookItem, BookSum, BooksCheck, Voucher};
use kit::{BankDay, FaultContext, Timestamp};
use ledger::Side;
use money::{Amount, Currency};
use payments::{CountAndSum, DayEnd, DayEndState, PaymentKind, SliceState, SliceView};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Transfers of a voucher that are read at once.
const ITEMS: usize = 10_000;

pub(crate) async fn run(what: BooksCommand) -> Result<ExitCode, Trouble> {
    match what {
        BooksCommand::TrialBalance(wanted) => on_day(wanted, Shown::TrialBalance).await,
        BooksCommand::DayEnd(wanted) => on_day(wanted, Shown::DayEnd).await,
        BooksCommand::Slices(wanted) => on_day(wanted, Shown::Slices).await,
        BooksCommand::Vouchers { slice, day } => on_day(day, Shown::Vouchers(slice)).await,
        BooksCommand::Voucher { number, json, stored } => {
            let opened = Opened::of(&stored).await?;
            let result = opened.voucher(number).await;
            opened.end(result, json).await
        }
        BooksCommand::Rebuild { check, day, json, stored } => {
            let opened = Opened::of(&stored).await?;
            let result = opened.rebuild(check, day).await;
            opened.end(result, json).await
        }
    }
}

enum Shown {
    TrialBalance,
    DayEnd,
    Slices,
    Vouchers(Option<String>),
}

async fn on_day(wanted: BookDay, what: Shown) -> Result<ExitCode, Trouble> {
    let opened = Opened::of(&wanted.stored).await?;
    let result = opened.on_day(wanted.day, what).await;
    opened.end(result, wanted.json).await
}

/// What a command found: as text, as JSON, and whether all is well.
struct Found {
    text: String,
    json: Value,
    is_well: bool,
}

/// The bank of a folder, held against others.
struct Opened {
    bank: Bank,
    _held: DataDir,
}

impl Opened {
    async fn of(stored: &StoredData) -> Result<Self, Trouble> {
        crate::observe::log_quietly();
        let (held, _) = DataDir::take_existing(&stored.data)?;
        let bank = Bank::open(parts(stored)?).await?;
        bank.settled().await?;
        Ok(Self { bank, _held: held })
    }

    async fn end(self, found: Result<Found, Trouble>, json: bool) -> Result<ExitCode, Trouble> {
        self.bank.close().await?;
        let found = found?;
        match json {
            true => println!("{}", serde_json::to_string(&found.json).fault("writing the result")?),
            false => print!("{}", found.text),
        }
        Ok(if found.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn on_day(&self, day: Option<BankDay>, what: Shown) -> Result<Found, Trouble> {
        let day = match day {
            Some(day) => day,
            None => self.bank.accounts.last_book_day().await?.ok_or_else(|| {
                Trouble::new("Nothing was posted yet.").remedy("Pay something, or name a day with --day 2026-11-21.")
            })?,
        };
        match what {
            Shown::TrialBalance => self.trial_balance(day).await,
            Shown::DayEnd => self.day_end(day).await,
            Shown::Slices => self.slices(day).await,
            Shown::Vouchers(slice) => self.vouchers(day, slice).await,
        }
    }

    async fn trial_balance(&self, day: BankDay) -> Result<Found, Trouble> {
        let trial = self.bank.accounts.trial_balance(day).await?;
        let mut rows = vec![["kind", "name", "", "opening", "debits", "credits", "closing"].map(str::to_owned)];
        let mut lines = Vec::new();
        for line in &trial.lines {
            let side = if line.side == Side::Debit { "debit" } else { "credit" };
            let money = |minor| money(minor, line.currency);
            rows.push([
                line.kind.to_string(),
                line.name_en.to_owned(),
                side.to_owned(),
                money(line.opening),
                money(line.debits),
                money(line.credits),
                money(line.closing),
            ]);
            lines.push(json!({
                "kind": line.kind, "name": line.name_en, "name_zh": line.name_zh, "currency": line.currency,
                "side": side, "opening_minor": line.opening, "debits_minor": line.debits,
                "credits_minor": line.credits, "closing_minor": line.closing,
            }));
        }
        let says = if trial.balanced { "Debits equal credits." } else { "DEBITS DO NOT EQUAL CREDITS." };
        Ok(Found {
            text: format!("Trial balance of {}\n{}{says}\n", day.iso(), table(&rows, 3)),
            json: json!({ "day": day.iso(), "balanced": trial.balanced, "lines": lines }),
            is_well: trial.balanced,
        })
    }

    async fn day_end(&self, day: BankDay) -> Result<Found, Trouble> {
        self.bank.payments.compare_all_slices_of(day).await?;
        let end = self.bank.payments.day_end(day).await?;
        let state = match end.state() {
            DayEndState::Open => "open",
            DayEndState::Pending => "pending",
            DayEndState::Closed => "closed",
        };
        let starts = |starts: &[Timestamp]| starts.iter().map(|start| self.time(*start)).collect::<Vec<_>>();
        let open = self.left_to_do(&end);
        let mut text = format!("Day-end of {}: {state}\n", day.iso());
        text.push_str(&format!("slices   {}\n", end.slices));
        text.push_str(&format!("carried  {} after the end\n", count_and_sum(end.carried_after, Currency::CNY)));
        for what in &open {
            text.push_str(&format!("OPEN     {what}\n"));
        }
        if open.is_empty() {
            text.push_str("All slices are posted and compared, and the trial balance is zero.\n");
        }
        Ok(Found {
            text,
            json: json!({
                "day": day.iso(), "state": state, "is_over": end.is_over, "lag": end.lag, "slices": end.slices,
                "unchecked": starts(&end.unchecked), "differing": starts(&end.differing),
                "balanced": end.is_balanced, "of_vouchers": end.is_of_vouchers,
                "carried_after": { "count": end.carried_after.count, "minor": end.carried_after.minor },
                "open": open,
            }),
            is_well: end.state() == DayEndState::Closed,
        })
    }

    fn left_to_do(&self, end: &DayEnd) -> Vec<String> {
        let mut open = Vec::new();
        if !end.is_over {
            open.push("the day is not over".to_owned());
        }
        if end.lag > 0 {
            open.push(format!("{} journal records are not posted yet", end.lag));
        }
        open.extend(end.unchecked.iter().map(|start| format!("slice {} is not compared yet", self.time(*start))));
        let differs = |start: &Timestamp| format!("slice {} differs; see its case", self.time(*start));
        open.extend(end.differing.iter().map(differs));
        if !end.is_balanced {
            open.push("debits do not equal credits".to_owned());
        }
        if !end.is_of_vouchers {
            open.push("the trial balance is not the sum of the vouchers; see rebuild --check".to_owned());
        }
        open
    }

    async fn slices(&self, day: BankDay) -> Result<Found, Trouble> {
        let slices = self.bank.payments.slices_of(day).await?;
        let heads = [
            "slice",
            "minutes",
            "state",
            "transfers",
            "journal",
            "vouchers",
            "carried",
            "clearing",
            "list",
            "cards",
            "list",
        ];
        let mut rows = vec![heads.map(str::to_owned)];
        let mut all = Vec::new();
        for view in &slices {
            rows.push(self.slice_row(view));
            all.push(self.slice_json(view));
        }
        Ok(Found {
            text: format!("Slices of {}\n{}", day.iso(), table(&rows, 3)),
            json: json!({ "day": day.iso(), "slices": all }),
            is_well: true,
        })
    }

    fn slice_row(&self, view: &SliceView) -> [String; 11] {
        let total = &view.total;
        let yuan = |minor| money(minor, total.currency);
        let of = |pick: fn(&payments::SliceCheck) -> i64| {
            view.check.as_ref().map_or_else(|| "-".to_owned(), |check| yuan(pick(check)))
        };
        [
            self.time(total.slice.start),
            total.slice.minutes.to_string(),
            state_word(view.state()).to_owned(),
            total.sum.transfers.to_string(),
            of(|check| check.journal.minor),
            yuan(total.sum.amount_minor),
            total.sum.carried.to_string(),
            of(|check| check.clearing_here.minor),
            of(|check| check.clearing_there.minor),
            of(|check| check.cards_here.minor),
            of(|check| check.cards_there.minor),
        ]
    }

    fn slice_json(&self, view: &SliceView) -> Value {
        let pair = |pair: CountAndSum| json!({ "count": pair.count, "minor": pair.minor });
        let check = view.check.as_ref().map(|check| {
            json!({
                "journal": pair(check.journal), "vouchers": pair(check.vouchers),
                "clearing": pair(check.clearing_here), "clearing_list": pair(check.clearing_there),
                "cards": pair(check.cards_here), "cards_list": pair(check.cards_there),
                "carried": pair(check.carried), "late": check.late, "differences": check.differences,
                "compared": self.bank.calendar.rfc3339(check.compared),
            })
        });
        let total = &view.total;
        json!({
            "start": self.time(total.slice.start), "minutes": total.slice.minutes,
            "state": state_word(view.state()), "transfers": total.sum.transfers,
            "amount_minor": total.sum.amount_minor, "carried": total.sum.carried,
            "carried_minor": total.sum.carried_minor, "check": check,
        })
    }

    async fn vouchers(&self, day: BankDay, slice: Option<String>) -> Result<Found, Trouble> {
        let mut vouchers = self.bank.accounts.vouchers_of_day(day).await?;
        if let Some(time) = slice {
            let minute = minute_of_day(&time).ok_or_else(|| {
                Trouble::new(format!("--slice {time} is no time of day.")).remedy("Write it like 10:05.")
            })?;
            let local = |start| self.bank.calendar.local(start);
            vouchers.retain(|voucher| {
                let start = voucher.key.slice.start;
                let at = local(start);
                self.bank.accounts.slicing().day(start) == day
                    && (i32::from(at.hour()) * 60 + i32::from(at.minute())) == i32::from(minute)
            });
        }
        let heads = ["voucher", "slice", "debit", "credit", "sort", "transfers", "carried", "amount"];
        let mut rows = vec![heads.map(str::to_owned)];
        for voucher in &vouchers {
            let (key, sum) = (&voucher.key, &voucher.sum);
            rows.push([
                voucher.number().to_string(),
                self.time(key.slice.start),
                kind(key.debit_kind),
                kind(key.credit_kind),
                sort(key.code),
                sum.transfers.to_string(),
                sum.carried.to_string(),
                money(sum.amount_minor, key.currency),
            ]);
        }
        let all: Vec<Value> = vouchers.iter().map(|voucher| self.voucher_json(voucher)).collect();
        Ok(Found {
            text: format!("Vouchers of {}\n{}", day.iso(), table(&rows, 5)),
            json: json!({ "day": day.iso(), "vouchers": all }),
            is_well: true,
        })
    }

    async fn voucher(&self, number: u64) -> Result<Found, Trouble> {
        let voucher = self.bank.accounts.voucher(number).await?.ok_or_else(|| {
            Trouble::new(format!("There is no voucher {number}.")).remedy("`tongbao books vouchers` lists a day's.")
        })?;
        let (key, sum) = (&voucher.key, &voucher.sum);
        let mut text = format!("Voucher {number} of {}\n", key.day.iso());
        text.push_str(&format!("slice     {}, {} minutes\n", self.time(key.slice.start), key.slice.minutes));
        text.push_str(&format!("debit     {}\ncredit    {}\n", kind(key.debit_kind), kind(key.credit_kind)));
        text.push_str(&format!("sort      {}\n", sort(key.code)));
        text.push_str(&format!("amount    {} in {} transfers\n", money(sum.amount_minor, key.currency), sum.transfers));
        text.push_str(&format!("carried   {} in {}\n", money(sum.carried_minor, key.currency), sum.carried));
        let mut rows =
            vec![["transfer", "booked", "time", "reference", "debit", "credit", "amount"].map(str::to_owned)];
        let (mut items, mut of_items): (Vec<Value>, i64) = (Vec::new(), 0);
        loop {
            let some = self.bank.accounts.voucher_items(&voucher, items.len(), ITEMS).await?;
            for item in &some {
                of_items = of_items.saturating_add(item.amount_minor);
                rows.push(self.item_row(item));
                items.push(self.item_json(item));
            }
            if some.len() < ITEMS {
                break;
            }
        }
        text.push_str(&table(&rows, 6));
        let is_well = of_items == sum.amount_minor && items.len() as i64 == sum.transfers;
        text.push_str(match is_well {
            true => "The transfers add up to the voucher.\n",
            false => "THE TRANSFERS DO NOT ADD UP TO THE VOUCHER; see rebuild --check.\n",
        });
        let json = json!({ "voucher": self.voucher_json(&voucher), "transfers": items, "adds_up": is_well });
        Ok(Found { text, json, is_well })
    }

    fn item_row(&self, item: &BookItem) -> [String; 7] {
        [
            item.sequence.to_string(),
            self.bank.calendar.rfc3339(item.booked),
            self.bank.calendar.rfc3339(item.time),
            item.reference.to_string(),
            item.debit.0.to_string(),
            item.credit.0.to_string(),
            money(item.amount_minor, item.currency),
        ]
    }

    fn item_json(&self, item: &BookItem) -> Value {
        json!({
            "sequence": item.sequence.to_string(), "command": item.command.to_string(),
            "booked": self.bank.calendar.rfc3339(item.booked), "time": self.bank.calendar.rfc3339(item.time),
            "reference": item.reference.to_string(), "debit": item.debit.0.to_string(),
            "credit": item.credit.0.to_string(), "amount_minor": item.amount_minor,
        })
    }

    fn voucher_json(&self, voucher: &Voucher) -> Value {
        let (key, sum) = (&voucher.key, &voucher.sum);
        json!({
            "number": voucher.number().to_string(), "day": key.day.iso(), "slice": self.time(key.slice.start),
            "minutes": key.slice.minutes, "institution": key.institution, "currency": key.currency,
            "debit_kind": key.debit_kind, "credit_kind": key.credit_kind, "code": key.code,
            "sum": sum_json(sum),
        })
    }

    async fn rebuild(&self, check: bool, day: Option<BankDay>) -> Result<Found, Trouble> {
        if !check {
            for name in ["accounts.voucher", "accounts.book"] {
                self.bank.projections.reset(name).await?;
            }
            self.bank.settled().await?;
        }
        let found = self.bank.accounts.check_books(day).await?;
        let of = day.map_or_else(|| "all days".to_owned(), BankDay::iso);
        let mut text = format!("Books of {of} from the journal alone\n");
        text.push_str(&format!("transfers {} read\nvouchers  {}\n", found.transfers, found.vouchers));
        let differences = self.differences(&found);
        for difference in &differences {
            text.push_str(&format!("DIFFERS   {}\n", difference["what"].as_str().unwrap_or_default()));
        }
        text.push_str(match (found.is_equal(), check) {
            (true, true) => "The tables say the same.\n",
            (true, false) => "The tables were written anew and say the same.\n",
            (false, _) => "The tables differ. `tongbao books rebuild` writes them anew from the journal.\n",
        });
        Ok(Found {
            text,
            json: json!({
                "day": day.map(BankDay::iso), "transfers": found.transfers, "vouchers": found.vouchers,
                "equal": found.is_equal(), "differences": differences,
            }),
            is_well: found.is_equal(),
        })
    }

    fn differences(&self, found: &BooksCheck) -> Vec<Value> {
        let said = |sum: Option<BookSum>, currency| {
            sum.map_or_else(
                || "nothing".to_owned(),
                |sum| format!("{} in {} transfers", money(sum.amount_minor, currency), sum.transfers),
            )
        };
        let mut all = Vec::new();
        for one in &found.voucher_differences {
            let (number, slice) = (one.number(), self.time(one.key.slice.start));
            let (here, there) = (said(one.here, one.key.currency), said(one.there, one.key.currency));
            let what = format!(
                "voucher {number} of {}, slice {slice}, {} to {}, {}: tables {here}, journal {there}",
                one.key.day.iso(),
                kind(one.key.debit_kind),
                kind(one.key.credit_kind),
                sort(one.key.code),
            );
            all.push(json!({
                "what": what, "voucher": number, "slice": slice, "day": one.key.day.iso(),
                "tables": one.here.as_ref().map(sum_json), "journal": one.there.as_ref().map(sum_json),
            }));
        }
        for one in &found.slice_differences {
            let slice = self.time(one.slice.start);
            let currency = one.here.or(one.there).map_or(0, |total| total.currency);
            let (here, there) = (one.here.map(|total| total.sum), one.there.map(|total| total.sum));
            let (shown_here, shown_there) = (said(here, currency), said(there, currency));
            all.push(json!({
                "what": format!("slice {slice}: tables {shown_here}, journal {shown_there}"), "slice": slice,
                "tables": here.as_ref().map(sum_json), "journal": there.as_ref().map(sum_json),
            }));
        }
        for one in &found.day_differences {
            let flows = |flows: Option<(i64, i64)>| match flows {
                None => "nothing".to_owned(),
                Some((debits, credits)) => {
                    format!("debits {}, credits {}", money(debits, one.currency), money(credits, one.currency))
                }
            };
            let (here, there, day) = (flows(one.here), flows(one.there), one.day.iso());
            all.push(json!({
                "what": format!("{} on {day}: tables {here}, journal {there}", kind(one.kind)), "day": day,
                "kind": one.kind, "tables": one.here, "journal": one.there,
            }));
        }
        all
    }

    /// `2026-11-21T10:05:00+08:00`, without the milliseconds that a border of a slice never has.
    fn time(&self, at: Timestamp) -> String {
        self.bank.calendar.rfc3339(at).replacen(".000", "", 1)
    }
}

fn sum_json(sum: &BookSum) -> Value {
    json!({
        "amount_minor": sum.amount_minor, "transfers": sum.transfers, "carried": sum.carried,
        "carried_minor": sum.carried_minor,
        "first_sequence": sum.first_sequence.to_string(), "last_sequence": sum.last_sequence.to_string(),
        "first_record": sum.first_position.to_string(), "last_record": sum.last_position.to_string(),
    })
}

fn state_word(state: SliceState) -> &'static str {
    match state {
        SliceState::Open => "open",
        SliceState::Even => "even",
        SliceState::Differs => "differs",
    }
}

fn kind(code: u32) -> String {
    chart_entry(code).map_or_else(|| code.to_string(), |entry| format!("{code} {}", entry.name_en))
}

fn sort(code: u16) -> String {
    PaymentKind::from_number(code).map_or_else(|| code.to_string(), |kind| kind.code().to_owned())
}

fn money(minor: i64, currency: u16) -> String {
    Currency::from_numeric(currency).map_or_else(|| minor.to_string(), |of| Amount::new(minor, of).grouped())
}

fn count_and_sum(pair: CountAndSum, currency: Currency) -> String {
    format!("{} transfers, {},", pair.count, Amount::new(pair.minor, currency).grouped())
}

/// Columns under each other; those from `numbers` on to the right.
fn table<const N: usize>(rows: &[[String; N]], numbers: usize) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            if column > 0 {
                line.push_str("  ");
            }
            match column >= numbers {
                true => line.push_str(&format!("{cell:>width$}")),
                false => line.push_str(&format!("{cell:<width$}")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
