//! The bank under load: starting it, watching it, stopping it, and looking at its books afterwards.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::Failure;

use super::client::Client;

/// How long it may take to make its customers: a password takes some 30 ms of a core.
const STARTS_WITHIN: Duration = Duration::from_secs(900);
const STOPS_WITHIN: Duration = Duration::from_secs(120);
/// A hundredth of a second is what the kernel counts processor time in.
const TICKS_A_SECOND: f64 = 100.0;

/// A bank that runs.
pub(super) struct Bank {
    child: Child,
    program: PathBuf,
    data: PathBuf,
    pub(super) address: SocketAddr,
}

impl Bank {
    /// A demonstration with its own embedded storage and so many more customers, in which programs confirm without a code.
    pub(super) fn start(program: &Path, data: &Path, customers: usize, partitions: usize) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.args(["demo", "--listen", "127.0.0.1:0", "--people", &customers.to_string()]);
        if partitions > 1 {
            command.args(["--partitions", &partitions.to_string()]);
        }
        command.arg("--data").arg(data);
        command.env("TONGBAO_PAYMENTS__API_FACTOR", "password").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Failure::new(format!("{} cannot be started: {error}", program.display())))?;
        let said = child.stdout.take();
        let (tell, told) = std::sync::mpsc::channel();
        // Read to its end, so that the bank never waits for a reader.
        std::thread::spawn(move || {
            for line in said.into_iter().flat_map(|said| BufReader::new(said).lines()).map_while(Result::ok) {
                if let Some(port) = line.strip_prefix("Listening on http://localhost:") {
                    let _ = tell.send(port.trim().parse::<u16>());
                }
            }
        });
        let mut bank = Self {
            child,
            program: program.to_owned(),
            data: data.to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        // Dropped on the way out, it is stopped.
        let port =
            told.recv_timeout(STARTS_WITHIN).map_err(|_| Failure::new("the bank did not say where it listens"))?;
        bank.address.set_port(port.map_err(|error| Failure::new(format!("no port: {error}")))?);
        let mut client = Client::connect(bank.address)?;
        client.ask("GET", "/readyz", "", "", "")?.expect(200, "asking whether it is ready")?;
        Ok(bank)
    }

    /// Stops it as an administrator would, and has it say whether the books of its folder are even and as the journal says.
    pub(super) fn stop_and_check(mut self) -> Result<(), Failure> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            return Err(Failure::new("the bank could not be asked to stop"));
        }
        let began = Instant::now();
        let cannot = |error: std::io::Error| Failure::new(format!("the bank could not be waited for: {error}"));
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(cannot)? {
                break status;
            }
            if began.elapsed() > STOPS_WITHIN {
                return Err(Failure::new("the bank did not stop"));
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        if !status.success() {
            return Err(Failure::new(format!("the bank ended with {status}")));
        }
        for (what, args) in [
            ("the trial balance", &["books", "trial-balance", "--data"][..]),
            ("the books rebuilt from the journal", &["books", "rebuild", "--check", "--data"][..]),
        ] {
            let output = Command::new(&self.program).args(args).arg(&self.data).output().map_err(cannot)?;
            if !output.status.success() {
                let said = [output.stdout, output.stderr].concat();
                return Err(Failure::new(format!("{what}: {}", String::from_utf8_lossy(&said))));
            }
        }
        Ok(())
    }

    /// Processor time since it began.
    pub(super) fn spent(&self) -> Spent {
        let process = format!("/proc/{}", self.child.id());
        let read = |folder: &Path| {
            let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
            parse_stat(&stat).map(|(name, seconds)| (family(name), seconds))
        };
        let tasks = std::fs::read_dir(format!("{process}/task")).into_iter().flatten().flatten();
        Spent {
            all: read(Path::new(&process)).map_or(0.0, |(_, seconds)| seconds),
            threads: tasks.filter_map(|task| Some((task.file_name(), read(&task.path())?))).collect(),
        }
    }

    /// Bytes of memory that it holds, and the most that it ever held.
    pub(super) fn memory_bytes(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        (bytes("VmRSS:").unwrap_or(0.0) * 1024.0, bytes("VmHWM:").unwrap_or(0.0) * 1024.0)
    }
}

/// Processor time in seconds: of all threads that ever were, and of each that is there, with what it is called.
pub(super) struct Spent {
    pub(super) all: f64,
    threads: BTreeMap<OsString, (String, f64)>,
}

impl Spent {
    /// What was spent since then: in all, and by what threads are called that are still there.
    pub(super) fn since(&self, before: &Self) -> (f64, BTreeMap<String, f64>) {
        let mut families = BTreeMap::new();
        for (id, (family, seconds)) in &self.threads {
            let earlier = before.threads.get(id).map_or(0.0, |(_, seconds)| *seconds);
            *families.entry(family.clone()).or_default() += seconds - earlier;
        }
        families.retain(|_, seconds| *seconds > 0.0);
        (self.all - before.all, families)
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of this program, in seconds.
pub(super) fn own_processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    parse_stat(&stat).map_or(0.0, |(_, seconds)| seconds)
}

/// Name and seconds of `4711 (name) S …`.
fn parse_stat(stat: &str) -> Option<(&str, f64)> {
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((name, (ticks()? + ticks()?) / TICKS_A_SECOND))
}

/// The name of a thread without its number.
fn family(name: &str) -> String {
    name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '-').to_owned()
}

/// The value of a metric without labels in what `/metrics` says.
pub(super) fn metric(said: &str, name: &str) -> Option<f64> {
    let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
    let values = said.lines().filter(is_it).map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
    values.reduce(|one, other| Some(one? + other?))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_and_the_bank_say_is_read() {
        let stat = "4711 (sqlx (1) worker-3) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(parse_stat(stat), Some(("sqlx (1) worker-3", 2.0)));
        let spent = |all, threads: &[(&str, f64)]| Spent {
            all,
            threads: threads.iter().map(|(id, spent)| (OsString::from(id), ("w".to_owned(), *spent))).collect(),
        };
        // A thread that has ended keeps its part of the whole.
        let (all, families) = spent(9.0, &[("2", 3.0), ("3", 1.0)]).since(&spent(4.0, &[("1", 3.0), ("2", 1.0)]));
        assert_eq!((all, families.get("w")), (5.0, Some(&3.0)));
        assert_eq!(family("sqlx-sqlite-worker-12"), "sqlx-sqlite-worker");
        let said = "# HELP lag x\nlag_seconds 0.25\nlag 7\n";
        assert_eq!(
            (metric(said, "lag"), metric(said, "lag_seconds"), metric(said, "la")),
            (Some(7.0), Some(0.25), None)
        );
    }
}
