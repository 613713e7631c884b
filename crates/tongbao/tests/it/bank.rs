//! The real binary, started as a person starts it, with data in a temporary folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A start that takes longer has failed, also on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running bank; dropping it stops it.
pub struct Bank {
    process: Child,
    address: String,
    log: PathBuf,
    lines: Mutex<Receiver<String>>,
}

impl Bank {
    /// Starts `tongbao demo` on a free port with its data in `data`, and waits until it listens.
    pub fn demo(data: &Path) -> Self {
        Self::start(&["demo"], data)
    }

    /// The same where programs pay without a code, for tests of load.
    pub fn demo_without_codes(data: &Path) -> Self {
        Self::start_with(&["demo"], data, &[("TONGBAO_PAYMENTS__API_FACTOR", "password")])
    }

    /// The same with a ledger of so many partitions.
    pub fn demo_of_partitions(data: &Path, partitions: &str) -> Self {
        let arguments = ["demo", "--partitions", partitions];
        Self::start_with(&arguments, data, &[("TONGBAO_PAYMENTS__API_FACTOR", "password")])
    }

    /// The same with the bank's clock ahead.
    pub fn demo_ahead(data: &Path, span: &str) -> Self {
        let arguments = ["demo", "--ahead", span];
        Self::start_with(&arguments, data, &[("TONGBAO_PAYMENTS__API_FACTOR", "password")])
    }

    /// Starts `tongbao` with these arguments, a free port, and its data in `data`.
    pub fn start(arguments: &[&str], data: &Path) -> Self {
        Self::start_with(arguments, data, &[])
    }

    fn start_with(arguments: &[&str], data: &Path, environment: &[(&str, &str)]) -> Self {
        let data_text = data.to_str().expect("a path of plain letters");
        let all = [arguments, &["--data", data_text, "--listen", "127.0.0.1:0"]].concat();
        Self::run(&all, data.with_extension("log"), environment)
    }

    /// Starts `tongbao` with these arguments at this address, its data in `data`.
    pub fn start_at(arguments: &[&str], data: &Path, address: &str, environment: &[(&str, &str)]) -> Self {
        let data_text = data.to_str().expect("a path of plain letters");
        let all = [arguments, &["--data", data_text, "--listen", address]].concat();
        Self::run(&all, data.with_extension("log"), environment)
    }

    /// Starts `tongbao` with exactly these arguments, for what needs no data.
    pub fn listening(arguments: &[&str]) -> Self {
        Self::run(arguments, std::path::PathBuf::from("/dev/null"), &[])
    }

    /// The demonstration without codes, while `strace` makes a call to the system on `file` go wrong: `inject` is its
    /// expression. The tracer stands aside, so that the process is the bank itself. What it said, if it ended before it
    /// listened.
    pub fn demo_injected(data: &Path, file: &Path, inject: &str) -> Result<Self, String> {
        let strace = std::env::var_os("TONGBAO_STRACE").map_or_else(|| PathBuf::from("strace"), PathBuf::from);
        let mut command = Command::new(strace);
        command.args(["-D", "-f", "-qq", "-o", "/dev/null", "-P"]).arg(file);
        command.args(["-e", "trace=pwrite64,fdatasync", "-e", &format!("inject={inject}")]);
        command.arg(env!("CARGO_BIN_EXE_tongbao")).args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        Self::run_command(command, data.with_extension("log"), &[("TONGBAO_PAYMENTS__API_FACTOR", "password")])
    }

    fn run(arguments: &[&str], log: PathBuf, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tongbao"));
        command.args(arguments);
        Self::run_command(command, log, environment).unwrap_or_else(|said| panic!("{said}"))
    }

    fn run_command(mut command: Command, log: PathBuf, environment: &[(&str, &str)]) -> Result<Self, String> {
        let log_file =
            std::fs::File::options().create(true).append(true).open(&log).expect("a file for the bank's log");
        let mut process = command
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .expect("the binary starts");
        let lines = lines_of(&mut process);
        let started = Instant::now();
        let mut said = Vec::new();
        let address = loop {
            match lines.recv_timeout(START_TIMEOUT.saturating_sub(started.elapsed())) {
                Ok(line) => {
                    if let Some(address) = line.trim().strip_prefix("Listening on ") {
                        break address.trim().to_owned();
                    }
                    said.push(line);
                }
                Err(error) => {
                    let _ = process.kill();
                    let why = match error {
                        RecvTimeoutError::Timeout => "did not listen in time",
                        RecvTimeoutError::Disconnected => "ended",
                    };
                    let log = std::fs::read_to_string(&log).unwrap_or_default();
                    return Err(format!("the bank {why}; it said:\n{}\n{log}", said.join("\n")));
                }
            }
        };
        Ok(Self { process, address, log, lines: Mutex::new(lines) })
    }

    /// `http://localhost:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it printed since it listens, or since this was asked for last.
    pub fn said(&self) -> Vec<String> {
        self.lines.lock().expect("no reader failed").try_iter().collect()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills the process as `kill -9` does: nothing of it runs any further.
    pub fn kill(mut self) {
        self.process.kill().expect("the process can be killed");
        self.process.wait().expect("the process has ended");
    }

    /// Waits until the process has ended by itself; says whether it did.
    pub fn ended_within(&mut self, most: Duration) -> bool {
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if began.elapsed() > most {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Asks the process to end, as an operator does, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.terminate();
        self.process.wait().expect("the process has ended")
    }

    fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name, such as `HUP`.
    pub fn signal(&self, name: &str) {
        // The shell's own `kill` is on every machine that has a shell, and needs no unsafe code here.
        let _ = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.process.id())).status();
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return;
        }
        self.terminate();
        let asked = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if asked.elapsed() > Duration::from_secs(20) {
                let _ = self.process.kill();
                let _ = self.process.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if std::thread::panicking() {
            eprintln!("the bank's log:\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// Reads standard output to its end on a thread of its own, so that the bank never blocks on a full pipe.
fn lines_of(process: &mut Child) -> Receiver<String> {
    let stdout = process.stdout.take().expect("standard output is piped");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}
