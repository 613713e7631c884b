//! Running other programs, and timing what is done.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a chore stopped: one message for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    told: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), told: false }
    }

    /// A failure whose message is on the terminal already, so that the end of the run does not repeat it.
    pub(crate) fn told() -> Self {
        Self { message: String::new(), told: true }
    }

    pub(crate) fn already_told(&self) -> bool {
        self.told
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// One named part of a longer chore.
pub(crate) struct Step {
    name: &'static str,
    work: Box<dyn FnOnce() -> Result<(), Failure>>,
}

impl Step {
    pub(crate) fn new(name: &'static str, work: impl FnOnce() -> Result<(), Failure> + 'static) -> Self {
        Self { name, work: Box::new(work) }
    }

    /// Runs the step, says how long it took, and gives its name back if it failed.
    pub(crate) fn run(self) -> Result<(), &'static str> {
        eprintln!("\n== {}", self.name);
        let started = Instant::now();
        let result = (self.work)();
        let took = duration(started.elapsed());
        match result {
            Ok(()) => {
                eprintln!("== {}: right ({took})", self.name);
                Ok(())
            }
            Err(failure) => {
                if !failure.already_told() {
                    eprintln!("error: {failure}");
                }
                eprintln!("== {}: FAILED ({took})", self.name);
                Err(self.name)
            }
        }
    }
}

/// "1 min 05 s", or "0.8 s" for the short ones.
pub(crate) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

/// The root of the repository, wherever the command was given.
pub(crate) fn root() -> PathBuf {
    // Cargo sets this when it runs a program; it names the folder of this package, one below the root.
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or(package.clone(), PathBuf::from)
}

/// The same cargo that runs this program, at the root of the repository.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root()).args(args);
    command
}

/// Runs a command whose output goes to the terminal; failing is an error that names it.
pub(crate) fn run(mut command: Command) -> Result<(), Failure> {
    let shown = show(&command);
    let status = command.status().map_err(|error| Failure::new(format!("`{shown}` cannot be started: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` ended with {status}"))) }
}

/// Standard output of a command that needs no input, or `None` if it is missing or fails.
pub(crate) fn output_of(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as a person would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let mut text = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
