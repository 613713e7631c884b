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

/// The variable by which a family is known.
const FAMILY: &str = "TONGBAO_TEST_FAMILY";

/// A command with everything that it starts, and what that starts: also what has left its parent, its group or its session,
/// because a variable of the environment is inherited whatever else is given up.
pub(crate) struct Family {
    mark: String,
}

impl Family {
    /// Marks a command that is about to be started.
    pub(crate) fn of(command: &mut Command) -> Self {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_nanos());
        let mark = format!("{}-{since}", std::process::id());
        command.env(FAMILY, &mark);
        Self { mark }
    }

    /// Asks all members but one to end, and after a while no longer asks.
    pub(crate) fn end(&self, but: u32) {
        for (signal, patience) in [("TERM", Duration::from_secs(5)), ("KILL", Duration::from_secs(2))] {
            let members = self.members(but);
            if members.is_empty() {
                return;
            }
            let pids: Vec<String> = members.iter().map(u32::to_string).collect();
            // One that has ended in the meantime is what we want. The shell's own `kill` is on every machine.
            let kill = format!("kill -{signal} {}", pids.join(" "));
            let _ = Command::new("sh").arg("-c").arg(kill).stderr(Stdio::null()).status();
            let asked = Instant::now();
            while asked.elapsed() < patience && !self.members(but).is_empty() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Everybody who bears the mark, and everybody whom they have started, but one.
    fn members(&self, but: u32) -> Vec<u32> {
        let mut family = self.marked();
        family.retain(|pid| *pid != but);
        let pairs = processes();
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            let children: Vec<u32> = pairs
                .iter()
                .filter(|(pid, ppid)| *ppid == parent && !family.contains(pid))
                .map(|(pid, _)| *pid)
                .collect();
            family.extend(children);
            next += 1;
        }
        family
    }

    fn marked(&self) -> Vec<u32> {
        let mark = format!("{FAMILY}={}", self.mark);
        let proc: Vec<_> = std::fs::read_dir("/proc").into_iter().flatten().flatten().collect();
        if !proc.is_empty() {
            let bears = |environment: Vec<u8>| environment.split(|byte| *byte == 0).any(|one| one == mark.as_bytes());
            return proc
                .iter()
                .filter(|entry| std::fs::read(entry.path().join("environ")).is_ok_and(bears))
                .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                .collect();
        }
        let list = output_of("ps", &["-A", "-E", "-ww", "-o", "pid=,command="]).unwrap_or_default();
        let bearing = list.lines().filter(|line| line.contains(&mark));
        bearing.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
    }
}

/// Every process with its parent: from /proc, or by `ps` where there is none.
fn processes() -> Vec<(u32, u32)> {
    let from_proc: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // "pid (name) state ppid …", where the name may hold anything, brackets too.
            let (_, rest) = stat.rsplit_once(')')?;
            Some((pid, rest.split_whitespace().nth(1)?.parse().ok()?))
        })
        .collect();
    if !from_proc.is_empty() {
        return from_proc;
    }
    let list = output_of("ps", &["-A", "-o", "pid=,ppid="]).unwrap_or_default();
    list.lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};

    use super::*;

    #[test]
    fn what_a_process_started_is_ended_and_itself_stays() {
        // The outer shell says that its child ended; the child, and what that started, would wait for ever. One of them has
        // left for a session of its own, and its parent is gone: it holds the pipe, and is found all the same.
        let script = "sh -c '(setsid sleep 1000 &); sleep 1000 & echo started; wait'; echo ended; exit 7";
        let mut command = Command::new("sh");
        let family = Family::of(command.args(["-c", script]).stdout(Stdio::piped()));
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // Nothing may be ended before all of it runs: a process that is started meanwhile would be missed.
        said.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        family.end(child.id());
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert_eq!((child.wait().unwrap().code(), rest.as_str()), (Some(7), "ended\n"));
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        assert_eq!(duration(Duration::from_millis(840)), "0.8 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 05 s");
    }
}
