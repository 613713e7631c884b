//! `cargo xtask bench ledger`: the ledger and the classic debit-credit of PostgreSQL in one run, and how they compare.
//!
//! Machines drift, so that only ratios of one run count: each round runs every work of the ledger and every load of
//! PostgreSQL in turn, and what is reported is the median of the rounds. A figure that misses its aim is a figure, not
//! a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{self, Failure};

use super::classic::{Classic, LOADS, Load, Shape, Spread};
use super::instructions::{self, Instructions};
use super::json::Json;
use super::machine;
use super::report::{Aim, Row, Run, Unit, median_of, ratio, table};

const HELP: &str = "\
cargo xtask bench ledger [OPTIONS]

  --quick          small sizes and one round: shows in a minute or two that all of it works
  --repeat N       rounds, of which the median is reported [default: 3, quick: 1]
  --seconds N      how long each load of PostgreSQL runs after 2 s of warming up [default: 10, quick: 2]
  --only NAME      only the works whose name contains NAME; PostgreSQL runs all the same. May be repeated
  --without NAME   all works but those whose name contains NAME. May be repeated
  --no-postgres    the ledger alone, without ratios
  --data DIR       where both keep their files while it runs, on the disk to be measured [default: the temporary folder]
  --program FILE   a `tongbao` that is built already, instead of building the release
  --json FILE      write every run, median and ratio into a file
";

/// How many requests of a client are under way at once where clients send batches: one is applied while another is
/// made durable, a third is being sent.
const CLIENTS_OF_BATCHES: u64 = 3;
/// The largest batch of TigerBeetle's own benchmark, with whose figures people compare.
const BATCH: u64 = 8_189;
/// Free space asked for before a work starts, above what its transfers take.
const SPARE_BYTES: u64 = 5 << 30;
/// What a transfer may take on the disk, journal and index and all that is written in between.
const MOST_BYTES_OF_A_TRANSFER: u64 = 500;

/// A figure of a work, what it is called in the table, and its aim.
struct Wanted {
    what: &'static str,
    figure: Figure,
    unit: Unit,
    aim: Aim,
}

/// Where a figure comes from.
enum Figure {
    /// What the program says under a key.
    Key(&'static str),
    /// Bytes of journal and index together.
    Disk,
    /// Transfers answered, against those of the first work.
    AgainstUniform,
}

/// One way to call `tongbao ledger bench`.
struct Work {
    name: &'static str,
    title: &'static str,
    accounts: u64,
    transfers: u64,
    batch: u64,
    clients: u64,
    more: &'static [&'static str],
    wanted: Vec<Wanted>,
    /// Too long to be repeated.
    once: bool,
}

fn wanted(what: &'static str, key: &'static str, unit: Unit, aim: Aim) -> Wanted {
    Wanted { what, figure: Figure::Key(key), unit, aim }
}

fn answered(least: f64) -> Wanted {
    wanted("answered", "transfers_per_second", Unit::PerSecond, Aim::AtLeast(least))
}

fn p99(most_ms: f64) -> Wanted {
    wanted("p99 of a batch", "p99_ms", Unit::Milliseconds, Aim::AtMost(most_ms))
}

/// The works of the table. Each asks for what its row promises.
fn works(quick: bool) -> Vec<Work> {
    let work = |name, title, accounts: u64, transfers: u64, more, wanted| Work {
        name,
        title,
        accounts: if quick { (accounts / 100).max(1_000) } else { accounts },
        transfers: if quick { transfers / 100 } else { transfers },
        batch: BATCH,
        clients: CLIENTS_OF_BATCHES,
        more,
        wanted,
        once: false,
    };
    let (ten_thousand, million) = (10_000, 1_000_000);
    vec![
        work(
            "uniform",
            "10 k accounts, batches of 8,189",
            ten_thousand,
            10 * million,
            &[],
            vec![
                answered(1e6),
                wanted("indexed", "indexed_transfers_per_second", Unit::PerSecond, Aim::AtLeast(5e5)),
                wanted("p50 of a batch", "p50_ms", Unit::Milliseconds, Aim::None),
                p99(20.0),
                wanted("longest batch", "max_ms", Unit::Milliseconds, Aim::None),
                Wanted {
                    what: "disk a transfer, journal and index",
                    figure: Figure::Disk,
                    unit: Unit::Bytes,
                    aim: Aim::AtMost(300.0),
                },
            ],
        ),
        work(
            "accounts-1m",
            "1 M accounts, uniform",
            million,
            10 * million,
            &["--from-journal"],
            vec![
                answered(7e5),
                wanted("restart with a snapshot", "restart_seconds", Unit::Seconds, Aim::AtMost(2.0)),
                wanted(
                    "restart from the journal alone",
                    "restart_from_journal_seconds",
                    Unit::Seconds,
                    Aim::AtMost(10.0),
                ),
            ],
        ),
        work("accounts-10m", "10 M accounts, uniform", 10 * million, 10 * million, &[], vec![answered(7e5)]),
        work(
            "random-ids",
            "10 k accounts, random ids",
            ten_thousand,
            10 * million,
            &["--ids", "random"],
            vec![answered(4e5)],
        ),
        work(
            "hot",
            "one hot account in every transfer",
            ten_thousand,
            10 * million,
            &["--hot", "100"],
            vec![
                wanted("answered", "transfers_per_second", Unit::PerSecond, Aim::None),
                Wanted {
                    what: "against uniform",
                    figure: Figure::AgainstUniform,
                    unit: Unit::Percent,
                    aim: Aim::AtLeast(0.9),
                },
            ],
        ),
        work(
            "pending",
            "every transfer a hold, then its post",
            ten_thousand,
            10 * million,
            &["--pending", "100"],
            vec![wanted("operations answered", "operations_per_second", Unit::PerSecond, Aim::AtLeast(5e5))],
        ),
        work(
            "limits",
            "4 limit counters on every transfer",
            ten_thousand,
            10 * million,
            &["--limits", "4"],
            vec![answered(4e5)],
        ),
        work(
            "partitions",
            "2 partitions, half of the transfers across",
            ten_thousand,
            4 * million,
            &["--partitions", "2"],
            vec![wanted("answered", "transfers_per_second", Unit::PerSecond, Aim::None)],
        ),
        Work {
            batch: 1,
            clients: 1_000,
            ..work(
                "single",
                "single transfers from 1,000 tasks",
                ten_thousand,
                2 * million,
                &[],
                vec![answered(2.5e5), wanted("p99 of a transfer", "p99_ms", Unit::Milliseconds, Aim::AtMost(10.0))],
            )
        },
        Work {
            once: true,
            ..work(
                "memory",
                "10 M accounts, 100 M transfers",
                10 * million,
                100 * million,
                &[],
                vec![
                    wanted("answered", "transfers_per_second", Unit::PerSecond, Aim::None),
                    wanted("memory at most", "peak_rss_bytes", Unit::Gigabytes, Aim::AtMost(1.5e9)),
                ],
            )
        },
    ]
}

impl Work {
    fn command(&self, program: &Path, data: &Path) -> Command {
        self.command_of(self.transfers, program, data)
    }

    fn command_of(&self, transfers: u64, program: &Path, data: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["ledger", "bench"]);
        for (option, value) in [
            ("--accounts", self.accounts),
            ("--transfers", transfers),
            ("--batch", self.batch),
            ("--clients", self.clients),
        ] {
            command.arg(option).arg(value.to_string());
        }
        command.args(self.more).arg("--json").arg("--data").arg(data);
        command.stdin(Stdio::null());
        command
    }

    /// The command without the folder, which is of no use to whoever reads the figures.
    fn shown(&self) -> String {
        let command = self.command(Path::new("tongbao"), Path::new("DIR"));
        run::show(&command)
    }

    fn is_hot(&self) -> bool {
        self.more.contains(&"--hot")
    }
}

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    quick: bool,
    repeat: Option<u32>,
    seconds: Option<u32>,
    only: Vec<String>,
    without: Vec<String>,
    no_postgres: bool,
    data: Option<PathBuf>,
    program: Option<PathBuf>,
    json: Option<PathBuf>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(argument) = args.next() {
            let mut value = || args.next().ok_or_else(|| Failure::new(format!("{argument} needs a value\n\n{HELP}")));
            let number = |text: &String| match text.parse() {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => Err(Failure::new(format!("{argument} wants a number over zero, not `{text}`"))),
            };
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--no-postgres" => options.no_postgres = true,
                "--repeat" => options.repeat = number(value()?)?,
                "--seconds" => options.seconds = number(value()?)?,
                "--only" => options.only.push(value()?.clone()),
                "--without" => options.without.push(value()?.clone()),
                "--data" => options.data = Some(value()?.into()),
                "--program" => options.program = Some(value()?.into()),
                "--json" => options.json = Some(value()?.into()),
                other => return Err(Failure::new(format!("there is no option `{other}`\n\n{HELP}"))),
            }
        }
        Ok(options)
    }

    fn wants(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|wanted| name.contains(wanted.as_str()));
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// A work with its runs.
struct Measured {
    work: Work,
    runs: Vec<Run>,
    /// Why there is no run, if there is none.
    left_out: Option<String>,
}

/// `bench ledger [OPTIONS]`.
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
    let folder = parent.join(format!("tongbao-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .and_then(|()| open_to_all(&folder))
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let result = folder
        .canonicalize()
        .map_err(|error| Failure::new(format!("cannot find {}: {error}", folder.display())))
        .and_then(|folder| measure(&options, &program, &folder));
    // Gone with the folder are some gigabytes; what it was measured on can be made again.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// PostgreSQL's server runs as a user of its own where we are root, and has to reach its folder below ours.
fn open_to_all(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))
}

fn measure(options: &Options, program: &Path, folder: &Path) -> Result<(), Failure> {
    let repeat = options.repeat.unwrap_or(if options.quick { 1 } else { 3 });
    let seconds = options.seconds.unwrap_or(if options.quick { 2 } else { 10 });
    let warm_up_seconds = if options.quick { 1 } else { 2 };
    let accounts = if options.quick { 1_000 } else { 10_000 };
    let facts = machine::facts(folder);

    let mut measured: Vec<Measured> = works(options.quick)
        .into_iter()
        .filter(|work| options.wants(work.name))
        .map(|work| Measured { work, runs: Vec::new(), left_out: None })
        .collect();
    if measured.is_empty() {
        return Err(Failure::new("no work has such a name"));
    }
    let classic = if options.no_postgres {
        None
    } else {
        eprintln!("== PostgreSQL");
        Some(Classic::start(folder, accounts, seconds, warm_up_seconds)?)
    };
    let loads: &[Load] = if classic.is_some() { &LOADS } else { &[] };
    let mut loaded: Vec<Vec<Run>> = vec![Vec::new(); loads.len()];

    for round in 0..repeat {
        // One after the other in turn, so that a slow minute of the machine meets both.
        for step in 0..measured.len().max(loads.len()) {
            if let Some(one) = measured.get_mut(step)
                && (round == 0 || !one.work.once)
            {
                eprintln!("== round {} of {repeat}: ledger, {}", round + 1, one.work.title);
                one.run(program, folder)?;
            }
            if let (Some(classic), Some(load), Some(runs)) = (&classic, loads.get(step), loaded.get_mut(step)) {
                eprintln!("== round {} of {repeat}: {}", round + 1, load.title());
                let run = classic.run(*load)?;
                eprintln!("   {:.0} transactions/s", run.figure("transfers_per_second").unwrap_or_default());
                runs.push(run);
            }
        }
    }
    let version = classic.as_ref().map(Classic::version).transpose()?;
    drop(classic);
    let instructions = instructions(&measured, program, folder)?;

    let outcome = Outcome { options, repeat, seconds, facts, version, measured, loads, loaded, instructions };
    println!("{}", outcome.text());
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{}\n", outcome.json()))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))?;
    }
    Ok(())
}

impl Measured {
    fn run(&mut self, program: &Path, folder: &Path) -> Result<(), Failure> {
        let needed = self.work.transfers * MOST_BYTES_OF_A_TRANSFER + SPARE_BYTES;
        if let Some(free) = machine::free_bytes(folder).filter(|free| *free < needed) {
            let text = format!("{} GB are free, {} GB are needed", free >> 30, needed >> 30);
            eprintln!("   left out: {text}");
            self.left_out = Some(text);
            return Ok(());
        }
        let data = folder.join("ledger");
        let command = self.work.command(program, &data);
        let result = figures(command);
        let _ = std::fs::remove_dir_all(&data);
        let run = Run { command: self.work.shown(), figures: result? };
        eprintln!("   {:.0} transfers/s", run.figure("transfers_per_second").unwrap_or_default());
        self.runs.push(run);
        Ok(())
    }
}

/// Runs the program and reads its figures; a text such as the hash of the state is none.
fn figures(mut command: Command) -> Result<Vec<(String, f64)>, Failure> {
    let shown = run::show(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format!("`{shown}` cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("`{shown}` ended with {}", output.status)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    parse_figures(&said).map_err(|error| Failure::new(format!("`{shown}`: {error}")))
}

fn parse_figures(said: &str) -> Result<Vec<(String, f64)>, String> {
    let Json::Object(pairs) = Json::parse(said)? else {
        return Err("what it says is no JSON object".to_owned());
    };
    let figures: Vec<(String, f64)> = pairs
        .into_iter()
        .filter_map(|(key, value)| match value {
            Json::Number(number) => Some((key, number)),
            _ => None,
        })
        .collect();
    if figures.iter().any(|(key, _)| key == "transfers_per_second") {
        Ok(figures)
    } else {
        Err("it does not say transfers_per_second".to_owned())
    }
}

/// Counts the instructions of the first work.
fn instructions(measured: &[Measured], program: &Path, folder: &Path) -> Result<Option<Instructions>, Failure> {
    let Some(one) = measured.iter().find(|one| !one.runs.is_empty()) else { return Ok(None) };
    eprintln!("== instructions of {}", one.work.title);
    let data = folder.join("ledger");
    let counted = instructions::count(one.work.transfers, folder, |transfers| {
        // Each begins with nothing; one that cannot be removed is told by the program itself.
        let _ = std::fs::remove_dir_all(&data);
        one.work.command_of(transfers, program, &data)
    });
    let _ = std::fs::remove_dir_all(&data);
    counted
}

/// All that was measured.
struct Outcome<'a> {
    options: &'a Options,
    repeat: u32,
    seconds: u32,
    facts: Vec<(&'static str, String)>,
    version: Option<String>,
    measured: Vec<Measured>,
    loads: &'a [Load],
    loaded: Vec<Vec<Run>>,
    instructions: Option<Instructions>,
}

const ANSWERED: &str = "transfers_per_second";

impl Outcome<'_> {
    /// What PostgreSQL reaches with the number of clients that suits it best: the harder comparison.
    fn best(&self, spread: Spread, shape: Shape) -> Option<f64> {
        let of = |(load, runs): (&Load, &Vec<Run>)| match load {
            Load::DebitCredit { spread: one, shape: other, .. } if (*one, *other) == (spread, shape) => {
                median_of(runs, ANSWERED)
            }
            _ => None,
        };
        self.loads.iter().zip(&self.loaded).filter_map(of).max_by(f64::total_cmp)
    }

    fn runs_of(&self, name: &str) -> &[Run] {
        self.measured.iter().find(|one| one.work.name == name).map_or(&[], |one| &one.runs)
    }

    fn figure(&self, one: &Measured, figure: &Figure) -> Option<f64> {
        match figure {
            Figure::Key(key) => median_of(&one.runs, key),
            Figure::Disk => Some(
                median_of(&one.runs, "journal_bytes_per_transfer")? + median_of(&one.runs, "index_bytes_per_transfer")?,
            ),
            Figure::AgainstUniform => {
                ratio(median_of(&one.runs, ANSWERED), median_of(self.runs_of("uniform"), ANSWERED))
            }
        }
    }

    /// How many times the classic a work answers, with statements and as a function.
    fn ratios(&self, one: &Measured) -> (Option<f64>, Option<f64>) {
        let spread = if one.work.is_hot() { Spread::Hot } else { Spread::Uniform };
        let against = |shape| ratio(median_of(&one.runs, ANSWERED), self.best(spread, shape));
        (against(Shape::Statements), against(Shape::Function))
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for one in &self.measured {
            for wanted in &one.work.wanted {
                let answers = matches!(wanted.figure, Figure::Key(ANSWERED));
                rows.push(Row {
                    work: format!("{}: {}", one.work.title, wanted.what),
                    aim: wanted.aim,
                    unit: wanted.unit,
                    reached: self.figure(one, &wanted.figure),
                    ratios: (answers && !self.loads.is_empty()).then(|| self.ratios(one)),
                });
            }
        }
        for (load, runs) in self.loads.iter().zip(&self.loaded) {
            rows.push(Row {
                work: load.title(),
                aim: Aim::None,
                unit: Unit::PerSecond,
                reached: median_of(runs, ANSWERED),
                ratios: None,
            });
        }
        if !self.loads.is_empty() {
            let compared = [("uniform", "uniform", (500.0, 200.0)), ("hot", "one hot account", (1_500.0, 600.0))];
            for (name, title, (statements, function)) in compared {
                let Some(one) = self.measured.iter().find(|one| one.work.name == name) else { continue };
                let reached = self.ratios(one);
                for (shape, least, reached) in
                    [("statements over the wire", statements, reached.0), ("one stored function", function, reached.1)]
                {
                    rows.push(Row {
                        work: format!("ledger against PostgreSQL, {title}, {shape}"),
                        aim: Aim::AtLeast(least),
                        unit: Unit::Times,
                        reached,
                        ratios: None,
                    });
                }
            }
        }
        rows.push(Row {
            work: "instructions in user mode a transfer, whole program".to_owned(),
            aim: Aim::None,
            unit: Unit::Count,
            reached: self.instructions.as_ref().map(|counted| counted.each),
            ratios: None,
        });
        rows
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if self.options.quick {
            text.push_str("Quick sizes: they show that all of it works and are no figures to compare.\n\n");
        }
        text.push_str(&table(&self.rows()));
        text.push('\n');
        for (name, value) in &self.facts {
            text.push_str(&format!("- {name}: {value}\n"));
        }
        if let Some(version) = &self.version {
            text.push_str(&format!("- PostgreSQL: {version}, every commit synced, {} s a load\n", self.seconds));
        }
        let times = if self.repeat == 1 { "one run".to_owned() } else { format!("the median of {} runs", self.repeat) };
        text.push_str(&format!("- each figure: {times}, works and loads in turn\n"));
        let counted_by = self.instructions.as_ref().map(|counted| counted.counted_by);
        let not = "not available (no `perf` that may count them on this machine, and no valgrind)";
        text.push_str(&format!("- instructions: {}\n", counted_by.unwrap_or(not)));
        for one in &self.measured {
            match &one.left_out {
                Some(why) => text.push_str(&format!("- {}: left out, {why}\n", one.work.title)),
                None if one.work.once && self.repeat > 1 => {
                    text.push_str(&format!("- {}: one run\n", one.work.title));
                }
                None => {}
            }
        }
        text.push_str("\nCommands:\n\n");
        for run in self.measured.iter().filter_map(|one| one.runs.first()) {
            text.push_str(&format!("    {}\n", run.command));
        }
        for run in self.loaded.iter().filter_map(|runs| runs.first()) {
            text.push_str(&format!("    {}\n", run.command));
        }
        text
    }

    fn json(&self) -> Json {
        let runs = |runs: &[Run]| {
            let one = |run: &Run| {
                Json::Object(run.figures.iter().map(|(key, value)| (key.clone(), Json::Number(*value))).collect())
            };
            Json::List(runs.iter().map(one).collect())
        };
        let command = |runs: &[Run]| runs.first().map_or(Json::Null, |run| Json::text(&run.command));
        let works = self.measured.iter().map(|one| {
            Json::object([
                ("name", Json::text(one.work.name)),
                ("work", Json::text(one.work.title)),
                ("command", command(&one.runs)),
                ("left_out", one.left_out.as_ref().map_or(Json::Null, Json::text)),
                ("runs", runs(&one.runs)),
            ])
        });
        let loads = self.loads.iter().zip(&self.loaded).map(|(load, all)| {
            Json::object([("work", Json::text(load.title())), ("command", command(all)), ("runs", runs(all))])
        });
        let rows = self.rows().into_iter().map(|row| {
            let (statements, function) = row.ratios.unwrap_or_default();
            let (kind, aim) = match row.aim {
                Aim::AtLeast(least) => ("at least", Some(least)),
                Aim::AtMost(most) => ("at most", Some(most)),
                Aim::None => ("none", None),
            };
            Json::object([
                ("work", Json::text(&row.work)),
                ("aim_is", Json::text(kind)),
                ("aim", Json::number(aim)),
                ("unit", Json::text(format!("{:?}", row.unit).to_lowercase())),
                ("reached", Json::number(row.reached)),
                ("met", row.aim.is_met(row.reached).map_or(Json::Null, Json::Bool)),
                ("times_postgres_statements", Json::number(statements)),
                ("times_postgres_function", Json::number(function)),
            ])
        });
        let facts = self.facts.iter().map(|(name, value)| ((*name).to_owned(), Json::text(value)));
        Json::object([
            ("quick", Json::Bool(self.options.quick)),
            ("rounds", Json::Number(f64::from(self.repeat))),
            ("seconds_a_load", Json::Number(f64::from(self.seconds))),
            ("machine", Json::Object(facts.collect())),
            ("postgres", self.version.as_ref().map_or(Json::Null, Json::text)),
            ("instructions_per_transfer", Json::number(self.instructions.as_ref().map(|counted| counted.each))),
            ("table", Json::List(rows.collect())),
            ("ledger", Json::List(works.collect())),
            ("classic", Json::List(loads.collect())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn run(per_second: f64) -> Run {
        Run { command: "tongbao ledger bench".to_owned(), figures: vec![(ANSWERED.to_owned(), per_second)] }
    }

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let options =
            Options::parse(&args("--quick --repeat 5 --only hot --only single --without s --json f")).unwrap();
        assert!(options.quick && options.repeat == Some(5) && options.json == Some("f".into()));
        assert!(options.wants("hot") && !options.wants("single") && !options.wants("limits"));
        assert!(Options::default().wants("limits"));
        for wrong in ["--repeat", "--repeat 0", "--seconds x", "--fast"] {
            assert!(Options::parse(&args(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_work_is_called_as_the_program_knows_it() {
        let works = works(false);
        let shown = |name: &str| works.iter().find(|work| work.name == name).unwrap().shown();
        assert_eq!(
            shown("single"),
            "tongbao ledger bench --accounts 10000 --transfers 2000000 --batch 1 --clients 1000 --json --data DIR"
        );
        assert_eq!(
            shown("random-ids"),
            "tongbao ledger bench --accounts 10000 --transfers 10000000 --batch 8189 --clients 3 --ids random --json --data DIR"
        );
    }

    #[test]
    fn figures_of_the_program_are_read_and_its_texts_left() {
        let said = r#"{"transfers_per_second": 1000.5, "p99_ms": 3, "state_hash": "00ff"}"#;
        let figures = parse_figures(said).unwrap();
        assert_eq!(figures, [(ANSWERED.to_owned(), 1000.5), ("p99_ms".to_owned(), 3.0)]);
        for wrong in ["", "[]", "{}", r#"{"transfers_per_second": "many"}"#] {
            assert!(parse_figures(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ratios_are_against_the_clients_that_suit_postgres_best() {
        let options = Options::default();
        let measured = works(true)
            .into_iter()
            .filter(|work| work.name == "uniform" || work.name == "hot")
            .map(|work| {
                let runs = if work.is_hot() { vec![run(950.0)] } else { vec![run(900.0), run(1000.0), run(5000.0)] };
                Measured { work, runs, left_out: None }
            })
            .collect();
        let speed = |load: &Load| match load {
            Load::DebitCredit { spread: Spread::Uniform, shape: Shape::Statements, clients: 8 } => 4.0,
            Load::DebitCredit { spread: Spread::Uniform, shape: Shape::Statements, .. } => 2.0,
            Load::DebitCredit { spread: Spread::Hot, shape: Shape::Statements, clients: 8 } => 0.5,
            _ => 1.0,
        };
        let outcome = Outcome {
            options: &options,
            repeat: 3,
            seconds: 10,
            facts: vec![("kernel", "Linux".to_owned())],
            version: None,
            measured,
            loads: &LOADS,
            loaded: LOADS.iter().map(|load| vec![run(speed(load))]).collect(),
            instructions: None,
        };
        let rows = outcome.rows();
        let reached = |work: &str| rows.iter().find(|row| row.work == work).unwrap().reached;
        assert_eq!(reached("ledger against PostgreSQL, uniform, statements over the wire"), Some(250.0));
        assert_eq!(reached("ledger against PostgreSQL, uniform, one stored function"), Some(1000.0));
        assert_eq!(reached("ledger against PostgreSQL, one hot account, statements over the wire"), Some(950.0));
        assert_eq!(reached("one hot account in every transfer: against uniform"), Some(0.95));
        assert_eq!(reached("10 k accounts, batches of 8,189: p99 of a batch"), None);
        assert!(
            outcome.text().contains("the median of 3 runs") && outcome.text().contains("instructions: not available")
        );
        let kept = Json::parse(&outcome.json().to_string()).unwrap();
        assert_eq!(kept.number_at("rounds"), Some(3.0));
    }
}
