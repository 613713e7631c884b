//! A private Redis server for one run of the tests, held by the same keeper as PostgreSQL's. It keeps nothing on the disk.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{KEEPER, free_port, random, tail};
use crate::run::Failure;

/// A running server; dropping it stops it.
pub(crate) struct Redis {
    keeper: Child,
    url: String,
}

impl Redis {
    /// Starts a server on a port of the loopback, with a folder and a password of its own.
    pub(crate) fn start(program: &Path) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("tongbao-redis-{}-{:08x}", std::process::id(), random() as u32));
        // Another program may take the free port between our look and the server's start, hence more than one try.
        let mut last = Failure::new("the server did not start");
        for _ in 0..3 {
            match Self::serve(program, &folder) {
                Ok(redis) => return Ok(redis),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn serve(program: &Path, folder: &PathBuf) -> Result<Self, Failure> {
        let cannot = |what: &str, error: std::io::Error| Failure::new(format!("{what} {}: {error}", folder.display()));
        std::fs::DirBuilder::new().mode(0o700).create(folder).map_err(|error| cannot("cannot make", error))?;
        let (port, password) = (free_port()?, format!("{:016x}{:016x}", random(), random()));
        let settings = folder.join("redis.conf");
        // In a file, since everybody on the machine sees a command line.
        std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&settings)
            .and_then(|mut file| {
                writeln!(file, "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no")
            })
            .map_err(|error| cannot("cannot write settings in", error))?;
        let log = folder.join("server.log");
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "keeper"])
            .arg(&log)
            .arg(folder)
            .arg(program)
            .arg(&settings)
            .arg("--dir")
            .arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let keeper = command.spawn().map_err(|error| Failure::new(format!("sh cannot be started: {error}")))?;
        let redis = Self { keeper, url: format!("redis://:{password}@127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err(Failure::new(format!("Redis did not start; the end of its log:\n{}", tail(&log))));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(redis)
    }

    /// Its address, with the password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Closing the pipe is the keeper's sign to stop the server and to remove the folder.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
