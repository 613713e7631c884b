//! The command line.

use crate::config::minute_of_day;
use clap::{Args, Parser, Subcommand};
use kit::BankDay;
use passport::registry::Mode;
use std::path::PathBuf;

/// Tongbao 通宝, an open-source internet bank.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; nothing is the demonstration.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the demonstration, for when no command is named.
    #[command(flatten)]
    pub demo: DemoOptions,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the whole bank with demo people on embedded storage (also when no command is given)
    Demo(DemoOptions),
    /// Start the bank for real use, by a configuration file
    Serve(ServeOptions),
    /// Pay every row of a file of card payments through the payment service
    Replay(ReplayOptions),
    /// Write data out
    Export {
        /// What to write.
        #[command(subcommand)]
        what: Export,
    },
    /// Look after the ledger
    Ledger {
        /// What to do.
        #[command(subcommand)]
        what: LedgerCommand,
    },
    /// Look at the general ledger: trial balance, day-end, slices, vouchers; the bank must not be serving meanwhile
    Books {
        /// What to do.
        #[command(subcommand)]
        what: BooksCommand,
    },
    /// Look at messages between banks
    #[command(name = "iso20022")]
    Iso20022 {
        /// What to do.
        #[command(subcommand)]
        what: Iso20022Command,
    },
    /// Answer as a registry of citizens would, to try a bank with; it knows nobody
    Registry(RegistryOptions),
    /// Be a clearing house with two other banks, to try a bank with
    Network(NetworkOptions),
    /// Look after the bank's own people
    Staff {
        /// What to do.
        #[command(subcommand)]
        what: StaffCommand,
    },
    /// Check and export the audit trail
    Audit {
        /// What to do.
        #[command(subcommand)]
        what: AuditCommand,
    },
    /// Sign a payment with a key of your own, after showing what it says
    Sign(SignOptions),
    /// Look after the stock of tokens
    Tokens {
        /// What to do.
        #[command(subcommand)]
        what: TokensCommand,
    },
    /// Look after the keys of card numbers
    Vault {
        /// What to do.
        #[command(subcommand)]
        what: VaultCommand,
    },
    /// Copy journal and SQL of one position to a new folder, also while the bank is serving
    Backup(BackupOptions),
    /// Make a data folder from a backup
    Restore(RestoreOptions),
}

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoOptions {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "./tongbao-data")]
    pub data: PathBuf,
    /// Where to listen: localhost:PORT (IPv4 and IPv6) or an address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "localhost:8080")]
    pub listen: String,
    /// Remove the demo data first
    #[arg(long)]
    pub reset: bool,
    /// Put the bank's clock ahead by so much, such as 25h or 4d, to see what waits and what is scheduled come due. Go on with
    /// no less from then on, or --reset: the bank's time does not go back
    #[arg(long, value_name = "SPAN", default_value = "0h", value_parser = span_ms)]
    pub ahead: i64,
    /// So many more customers, each with an account and money on it: for programs that try how much the bank takes
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub people: u32,
    /// Make the ledger of so many partitions, each with a journal of its own; there may be more than there were, never fewer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(cloud::PARTITIONS_MAX)))]
    pub partitions: Option<u16>,
}

/// Milliseconds of `25h`, `4d` or `90m`, at most a year.
fn span_ms(text: &str) -> Result<i64, String> {
    let unit = |unit: char| match unit {
        'd' => Some(24 * 3_600_000),
        'h' => Some(3_600_000),
        'm' => Some(60_000),
        _ => None,
    };
    let digits = text.trim_end_matches(char::is_alphabetic);
    let mut ends = text.get(digits.len()..).unwrap_or_default().chars();
    let count: Option<i64> = digits.parse().ok().filter(|count| (0..=525_600).contains(count));
    match (count, ends.next().and_then(unit), ends.next()) {
        (Some(count), Some(unit_ms), None) if count * unit_ms <= 366 * 24 * 3_600_000 => Ok(count * unit_ms),
        _ => Err("write it like 25h, 4d or 90m; at most a year".to_owned()),
    }
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Configuration file (TOML); every value can also come from the environment, see the sample
    #[arg(long, value_name = "FILE", default_value = "tongbao.toml")]
    pub config: PathBuf,
    /// Data folder, instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to listen, instead of the configured address
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Of how many partitions the ledger is made, instead of the configured number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(cloud::PARTITIONS_MAX)))]
    pub partitions: Option<u16>,
}

/// Options of `registry`.
#[derive(Debug, Clone, Args)]
pub struct RegistryOptions {
    /// How it answers: yes (except to numbers ending in 999 and their check character), no, not-sure, slow (after a
    /// minute), down (with a failure)
    #[arg(long, value_name = "MODE", default_value = "yes", value_parser = mode)]
    pub mode: Mode,
    /// Where to listen: localhost:PORT or an address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "localhost:8091")]
    pub listen: String,
    /// The key that it expects, as in `[registry] api_key`
    #[arg(long, value_name = "KEY", env = "TONGBAO_REGISTRY__API_KEY", hide_env_values = true, default_value = "")]
    pub api_key: String,
}

fn mode(word: &str) -> Result<Mode, String> {
    Mode::from_word(word).ok_or_else(|| format!("one of {}", Mode::ALL.map(Mode::word).join(", ")))
}

/// Options of `network`.
#[derive(Debug, Clone, Args)]
pub struct NetworkOptions {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "./tongbao-network")]
    pub data: PathBuf,
    /// PostgreSQL instead of the data folder: postgres://USER:PASSWORD@HOST:PORT/NAME
    #[arg(long, value_name = "URL", env = "TONGBAO_NETWORK__DATABASE_URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Where to listen: localhost:PORT or an address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "localhost:8092")]
    pub listen: String,
    /// The key by which the bank is known, as in `[clearing] api_key`; without one, one is made and printed
    #[arg(long, value_name = "KEY", env = "TONGBAO_CLEARING__API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    /// The operator's key; without one, one is made and printed
    #[arg(long, value_name = "KEY", env = "TONGBAO_NETWORK__ADMIN_KEY", hide_env_values = true)]
    pub admin_key: Option<String>,
    /// What goes wrong, such as drop=always, refuse=3%:AC04, delay=25%:5000 (milliseconds), return=1%:3 (days); may be
    /// repeated. Without it, what was set last
    #[arg(long = "fault", value_name = "NAME=HOW OFTEN")]
    pub faults: Vec<String>,
    /// The seed of the draws, with --fault: the same seed gives the same faults to the same payments
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The most that a bank may owe the others, in whole yuan
    #[arg(long, value_name = "YUAN", default_value_t = 50_000_000)]
    pub net_debit_cap: u32,
    /// The most of a real-time payment, in whole yuan
    #[arg(long, value_name = "YUAN", default_value_t = 1_000_000)]
    pub real_time_max: u32,
    /// Local times of the settlement windows, with commas between; what comes ten minutes before one or later waits for the
    /// next
    #[arg(long, value_name = "TIMES", default_value = "10:00,12:00,15:00,17:30", value_parser = windows)]
    pub windows: network::Windows,
    /// Its time zone, whose midnight ends the day
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai")]
    pub zone: String,
    /// The provider that takes the other banks' own texts, as in `[texts] url`; without it texts are printed
    #[arg(long, value_name = "URL", env = "TONGBAO_TEXTS__URL")]
    pub texts_url: Option<String>,
    /// The provider's key
    #[arg(long, value_name = "KEY", env = "TONGBAO_TEXTS__API_KEY", hide_env_values = true, default_value = "")]
    pub texts_api_key: String,
    /// Put its clock ahead by so much, such as 26h, as `demo --ahead` does; its time does not go back
    #[arg(long, value_name = "SPAN", default_value = "0h", value_parser = span_ms)]
    pub ahead: i64,
}

fn windows(text: &str) -> Result<network::Windows, String> {
    let minutes: Option<Vec<u16>> = text.split(',').map(|time| minute_of_day(time.trim())).collect();
    let minutes = minutes.filter(|all| all.is_sorted_by(|one, next| one < next));
    let minutes = minutes.ok_or("rising times with commas between, such as 10:00,17:30")?;
    Ok(network::Windows { minutes, ..network::Windows::default() })
}

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayOptions {
    /// A .csv or .csv.zst file with at least the columns id, t, cust, term, amt_cents
    pub file: PathBuf,
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "./tongbao-replay")]
    pub data: PathBuf,
    /// What each customer is given once, in yuan
    #[arg(long, value_name = "AMOUNT", default_value = "1000000.00")]
    pub fund: String,
    /// Inclusive limit per customer and bank day, in yuan
    #[arg(long, value_name = "AMOUNT")]
    pub day_cap: Option<String>,
    /// Stop after so many rows
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// Print the result as JSON in the last line
    #[arg(long)]
    pub json: bool,
}

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// CSV of alias, currency and balance in minor units
    Balances {
        /// The bank's own accounts as well
        #[arg(long)]
        all: bool,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// Where data lies.
#[derive(Debug, Clone, Args)]
pub struct StoredData {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "./tongbao-data")]
    pub data: PathBuf,
    /// Configuration of a bank that serves for real use, for its database
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which day of the general ledger.
#[derive(Debug, Clone, Args)]
pub struct BookDay {
    /// The bank day, such as 2026-11-21; without it the newest day with a posting
    #[arg(long, value_name = "DAY", value_parser = bank_day)]
    pub day: Option<BankDay>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Where the data lies.
    #[command(flatten)]
    pub stored: StoredData,
}

fn bank_day(text: &str) -> Result<BankDay, String> {
    BankDay::from_iso(text).ok_or_else(|| "a day such as 2026-11-21".to_owned())
}

/// Chores of the general ledger.
#[derive(Debug, Subcommand)]
pub enum BooksCommand {
    /// What was there, what moved and what is there, per kind of account; 0 says that debits equal credits
    TrialBalance(BookDay),
    /// Compare every slice of a day and say whether its books are closed; 0 says that they are, 1 what is open
    DayEnd(BookDay),
    /// The slices of a day by journal, vouchers and the networks' lists, as they were compared last
    Slices(BookDay),
    /// The vouchers of a day, or of one slice
    Vouchers {
        /// The slice with this start, such as 10:05, instead of the whole day
        #[arg(long, value_name = "TIME")]
        slice: Option<String>,
        /// Which day.
        #[command(flatten)]
        day: BookDay,
    },
    /// One voucher down to its transfers
    Voucher {
        /// Its number
        number: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
    /// Make the books from the journal alone: compare them with the tables, or without --check write the tables anew; 1 says that
    /// they differ
    Rebuild {
        /// Write nothing; make the books in memory and print exactly what differs
        #[arg(long)]
        check: bool,
        /// Only this bank day, with --check; without it all days
        #[arg(long, value_name = "DAY", value_parser = bank_day, requires = "check")]
        day: Option<BankDay>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// Chores of the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Check the whole journal, its chain, head file, unused tail, snapshots, sums and index
    ///
    /// Ends with 0 when all is whole, with 3 when the journal is whole and its index is not, with 1 for anything else.
    Verify {
        /// Data folder
        #[arg(long, value_name = "DIR", default_value = "./tongbao-data")]
        data: PathBuf,
        /// The hash that the head must have, kept elsewhere
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
        /// Write it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Measure the ledger on this machine: made-up clients pay as fast as they are answered
    Bench {
        /// What to measure
        #[command(flatten)]
        args: workload::Args,
        /// A folder to work in, on the disk to be measured; it must not be there yet, and is removed at the end
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print the figures as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Chores with messages between banks.
#[derive(Debug, Subcommand)]
pub enum Iso20022Command {
    /// Say of each file what message it is and what it holds, or where and why this bank would refuse it
    Check {
        /// XML files; - is the standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// What `vault` does.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Seal all card numbers' keys anew under a new one; the bank must be stopped
    Rotate {
        /// Which data.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// Chores of the staff side.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Add a member of staff and print their one-time password; the bank must not be serving meanwhile
    Add {
        /// The staff number, with which they sign in: 3 to 20 small letters and digits
        #[arg(long, value_name = "NUMBER")]
        number: String,
        /// The name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Where they sit
        #[arg(long, value_name = "BRANCH")]
        branch: String,
        /// teller, supervisor, auditor, administrator, clearing, security; several with commas between
        #[arg(long, value_name = "ROLES")]
        roles: String,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
    /// Give a member another one-time password and let them enrol another token, when no two administrators can sign in; the
    /// bank must not be serving meanwhile
    Reset {
        /// The staff number
        #[arg(long, value_name = "NUMBER")]
        number: String,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// Chores of the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check the whole trail: every hash, no row changed, missing or in another place; 0 says that all is whole
    Verify {
        /// A hash kept elsewhere that some row must have: without it nothing shows that the end was cut off an exported file
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
        /// Check this exported file instead of the database; - is the standard input
        #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "config"])]
        file: Option<PathBuf>,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
    /// Write the whole trail into a new file and check it on the way
    Export {
        /// The file, which must not exist yet
        file: PathBuf,
        /// What is written
        #[arg(long, value_enum, default_value_t = AuditFormat::Csv)]
        format: AuditFormat,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// How the audit trail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AuditFormat {
    /// A table; texts that a spreadsheet would take for formulas have an apostrophe in front
    Csv,
    /// One JSON object on each line
    Jsonl,
}

/// Options of `sign`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SignOptions {
    /// What to do; nothing is signing.
    #[command(subcommand)]
    pub what: Option<SignWhat>,
    /// File of the key
    #[arg(value_name = "KEY")]
    pub key: Option<PathBuf>,
    /// File with the text from the bank's page; without it the text is read from the standard input
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// File whose first line is the key's password, instead of asking on the terminal
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Chores with one's own keys.
#[derive(Debug, Clone, Subcommand)]
pub enum SignWhat {
    /// Make a key, sealed by a password, and print the request for its certificate
    New {
        /// p256, ed25519 or sm2
        #[arg(long, value_name = "NAME", default_value = "p256")]
        algorithm: String,
        /// New file for the key
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// File whose first line is the new password, instead of asking on the terminal
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

/// Chores with the stock of tokens.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Take over the seeds of a key container (RFC 6030, PSKC); the bank must not be serving meanwhile
    Import {
        /// The XML file that came with the tokens
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// File with the key that was handed over apart, 32 hexadecimal digits, if the seeds are encrypted
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Where the data lies.
        #[command(flatten)]
        stored: StoredData,
    },
}

/// Options of `backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupOptions {
    /// New folder for the backup
    pub to: PathBuf,
    /// Where the data lies.
    #[command(flatten)]
    pub source: StoredData,
}

/// Options of `restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreOptions {
    /// Folder of the backup
    pub from: PathBuf,
    /// Where the data shall lie.
    #[command(flatten)]
    pub target: StoredData,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        for (text, ms) in [("0h", 0), ("25h", 90_000_000), ("4d", 345_600_000), ("90m", 5_400_000)] {
            assert_eq!(span_ms(text), Ok(ms), "{text}");
        }
        for text in ["", "h", "25", "-1h", "25hh", "1.5h", "9d9", "400d", "99999999999999999999h", "２h"] {
            assert!(span_ms(text).is_err(), "{text:?}");
        }
    }
}
