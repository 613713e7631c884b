//! The measure that everybody knows: debit-credit on PostgreSQL, one SQL transaction a transfer, and pgbench's TPC-B.
//!
//! `pgbench` drives both: it is written in C, keeps its connections, prepares each statement once and speaks to the
//! server on the loopback without encryption, so that next to nothing of the time is the client's own. A client in
//! Rust with a pool would only be slower. The server syncs every commit before it answers, as the ledger does, and its
//! folder is on the same disk as the ledger's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::postgres::{Cluster, Purpose};
use crate::run::{self, Failure};
use crate::tools;

use super::report::Run;

/// Which accounts a transfer touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Two different ones of all, each as likely.
    Uniform,
    /// One account receives every transfer.
    Hot,
}

/// How the transaction reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Twelve statements over the wire, prepared, as a service with a row a statement sends them.
    Statements,
    /// One call of a function in the server.
    Function,
}

/// One thing that PostgreSQL does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    DebitCredit { spread: Spread, shape: Shape, clients: u32 },
    TpcB { clients: u32 },
}

/// Every load of a run, those of most interest first.
pub(crate) const LOADS: [Load; 10] = {
    const fn load(spread: Spread, shape: Shape, clients: u32) -> Load {
        Load::DebitCredit { spread, shape, clients }
    }
    [
        load(Spread::Uniform, Shape::Statements, 8),
        load(Spread::Uniform, Shape::Function, 8),
        load(Spread::Hot, Shape::Statements, 8),
        load(Spread::Hot, Shape::Function, 8),
        load(Spread::Uniform, Shape::Statements, 32),
        load(Spread::Uniform, Shape::Function, 32),
        load(Spread::Hot, Shape::Statements, 32),
        load(Spread::Hot, Shape::Function, 32),
        Load::TpcB { clients: 8 },
        Load::TpcB { clients: 1 },
    ]
};

const SCHEMA: &str = include_str!("sql/schema.sql");
const UNIFORM: &str = include_str!("sql/uniform.sql");
const HOT: &str = include_str!("sql/hot.sql");
const STATEMENTS: &str = include_str!("sql/statements.sql");
const FUNCTION: &str = include_str!("sql/function.sql");

/// What an account has at first: more than any run can take.
const FIRST_BALANCE_MINOR: u64 = 1_000_000_000_000;
/// Scale of TPC-B: branches, with ten tellers and 100,000 accounts each.
const TPC_B_SCALE: u32 = 10;

impl Load {
    /// What it is, for a person.
    pub(crate) fn title(self) -> String {
        match self {
            Self::DebitCredit { spread, shape, clients } => {
                let spread = match spread {
                    Spread::Uniform => "uniform",
                    Spread::Hot => "one hot account",
                };
                let shape = match shape {
                    Shape::Statements => "statements over the wire",
                    Shape::Function => "one stored function",
                };
                format!("PostgreSQL debit-credit, {spread}, {shape}, {clients} clients")
            }
            Self::TpcB { clients: 1 } => "pgbench TPC-B, prepared, 1 client".to_owned(),
            Self::TpcB { clients } => format!("pgbench TPC-B, prepared, {clients} clients"),
        }
    }

    fn script(self) -> Option<String> {
        let Self::DebitCredit { spread, shape, .. } = self else { return None };
        let spread = match spread {
            Spread::Uniform => UNIFORM,
            Spread::Hot => HOT,
        };
        let shape = match shape {
            Shape::Statements => STATEMENTS,
            Shape::Function => FUNCTION,
        };
        Some(format!("{spread}{shape}"))
    }
}

/// A server of its own with both databases ready.
pub(crate) struct Classic {
    cluster: Cluster,
    programs: PathBuf,
    scripts: PathBuf,
    accounts: u64,
    seconds: u32,
    warm_up_seconds: u32,
}

impl Classic {
    /// Starts the server below `folder` and fills it.
    pub(crate) fn start(folder: &Path, accounts: u64, seconds: u32, warm_up_seconds: u32) -> Result<Self, Failure> {
        let programs = tools::postgres_programs()?;
        if !programs.join("pgbench").is_file() && tools::on_path("pgbench").is_none() {
            return Err(Failure::new("pgbench was not found; it comes with PostgreSQL's server or contrib package"));
        }
        let cluster = Cluster::start(&programs, Purpose::Measuring, folder)?;
        let classic = Self { cluster, programs, scripts: folder.to_owned(), accounts, seconds, warm_up_seconds };
        classic.query("postgres", "CREATE DATABASE classic")?;
        classic.query("postgres", "CREATE DATABASE tpcb")?;
        classic.query("classic", SCHEMA)?;
        classic.query(
            "classic",
            &format!("INSERT INTO account SELECT id, {FIRST_BALANCE_MINOR}, 0 FROM generate_series(1, {accounts}) id"),
        )?;
        classic.query("classic", "VACUUM ANALYZE")?;
        let mut fill = classic.cluster.client(&classic.program("pgbench"), "tpcb");
        fill.args(["-i", "-q", "-s", &TPC_B_SCALE.to_string()]);
        output(fill)?;
        Ok(classic)
    }

    /// The version as the server says it.
    pub(crate) fn version(&self) -> Result<String, Failure> {
        Ok(self.query("postgres", "SHOW server_version")?.trim().to_owned())
    }

    /// Runs a load for a while after a while of warming up, and looks whether the books are right.
    pub(crate) fn run(&self, load: Load) -> Result<Run, Failure> {
        let debit_credit = matches!(load, Load::DebitCredit { .. });
        if debit_credit {
            self.query("classic", "TRUNCATE transfer, entry, posting")?;
        }
        let warm = self.pgbench(load, self.warm_up_seconds)?;
        let run = self.pgbench(load, self.seconds)?;
        if debit_credit {
            self.check_books(warm.transactions + run.transactions)?;
        }
        Ok(Run {
            command: run.command,
            figures: vec![
                ("transfers_per_second".to_owned(), run.per_second),
                ("average_ms".to_owned(), run.latency_ms),
            ],
        })
    }

    /// A load that does not do what it says measures nothing.
    fn check_books(&self, transfers: u64) -> Result<(), Failure> {
        let said = self.query(
            "classic",
            "SELECT (SELECT count(*) FROM transfer), (SELECT count(*) FROM entry), (SELECT count(*) FROM posting), \
             (SELECT sum(balance_minor) FROM account), (SELECT sum(amount_minor) FROM entry)",
        )?;
        let total = self.accounts * FIRST_BALANCE_MINOR;
        let wanted = format!("{transfers}|{}|{}|{total}|0", 2 * transfers, 2 * transfers);
        if said.trim() == wanted {
            Ok(())
        } else {
            Err(Failure::new(format!("the books of PostgreSQL are {}, but should be {wanted}", said.trim())))
        }
    }

    fn pgbench(&self, load: Load, seconds: u32) -> Result<Told, Failure> {
        let (database, clients) = match load {
            Load::DebitCredit { clients, .. } => ("classic", clients),
            Load::TpcB { clients } => ("tpcb", clients),
        };
        let mut command = self.cluster.client(&self.program("pgbench"), database);
        let threads = clients.min(2);
        command.args(["-M", "prepared", "-c", &clients.to_string(), "-j", &threads.to_string()]);
        command.args(["-T", &seconds.to_string()]);
        if let Some(script) = load.script() {
            let file = self.scripts.join("debit-credit.sql");
            std::fs::write(&file, script)
                .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))?;
            command.args(["-n", "-D", &format!("accounts={}", self.accounts), "-f"]).arg(file);
        }
        // Paths of one machine are of no use to whoever reads the figures.
        let shown = run::show(&command).replace(&format!("{}/", self.scripts.display()), "");
        let said = output(command)?;
        parse_pgbench(&said, shown).ok_or_else(|| Failure::new(format!("pgbench said no figures:\n{said}")))
    }

    fn query(&self, database: &str, sql: &str) -> Result<String, Failure> {
        let mut command = self.cluster.client(&self.program("psql"), database);
        command.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        output(command)
    }

    /// Beside the server, or where Debian keeps clients.
    fn program(&self, name: &str) -> PathBuf {
        let beside = self.programs.join(name);
        if beside.is_file() { beside } else { tools::on_path(name).unwrap_or(beside) }
    }
}

/// What pgbench said.
#[derive(Debug, PartialEq)]
struct Told {
    command: String,
    per_second: f64,
    latency_ms: f64,
    transactions: u64,
}

fn parse_pgbench(said: &str, command: String) -> Option<Told> {
    let after = |start: &str| {
        let rest = said.lines().find_map(|line| line.strip_prefix(start))?;
        rest.split([' ', '/']).find(|word| !word.is_empty()).map(str::to_owned)
    };
    Some(Told {
        command,
        per_second: after("tps = ")?.parse().ok()?,
        latency_ms: after("latency average = ")?.parse().ok()?,
        transactions: after("number of transactions actually processed:")?.parse().ok()?,
    })
}

/// Standard output of a program that must succeed.
fn output(mut command: Command) -> Result<String, Failure> {
    let shown = run::show(&command);
    let output = command.output().map_err(|error| Failure::new(format!("`{shown}` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("`{shown}` ended with {}:\n{said}", output.status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_pgbench_are_read() {
        let said = "\
pgbench (15.14 (Debian 15.14-0+deb12u1))
transaction type: debit-credit.sql
number of clients: 8
duration: 10 s
number of transactions actually processed: 15234
number of failed transactions: 0 (0.000%)
latency average = 5.251 ms
initial connection time = 14.120 ms
tps = 1523.601123 (without initial connection time)
";
        let told = parse_pgbench(said, "pgbench".to_owned()).unwrap();
        assert_eq!((told.per_second, told.latency_ms, told.transactions), (1_523.601_123, 5.251, 15_234));
        assert_eq!(parse_pgbench("pgbench: error: connection failed", "pgbench".to_owned()), None);
    }

    #[test]
    fn every_load_has_its_own_title_and_script() {
        let mut titles: Vec<String> = LOADS.iter().map(|load| load.title()).collect();
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), LOADS.len());
        let hot = Load::DebitCredit { spread: Spread::Hot, shape: Shape::Function, clients: 8 };
        let script = hot.script().unwrap();
        assert!(script.contains("\\set receiver 1\n") && script.contains("SELECT debit_credit("), "{script}");
        assert_eq!(Load::TpcB { clients: 1 }.script(), None);
    }
}
