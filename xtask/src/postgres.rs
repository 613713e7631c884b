//! A private PostgreSQL server for one run of the tests, or of a benchmark.
//!
//! It listens on a free loopback port, keeps its files in a temporary folder outside the repository, and is held by a
//! *keeper*: a small shell process that waits on a pipe from us. However this program ends (right, wrong, Ctrl-C,
//! killed), the pipe closes, and the keeper stops the server by its process id and removes the folder. So no signal
//! handler is needed and no server is ever left behind.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::Failure;
use crate::tools;

/// What the keeper does. Its arguments: the server's log, the folder to remove, then the server's command line.
/// The word `keep` as the last line of its input leaves the folder where it is.
pub(crate) const KEEPER: &str = r#"
trap '' INT TERM HUP
log=$1; folder=$2; shift 2
"$@" >"$log" 2>&1 </dev/null &
server=$!
last=
while read -r line; do last=$line; done
kill -INT "$server" 2>/dev/null
wait "$server"
[ "$last" = keep ] || rm -rf "$folder"
"#;

/// A running server; dropping it stops it.
pub(crate) struct Cluster {
    keeper: Child,
    url: String,
    port: u16,
    password: String,
}

/// What a server is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The cluster lives for minutes and nobody needs it after a crash of the machine: nothing is synced.
    Tests,
    /// Every commit is on the disk before it is answered, and memory and log are set as somebody would who cares for speed.
    Measuring,
}

impl Purpose {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Tests => &["shared_buffers=128MB", "fsync=off", "synchronous_commit=off", "full_page_writes=off"],
            Self::Measuring => &[
                "shared_buffers=1GB",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "wal_buffers=16MB",
                "max_wal_size=8GB",
            ],
        }
    }
}

/// Whose name the server runs under: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes a new cluster in a folder of its own below `parent` with the programs in `programs`, and starts it.
    pub(crate) fn start(programs: &Path, purpose: Purpose, parent: &Path) -> Result<Self, Failure> {
        let owner = if tools::is_root() { Some(unprivileged_owner()?) } else { None };
        let folder = parent.join(format!("tongbao-postgres-{}-{:08x}", std::process::id(), random() as u32));
        let cannot = |what: &str, error: std::io::Error| Failure::new(format!("{what} {}: {error}", folder.display()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(|error| cannot("cannot make", error))?;
        if let Some(owner) = owner {
            chown(&folder, Some(owner.uid), Some(owner.gid)).map_err(|error| cannot("cannot hand over", error))?;
        }
        let result = Self::start_in(programs, purpose, &folder, owner);
        if result.is_err() {
            let _ = std::fs::remove_dir_all(&folder);
        }
        result
    }

    fn start_in(programs: &Path, purpose: Purpose, folder: &Path, owner: Option<Owner>) -> Result<Self, Failure> {
        let password = format!("{:016x}", random());
        initialise(programs, folder, owner, &password)?;
        // Another program may take the free port between our look and the server's start, hence more than one try.
        let mut last = Failure::new("the server did not start");
        for _ in 0..3 {
            match Self::serve(programs, purpose, folder, owner, &password) {
                Ok(cluster) => return Ok(cluster),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn serve(
        programs: &Path,
        purpose: Purpose,
        folder: &Path,
        owner: Option<Owner>,
        password: &str,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let log = folder.join("server.log");
        let data = folder.join("data");
        let mut command = as_owner(Path::new("sh"), folder, owner);
        command.args(["-c", KEEPER, "keeper"]).arg(&log).arg(folder);
        command.arg(programs.join("postgres")).arg("-D").arg(&data);
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=200".to_owned(),
        ] {
            command.arg("-c").arg(setting);
        }
        for setting in purpose.settings() {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let keeper = command.spawn().map_err(|error| Failure::new(format!("sh cannot be started: {error}")))?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let mut cluster = Self { keeper, url, port, password: password.to_owned() };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_ready(&data) {
            let gone = log.is_file() && !data.join("postmaster.pid").exists() && says_fatal(&log);
            if gone || Instant::now() > deadline {
                let told = tail(&log);
                // A second try needs the folder that the keeper would remove.
                if let Some(pipe) = cluster.keeper.stdin.as_mut() {
                    let _ = writeln!(pipe, "keep");
                }
                return Err(Failure::new(format!("PostgreSQL did not start; the end of its log:\n{told}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// The address of the database `postgres`, as its superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A client program of PostgreSQL that finds the server and one of its databases by its environment, so that no
    /// password is on a command line.
    pub(crate) fn client(&self, program: &Path, database: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string()).env("PGUSER", "postgres");
        command.env("PGPASSWORD", &self.password).env("PGDATABASE", database).env("PGSSLMODE", "disable");
        command.env("LC_ALL", "C").stdin(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe is the keeper's sign to stop the server.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn initialise(programs: &Path, folder: &Path, owner: Option<Owner>, password: &str) -> Result<(), Failure> {
    let password_file = folder.join("password");
    std::fs::File::create(&password_file)
        .and_then(|mut file| writeln!(file, "{password}"))
        .and_then(|()| owner.map_or(Ok(()), |owner| chown(&password_file, Some(owner.uid), Some(owner.gid))))
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", password_file.display())))?;
    let output = as_owner(&programs.join("initdb"), folder, owner)
        .arg("-D")
        .arg(folder.join("data"))
        // `password` costs the client no key stretching at each of thousands of connections; the loopback carries it.
        .args(["--username=postgres", "--auth=password", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("--pwfile")
        .arg(&password_file)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("initdb cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "initdb failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}

fn as_owner(program: &Path, folder: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(program);
    // The server must not start in a folder that its own user cannot enter.
    command.current_dir(folder).env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGPORT").env_remove("PGHOST");
    if let Some(owner) = owner {
        command.uid(owner.uid).gid(owner.gid);
    }
    command
}

/// The user `postgres` that Debian's package makes, else `nobody`.
fn unprivileged_owner() -> Result<Owner, Failure> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |wanted: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields.as_slice() {
                [name, _, uid, gid, ..] if *name == wanted => {
                    Some(Owner { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
                }
                _ => None,
            }
        })
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| {
        Failure::new("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as; set TONGBAO_TEST_POSTGRES to a running server")
    })
}

/// The server writes its state into the eighth line of its pid file.
fn is_ready(data: &Path) -> bool {
    std::fs::read_to_string(data.join("postmaster.pid"))
        .is_ok_and(|text| text.lines().nth(7).is_some_and(|state| state.trim() == "ready"))
}

fn says_fatal(log: &Path) -> bool {
    std::fs::read_to_string(log)
        .is_ok_and(|text| text.contains("FATAL") || text.contains("database system is shut down"))
}

pub(crate) fn tail(log: &PathBuf) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

pub(crate) fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("no free port on the loopback: {error}")))
}

/// Randomness of the standard library's hash maps: enough for a name and the password of a server that lives minutes.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
