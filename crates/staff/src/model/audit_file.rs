//! The audit trail as a file: what it looks like in a table or as lines of JSON, and checking such a file.
//!
//! In CSV a text that a spreadsheet would take for a formula, or that begins with an apostrophe, has one apostrophe in front.
//! Reading takes it away again, so that the hashes of an exported file still fit.

use super::audit::{AuditChain, AuditRow, ChainCheck};
use crate::StaffId;
use credential::{hex, unhex};
use kit::{BankDay, Fault, FaultContext, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};

/// How an exported trail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFormat {
    /// A table with a heading; safe to open in a spreadsheet.
    Csv,
    /// One JSON object on each line.
    Jsonl,
}

/// A row as it stands in a file. Times are milliseconds since 1970 and, for people, in UTC.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sequence: i64,
    time_ms: i64,
    time: String,
    member: i64,
    number: String,
    branch: String,
    action: String,
    subject: String,
    detail: String,
    outcome: String,
    hash: String,
}

impl Line {
    fn of(row: &AuditRow) -> Self {
        Self {
            sequence: row.sequence,
            time_ms: row.time.as_ms(),
            time: utc(row.time),
            member: row.member.map_or(0, |member| member.0),
            number: row.number.clone(),
            branch: row.branch.clone(),
            action: row.action.clone(),
            subject: row.subject.clone(),
            detail: row.detail.clone(),
            outcome: row.outcome.clone(),
            hash: hex(&row.hash),
        }
    }

    /// None when it cannot have been written so: the time in words must be the time in milliseconds.
    fn row(self) -> Option<AuditRow> {
        let time = Timestamp(self.time_ms);
        if self.time != utc(time) {
            return None;
        }
        Some(AuditRow {
            sequence: self.sequence,
            time,
            member: (self.member != 0).then_some(StaffId(self.member)),
            number: self.number,
            branch: self.branch,
            action: self.action,
            subject: self.subject,
            detail: self.detail,
            outcome: self.outcome,
            hash: unhex(&self.hash)?,
        })
    }

    fn texts(&mut self) -> [&mut String; 6] {
        let Self { number, branch, action, subject, detail, outcome, .. } = self;
        [number, branch, action, subject, detail, outcome]
    }
}

/// `2026-11-21T05:26:08.000Z`.
fn utc(time: Timestamp) -> String {
    const DAY_MS: i64 = 86_400_000;
    let (day, ms) = (time.as_ms().div_euclid(DAY_MS), time.as_ms().rem_euclid(DAY_MS));
    let day = i32::try_from(day).map_or(String::new(), |day| BankDay(day).iso());
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", ms % 1_000)
}

/// Whether a spreadsheet may take the text for more than text.
fn is_risky(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '\'', '＝', '＋', '－', '＠'])
}

/// Writes rows one after the other.
pub struct AuditWriter<W: Write> {
    out: Sink<W>,
}

enum Sink<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> AuditWriter<W> {
    /// Begins a file.
    pub fn new(out: W, format: AuditFormat) -> Self {
        let out = match format {
            AuditFormat::Csv => {
                let style = csv::QuoteStyle::NonNumeric;
                Sink::Csv(Box::new(csv::WriterBuilder::new().quote_style(style).from_writer(out)))
            }
            AuditFormat::Jsonl => Sink::Jsonl(out),
        };
        Self { out }
    }

    /// Writes the next row.
    pub fn write(&mut self, row: &AuditRow) -> Result<(), Fault> {
        let mut line = Line::of(row);
        match &mut self.out {
            Sink::Csv(table) => {
                for text in line.texts() {
                    if is_risky(text) {
                        text.insert(0, '\'');
                    }
                }
                table.serialize(line).fault("writing a row of the audit trail")
            }
            Sink::Jsonl(out) => {
                let text = serde_json::to_string(&line).fault("writing a row of the audit trail")?;
                writeln!(out, "{text}").fault("writing a row of the audit trail")
            }
        }
    }

    /// Ends the file.
    pub fn finish(self) -> Result<W, Fault> {
        match self.out {
            Sink::Csv(table) => table.into_inner().map_err(|error| Fault::new(format!("ending the file: {error}"))),
            Sink::Jsonl(out) => Ok(out),
        }
    }
}

/// Checks an exported file of either format. `expected` is the hash of some row, kept elsewhere: without it nothing tells
/// whether rows were cut off the end. Fails when the file cannot be read; what is no row of a trail breaks it there.
pub fn check_audit_file(mut source: impl BufRead, expected: Option<&str>) -> Result<ChainCheck, Fault> {
    let mut chain = AuditChain::begin(expected);
    let is_jsonl = source.fill_buf().fault("reading the exported trail")?.first() == Some(&b'{');
    if is_jsonl {
        for line in source.lines() {
            let line = line.fault("reading the exported trail")?;
            let read = serde_json::from_str::<Line>(&line).ok();
            take(&mut chain, read);
        }
    } else {
        for line in csv::Reader::from_reader(source).into_deserialize::<Line>() {
            let line = match line {
                Ok(mut line) => {
                    for text in line.texts() {
                        if text.starts_with('\'') {
                            text.remove(0);
                        }
                    }
                    Some(line)
                }
                Err(error) if error.is_io_error() => return Err(Fault::from(error)),
                Err(_) => None,
            };
            take(&mut chain, line);
        }
    }
    Ok(chain.check())
}

fn take(chain: &mut AuditChain, line: Option<Line>) {
    match line.and_then(Line::row) {
        Some(row) => drop(chain.follow(&row)),
        None => chain.break_here(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::audit::BEGINNING;

    fn trail() -> Vec<AuditRow> {
        let texts = [
            "=1+1",
            "+86",
            "-1",
            "@SUM(A1)",
            "\ttab",
            "'quoted",
            "''two",
            "plain, \"with\" commas\nand lines",
            "＝１",
            "",
        ];
        let mut previous = BEGINNING;
        let row = |(place, text): (usize, &&str)| {
            let mut row = AuditRow {
                sequence: place as i64 + 1,
                time: Timestamp(1_795_238_768_000 + place as i64),
                member: (place % 2 == 0).then_some(StaffId(7)),
                number: "20417".to_owned(),
                branch: "演示网点".to_owned(),
                action: "branch.find".to_owned(),
                subject: (*text).to_owned(),
                detail: (*text).to_owned(),
                outcome: "done".to_owned(),
                hash: BEGINNING,
            };
            row.hash = row.hash_after(&previous);
            previous = row.hash;
            row
        };
        texts.iter().enumerate().map(row).collect()
    }

    fn written(rows: &[AuditRow], format: AuditFormat) -> String {
        let mut writer = AuditWriter::new(Vec::new(), format);
        for row in rows {
            writer.write(row).expect("a row");
        }
        String::from_utf8(writer.finish().expect("an end")).expect("UTF-8")
    }

    fn check(text: &str, expected: Option<&str>) -> ChainCheck {
        check_audit_file(text.as_bytes(), expected).expect("a file")
    }

    #[test]
    fn a_file_of_either_format_reads_back_and_shows_what_was_done_to_it() {
        let rows = trail();
        let (last, head) = (rows.len() as i64, hex(&rows[rows.len() - 1].hash));
        for format in [AuditFormat::Csv, AuditFormat::Jsonl] {
            let whole = check(&written(&rows, format), Some(&head));
            assert_eq!((whole.rows, whole.broken_at, whole.expected_at), (last, None, Some(last)), "{format:?}");
            assert_eq!(whole.head, head);
            let mut changed = rows.clone();
            changed[3].detail.push('!');
            assert_eq!(check(&written(&changed, format), None).broken_at, Some(4), "changed, {format:?}");
            let mut removed = rows.clone();
            removed.remove(4);
            assert_eq!(check(&written(&removed, format), None).broken_at, Some(5), "removed, {format:?}");
            let mut swapped = rows.clone();
            swapped.swap(1, 2);
            assert_eq!(check(&written(&swapped, format), None).broken_at, Some(2), "reordered, {format:?}");
            let mut twice = rows.clone();
            twice.insert(3, rows[2].clone());
            assert_eq!(check(&written(&twice, format), None).broken_at, Some(3), "repeated, {format:?}");
            let cut = check(&written(&rows[..7], format), Some(&head));
            assert_eq!((cut.rows, cut.broken_at, cut.expected_at), (7, None, None), "a cut end, {format:?}");
            let garbled = written(&rows, format).replace("20417", "2041\u{0}");
            assert_eq!(check(&garbled, None).broken_at, Some(1), "garbled, {format:?}");
        }
        assert_eq!(check("", Some(&head)).expected_at, None);
        assert_eq!(check("{\"sequence\":1}\n", None).broken_at, Some(1));
        assert_eq!(check("sequence,time_ms\n1,2\n", None).broken_at, Some(1));
        // The time in words is no part of the hash, so it must be the time of the hash.
        let moved = written(&rows, AuditFormat::Csv).replacen("2026-", "2025-", 1);
        assert_eq!(check(&moved, None).broken_at, Some(1));
    }

    #[test]
    fn no_cell_begins_as_a_formula() {
        let table = written(&trail(), AuditFormat::Csv);
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let mut cells = 0;
        for record in reader.records() {
            for cell in &record.expect("a record") {
                cells += 1;
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{cell:?}");
            }
        }
        assert_eq!(cells, 110);
    }
}
