//! What the tests need from the machine: PostgreSQL's server, Redis, Chromium with its driver, a font with Chinese, oathtool.
//!
//! What is there already is used. What is missing is installed from Debian's packages where that is possible, and said
//! aloud; elsewhere the error names the environment variables that point at existing ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{self, Failure};

mod fetched;

/// Where the outside programs are.
pub(crate) struct Tools {
    pub(crate) postgres: PostgresSource,
    pub(crate) redis: RedisSource,
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) oathtool: PathBuf,
    pub(crate) strace: PathBuf,
    pub(crate) axe: PathBuf,
    pub(crate) schemathesis: PathBuf,
}

/// Either a server that somebody runs for us, or the folder with the programs to start our own.
pub(crate) enum PostgresSource {
    /// A running server, which `TONGBAO_TEST_POSTGRES` names to the tests too.
    Running,
    /// Folder with `initdb` and `postgres`.
    Programs(PathBuf),
}

/// Likewise of Redis.
pub(crate) enum RedisSource {
    /// A running server, which `TONGBAO_TEST_REDIS` names to the tests too.
    Running,
    /// The program to start our own: Redis, or Valkey, which speaks the same.
    Program(PathBuf),
}

/// Finds everything, installing what is missing.
pub(crate) fn ensure() -> Result<Tools, Failure> {
    let missing = missing_packages();
    if !missing.is_empty() {
        install(&missing)?;
    }
    let postgres = find_postgres().ok_or_else(|| not_found("PostgreSQL's server"))?;
    let redis = find_redis().ok_or_else(|| not_found("Redis"))?;
    let chromium = find_chromium().ok_or_else(|| not_found("Chromium"))?;
    let chromedriver = find_chromedriver().ok_or_else(|| not_found("chromedriver"))?;
    let oathtool = find_oathtool().ok_or_else(|| not_found("oathtool"))?;
    let strace = find_strace().ok_or_else(|| not_found("strace"))?;
    let axe = fetched::axe()?;
    let schemathesis = fetched::schemathesis()?;
    if !has_chinese_font() {
        return Err(Failure::new("no font with Chinese characters was found; install Noto Sans CJK or another one"));
    }
    match &postgres {
        PostgresSource::Running => eprintln!("PostgreSQL: the server named by TONGBAO_TEST_POSTGRES"),
        PostgresSource::Programs(folder) => eprintln!("PostgreSQL: {}", folder.display()),
    }
    match &redis {
        RedisSource::Running => eprintln!("Redis: the server named by TONGBAO_TEST_REDIS"),
        RedisSource::Program(program) => eprintln!("Redis: {}", program.display()),
    }
    eprintln!("Chromium: {}", chromium.display());
    eprintln!("chromedriver: {}", chromedriver.display());
    eprintln!("oathtool: {}", oathtool.display());
    eprintln!("strace: {}", strace.display());
    eprintln!("axe-core: {}", axe.display());
    eprintln!("schemathesis: {}", schemathesis.display());
    Ok(Tools { postgres, redis, chromium, chromedriver, oathtool, strace, axe, schemathesis })
}

/// Debian's names of the packages whose contents were not found.
fn missing_packages() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if find_postgres().is_none() {
        packages.push("postgresql");
    }
    if find_redis().is_none() {
        packages.push("redis-server");
    }
    if find_chromium().is_none() {
        packages.push("chromium");
    }
    if find_chromedriver().is_none() {
        packages.push("chromium-driver");
    }
    if find_oathtool().is_none() {
        packages.push("oathtool");
    }
    if find_strace().is_none() {
        packages.push("strace");
    }
    if !has_chinese_font() {
        packages.push("fonts-noto-cjk");
    }
    packages.extend(fetched::missing_packages());
    packages
}

fn not_found(what: &str) -> Failure {
    Failure::new(format!(
        "{what} was not found.\n\
         On Debian or a relative of it, as root or with sudo, `cargo xtask test` installs what is missing.\n\
         Elsewhere install PostgreSQL, Redis (or Valkey), Chromium (or Chrome), its chromedriver, a font with Chinese characters,\n\
         oathtool, strace, curl, and Python 3 with venv yourself, and where they are not on the PATH point at them:\n\
         TONGBAO_TEST_POSTGRES=postgres://user:password@localhost/postgres   a server that tests may use\n\
         TONGBAO_TEST_REDIS=redis://:password@localhost:6379   a server that tests may use\n\
         TONGBAO_CHROMIUM=path of the browser\n\
         TONGBAO_CHROMEDRIVER=path of the driver of the same version\n\
         TONGBAO_OATHTOOL=path of the program oathtool\n\
         TONGBAO_STRACE=path of the program strace\n\
         TONGBAO_AXE=path of axe.min.js of axe-core\n\
         TONGBAO_SCHEMATHESIS=path of the program schemathesis"
    ))
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let Some(apt_get) = on_path("apt-get") else {
        return Err(not_found(&packages.join(", ")));
    };
    let as_root = is_root();
    let sudo = on_path("sudo");
    if !as_root && sudo.is_none() {
        return Err(not_found(&packages.join(", ")));
    }
    eprintln!("Missing: {}. Installing with apt-get; this happens once a machine.", packages.join(", "));
    let apt = |args: &[&str]| {
        let mut command = match (&sudo, as_root) {
            (Some(sudo), false) => {
                let mut command = Command::new(sudo);
                // Where nobody can type a password, sudo must fail instead of waiting.
                if std::env::var_os("CI").is_some() {
                    command.arg("-n");
                }
                command.arg("DEBIAN_FRONTEND=noninteractive").arg(&apt_get);
                command
            }
            _ => Command::new(&apt_get),
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        if std::env::var_os("CI").is_some() {
            command.stdin(Stdio::null());
        }
        run::run(command)
    };
    apt(&["update", "-q"])?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    apt(&args)
}

fn find_postgres() -> Option<PostgresSource> {
    if from_environment("TONGBAO_TEST_POSTGRES").is_some() {
        return Some(PostgresSource::Running);
    }
    find_postgres_programs().map(PostgresSource::Programs)
}

/// The folder with the programs of PostgreSQL, whatever server the tests use; installs them where they are missing.
pub(crate) fn postgres_programs() -> Result<PathBuf, Failure> {
    if find_postgres_programs().is_none() {
        install(&["postgresql"])?;
    }
    find_postgres_programs().ok_or_else(|| not_found("PostgreSQL's server"))
}

fn find_postgres_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(
        on_path("initdb").and_then(|initdb| initdb.canonicalize().ok()).and_then(|p| p.parent().map(Path::to_owned)),
    );
    // Debian keeps one folder a version off the PATH, Red Hat another, Homebrew a third; the highest version wins.
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
    ] {
        let mut versions: Vec<(u32, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(rest) = name.strip_prefix(prefix) {
                let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
                versions.push((digits.parse().unwrap_or(0), entry.path().join(below)));
            }
        }
        versions.sort();
        folders.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    }
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn find_redis() -> Option<RedisSource> {
    if from_environment("TONGBAO_TEST_REDIS").is_some() {
        return Some(RedisSource::Running);
    }
    ["redis-server", "valkey-server"].into_iter().find_map(on_path).map(RedisSource::Program)
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(path) = from_environment("TONGBAO_CHROMIUM") {
        return Some(path.into());
    }
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
        .into_iter()
        .find_map(on_path)
        .or_else(|| existing("/Applications/Chromium.app/Contents/MacOS/Chromium"))
        .or_else(|| existing("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"))
}

fn find_chromedriver() -> Option<PathBuf> {
    if let Some(path) = from_environment("TONGBAO_CHROMEDRIVER") {
        return Some(path.into());
    }
    on_path("chromedriver")
        .or_else(|| existing("/usr/lib/chromium/chromedriver"))
        .or_else(|| existing("/usr/lib/chromium-browser/chromedriver"))
}

fn find_oathtool() -> Option<PathBuf> {
    from_environment("TONGBAO_OATHTOOL").map(PathBuf::from).or_else(|| on_path("oathtool"))
}

fn find_strace() -> Option<PathBuf> {
    from_environment("TONGBAO_STRACE").map(PathBuf::from).or_else(|| on_path("strace"))
}

fn has_chinese_font() -> bool {
    if cfg!(target_os = "macos") {
        return true;
    }
    if let Some(list) = run::output_of("fc-list", &[":lang=zh-cn", "family"]) {
        return !list.trim().is_empty();
    }
    // Without fontconfig's own tool: a font file whose name tells.
    let mut folders = vec![PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")];
    if let Some(home) = std::env::var_os("HOME") {
        folders.push(PathBuf::from(&home).join(".fonts"));
        folders.push(PathBuf::from(&home).join(".local/share/fonts"));
    }
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if ["cjk", "sourcehan", "wqy", "hans"].iter().any(|word| name.contains(word)) {
                return true;
            }
        }
    }
    false
}

/// Whether this process is root, without asking the C library: the owner of its own entry under /proc, or `id`.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    match std::fs::metadata("/proc/self") {
        Ok(own) => own.uid() == 0,
        Err(_) => run::output_of("id", &["-u"]).is_some_and(|uid| uid.trim() == "0"),
    }
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn existing(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(path);
    path.is_file().then_some(path)
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Debian keeps a few administration programs where only root's PATH looks.
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
