//! The configuration of `tongbao serve`: a TOML file, then the environment over it.

use crate::bank::{Cards, Citizens, Clearing, ClearingTerms, Phones};
use crate::trouble::Trouble;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use payments::{Channel, Factor, Policy, RateTable};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that can be configured. `docs/tongbao.sample.toml` explains each value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where people reach the bank.
    pub listen: Listen,
    /// Folder of journal, snapshots and index, and of the embedded database.
    pub data: PathBuf,
    /// The SQL database.
    pub database: Database,
    /// The institution.
    pub bank: BankConfig,
    /// Customers' accounts.
    pub accounts: AccountsConfig,
    /// Texts to people's phones.
    pub texts: TextsConfig,
    /// The registry of citizens.
    pub registry: RegistryConfig,
    /// The clearing house.
    pub clearing: ClearingConfig,
    /// How people prove who they are.
    pub passport: PassportConfig,
    /// How payments are confirmed.
    pub payments: PaymentsConfig,
    /// The counter.
    pub counter: CounterConfig,
    /// The bank's own people.
    pub staff: StaffConfig,
    /// The cards that the bank issues.
    pub cards: CardsConfig,
    /// What is remembered of SQL.
    pub cache: CacheConfig,
    /// The ledger of accounts.
    pub ledger: LedgerConfig,
    /// The general ledger.
    pub books: BooksConfig,
    /// For those who run it.
    pub operations: Operations,
    /// Logs.
    pub log: Log,
}

/// Where people reach the bank, and what one of them may take of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// `localhost:PORT` or an address.
    pub address: String,
    /// Certificate and key, if the bank itself speaks TLS.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy in front of it speaks TLS with the browser: cookies are `__Host-` then, and HSTS is sent.
    pub behind_tls: bool,
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// Connections at once.
    pub connections: usize,
    /// Of these from one address; the loopback and trusted proxies are not counted.
    pub connections_per_address: usize,
    /// How often somebody may ask.
    pub rates: RatesConfig,
}

impl Listen {
    /// Whether people reach the bank over TLS, here or at a proxy.
    pub fn is_secure(&self) -> bool {
        self.behind_tls || self.tls.is_some()
    }
}

/// PEM files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// The private key that belongs to it.
    pub key: PathBuf,
}

/// How often somebody may ask, each as so many at once and so many a second after that. The loopback is not counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RatesConfig {
    /// Requests of one address.
    pub requests: RateConfig,
    /// Requests of one address that change something.
    pub changes: RateConfig,
    /// Requests of one session that change something.
    pub session_changes: RateConfig,
}

/// A bucket of tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    /// Requests at once.
    pub burst: u32,
    /// Requests a second after that.
    pub per_second: u32,
}

impl RatesConfig {
    pub(crate) fn rates(&self) -> web::Rates {
        let rate = |config: &RateConfig| web::Rate::new(config.burst, config.per_second);
        web::Rates {
            requests: rate(&self.requests),
            changes: rate(&self.changes),
            session_changes: rate(&self.session_changes),
        }
    }
}

/// Customers' accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountsConfig {
    /// Days without a movement after which an account goes dormant; 0 is never.
    pub dormant_after_days: u32,
}

/// The SQL database.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://…` or `sqlite:PATH`; nothing is `tongbao.sqlite` in the data folder.
    pub url: Option<String>,
}

/// The institution.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BankConfig {
    /// Its number, 1 to 65535.
    pub institution: u16,
    /// IANA name of its time zone, which cuts its bank days.
    pub zone: String,
}

/// Texts to people's phones.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextsConfig {
    /// Where the provider of texts takes them, `http://host:port/path`. Without it what needs a text is refused.
    pub url: Option<String>,
    /// The key that it expects.
    pub api_key: String,
}

/// Without the key.
impl std::fmt::Debug for TextsConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TextsConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

impl TextsConfig {
    pub(crate) fn phones(&self) -> Phones {
        match &self.url {
            None => Phones::None,
            Some(url) => Phones::Provider { url: url.clone(), api_key: self.api_key.clone() },
        }
    }
}

/// How people prove who they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PassportConfig {
    /// Where people's browsers reach the bank, `https://host` or `http://localhost:port`. Without it the address that is
    /// listened on is taken, if it is a name.
    pub origin: Option<String>,
    /// A file of breached passwords in the layout of the Pwned Passwords list, for customers and staff.
    pub breached_passwords: Option<PathBuf>,
    /// How many hours texts prove nothing after a text alone reset a password.
    pub texts_rest_h: u32,
}

impl PassportConfig {
    /// For how long texts prove nothing after a text alone reset a password, in milliseconds.
    pub fn texts_rest_ms(&self) -> i64 {
        i64::from(self.texts_rest_h) * 3_600_000
    }
}

impl Default for PassportConfig {
    fn default() -> Self {
        Self { origin: None, breached_passwords: None, texts_rest_h: 24 }
    }
}

/// How payments are confirmed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentsConfig {
    /// What at least confirms a payment that a program asks for.
    pub api_factor: ApiFactor,
    /// How many hours a limit that a customer raised for themselves waits before it holds.
    pub raise_wait_h: u32,
}

impl Default for PaymentsConfig {
    fn default() -> Self {
        Self { api_factor: ApiFactor::default(), raise_wait_h: 24 }
    }
}

/// What at least confirms a payment that a program asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFactor {
    /// A code by text, like on the pages.
    #[default]
    SmsCode,
    /// The session that a password opened, and nothing more: weaker.
    Password,
}

impl PaymentsConfig {
    /// What the environment alone says, for a start without a configuration: `TONGBAO_PAYMENTS__API_FACTOR`.
    pub fn of_environment() -> Result<Self, Trouble> {
        match std::env::var("TONGBAO_PAYMENTS__API_FACTOR").as_deref() {
            Err(_) | Ok("sms_code") => Ok(Self { api_factor: ApiFactor::SmsCode, ..Self::default() }),
            Ok("password") => Ok(Self { api_factor: ApiFactor::Password, ..Self::default() }),
            Ok(other) => Err(Trouble::new(format!("TONGBAO_PAYMENTS__API_FACTOR is {other:?}."))
                .remedy("It takes sms_code or password.")),
        }
    }

    pub(crate) fn policy(self) -> Policy {
        let policy = match self.api_factor {
            ApiFactor::SmsCode => Policy::default(),
            ApiFactor::Password => Policy::default().with_factor(Channel::Api, Factor::Password),
        };
        let raise_wait_ms = i64::from(self.raise_wait_h) * 3_600_000;
        Policy { raise_wait_ms, ..policy }
    }
}

/// The registry of citizens.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistryConfig {
    /// Where it is asked, `http://host:port/path`. Without it names are proven at the counter alone.
    pub url: Option<String>,
    /// The key that it expects.
    pub api_key: String,
}

/// Without the key.
impl std::fmt::Debug for RegistryConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RegistryConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

impl RegistryConfig {
    pub(crate) fn citizens(&self) -> Citizens {
        match &self.url {
            None => Citizens::None,
            Some(url) => Citizens::Registry { url: url.clone(), api_key: self.api_key.clone() },
        }
    }
}

/// The clearing house.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClearingConfig {
    /// Where it is, `http://host:port`. Without it money stays within the bank.
    pub url: Option<String>,
    /// The key that it expects.
    pub api_key: String,
    /// Our number there.
    pub code: String,
    /// The most that a real-time payment may be, in whole yuan, inclusive.
    pub real_time_max_yuan: u32,
    /// Local times of its settlement windows, such as `10:00`.
    pub windows: Vec<String>,
    /// How many seconds an answer may take before it is asked about.
    pub answer_within_s: u32,
    /// How far our position there may fall below zero, in whole yuan.
    pub net_debit_cap_yuan: u32,
}

/// Without the key.
impl std::fmt::Debug for ClearingConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ClearingConfig")
            .field("url", &self.url)
            .field("code", &self.code)
            .field("real_time_max_yuan", &self.real_time_max_yuan)
            .field("windows", &self.windows)
            .field("answer_within_s", &self.answer_within_s)
            .field("net_debit_cap_yuan", &self.net_debit_cap_yuan)
            .finish_non_exhaustive()
    }
}

impl Default for ClearingConfig {
    fn default() -> Self {
        let windows = ["10:00", "12:00", "15:00", "17:30"];
        Self {
            url: None,
            api_key: String::new(),
            code: "990290010001".to_owned(),
            real_time_max_yuan: 1_000_000,
            windows: windows.map(str::to_owned).to_vec(),
            answer_within_s: 10,
            net_debit_cap_yuan: 50_000_000,
        }
    }
}

impl ClearingConfig {
    /// What the environment alone says, for a start without a configuration: `TONGBAO_CLEARING__URL`, `_API_KEY` and
    /// `_ANSWER_WITHIN_S`.
    pub fn of_environment() -> Result<Self, Trouble> {
        let said =
            |name: &str| std::env::var(format!("TONGBAO_CLEARING__{name}")).ok().filter(|value| !value.is_empty());
        let defaults = Self::default();
        let answer_within_s = match said("ANSWER_WITHIN_S") {
            None => defaults.answer_within_s,
            Some(seconds) => seconds.parse().map_err(|_| {
                Trouble::new(format!("TONGBAO_CLEARING__ANSWER_WITHIN_S is {seconds:?}."))
                    .remedy("It takes whole seconds.")
            })?,
        };
        Ok(Self { url: said("URL"), api_key: said("API_KEY").unwrap_or_default(), answer_within_s, ..defaults })
    }

    pub(crate) fn clearing(&self) -> Clearing {
        match &self.url {
            None => Clearing::None,
            Some(url) => Clearing::Network { url: url.clone(), api_key: self.api_key.clone() },
        }
    }

    pub(crate) fn terms(&self) -> Result<ClearingTerms, Trouble> {
        let wrong = |what: String, remedy: &str| Trouble::new(what).remedy(remedy);
        if self.code.len() != 12 || !self.code.bytes().all(|byte| byte.is_ascii_digit()) {
            let what = format!("[clearing] code is {:?}.", self.code);
            return Err(wrong(what, "It takes the 12 digits that the clearing house gave the bank."));
        }
        if self.answer_within_s == 0 {
            return Err(wrong("[clearing] answer_within_s is 0.".to_owned(), "It takes whole seconds, 1 at least."));
        }
        let minutes: Option<Vec<u16>> = self.windows.iter().map(|time| minute_of_day(time)).collect();
        let windows = minutes.filter(|all| !all.is_empty() && all.is_sorted_by(|one, next| one < next));
        let windows = windows.ok_or_else(|| {
            let what = format!("[clearing] windows is {:?}.", self.windows);
            wrong(what, r#"It takes rising local times, one at least, such as ["10:00", "17:30"]."#)
        })?;
        Ok(ClearingTerms {
            code: self.code.clone(),
            real_time_max_minor: i64::from(self.real_time_max_yuan) * 100,
            windows,
            answer_within: Duration::from_secs(u64::from(self.answer_within_s)),
            net_debit_cap_minor: i64::from(self.net_debit_cap_yuan) * 100,
        })
    }
}

/// Minutes after midnight of `09:30`.
pub(crate) fn minute_of_day(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    let number = |text: &str, below: u16| {
        let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two_digits.then(|| text.parse::<u16>().ok()).flatten().filter(|number| *number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// The cards that the bank issues.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CardsConfig {
    /// With what their numbers begin: 6 to 9 digits, as the card network gave them.
    pub prefix: String,
    /// The key by which the card network is let in, 16 characters at least; without one the door is shut.
    pub network_key: String,
    /// A file of what other currencies cost; without one they are refused.
    pub rates_file: Option<PathBuf>,
}

/// Without the key.
impl std::fmt::Debug for CardsConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("CardsConfig");
        out.field("prefix", &self.prefix).field("rates_file", &self.rates_file).finish_non_exhaustive()
    }
}

impl Default for CardsConfig {
    fn default() -> Self {
        Self { prefix: Cards::default().prefix, network_key: String::new(), rates_file: None }
    }
}

impl CardsConfig {
    pub(crate) fn cards(&self) -> Result<Cards, Trouble> {
        if !(6..=9).contains(&self.prefix.len()) || !self.prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            let what = format!("[cards] prefix is {:?}.", self.prefix);
            return Err(
                Trouble::new(what).remedy("It takes the 6 to 9 digits with which the bank's card numbers begin.")
            );
        }
        if !self.network_key.is_empty() && self.network_key.len() < 16 {
            return Err(Trouble::new("[cards] network_key is short.").remedy("It takes 16 characters at least."));
        }
        let rates = match &self.rates_file {
            None => None,
            Some(path) => {
                let table = std::fs::read_to_string(path).ok().as_deref().and_then(RateTable::parse);
                let wrong = || {
                    Trouble::new(format!("[cards] rates_file {} is no table of rates.", path.display()))
                        .remedy("Its lines are `source TEXT`, `day 2026-11-20` and, for each currency, `USD 708.5300`.")
                };
                Some(table.ok_or_else(wrong)?)
            }
        };
        Ok(Cards { prefix: self.prefix.clone(), network_key: self.network_key.clone(), rates })
    }
}

/// The ledger of accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// Of how many partitions it is made; nothing is as many as there are, or one.
    pub partitions: Option<u16>,
}

impl LedgerConfig {
    pub(crate) fn partitions(&self) -> Result<Option<u16>, Trouble> {
        match self.partitions {
            Some(wanted) if wanted == 0 || wanted > cloud::PARTITIONS_MAX => {
                Err(Trouble::new(format!("[ledger] partitions is {wanted}."))
                    .remedy(format!("It takes 1 to {}.", cloud::PARTITIONS_MAX)))
            }
            wanted => Ok(wanted),
        }
    }
}

/// The general ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BooksConfig {
    /// The length of a slice in minutes, which divides an hour.
    pub slice_minutes: u16,
}

impl Default for BooksConfig {
    fn default() -> Self {
        Self { slice_minutes: accounts::SLICE_MINUTES }
    }
}

impl BooksConfig {
    pub(crate) fn slice_minutes(&self) -> Result<u16, Trouble> {
        if accounts::Slicing::is_length(self.slice_minutes) {
            return Ok(self.slice_minutes);
        }
        Err(Trouble::new(format!("[books] slice_minutes is {}.", self.slice_minutes))
            .remedy("It takes minutes that divide an hour: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60."))
    }
}

/// The counter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CounterConfig {
    /// The most cash in whole yuan that a teller takes in or pays out without a supervisor, inclusive.
    pub cash_limit_yuan: u32,
}

impl Default for CounterConfig {
    fn default() -> Self {
        Self { cash_limit_yuan: 50_000 }
    }
}

impl CounterConfig {
    pub(crate) fn rules(&self) -> branch::Rules {
        branch::Rules { cash_limit_minor: i64::from(self.cash_limit_yuan) * 100 }
    }
}

/// The bank's own people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffConfig {
    /// Whose sign-in needs a token's code beside the password: words of roles. Who has a token is asked for it anyhow.
    pub second_step: Vec<String>,
}

impl Default for StaffConfig {
    fn default() -> Self {
        Self { second_step: staff::Role::ALL.into_iter().map(|role| role.code().to_owned()).collect() }
    }
}

impl StaffConfig {
    pub(crate) fn second_step(&self) -> Result<staff::Roles, Trouble> {
        staff::Roles::parse(&self.second_step.join(",")).map_err(|_| {
            let words: Vec<&str> = staff::Role::ALL.into_iter().map(staff::Role::code).collect();
            Trouble::new("[staff] second_step is not a list of roles.")
                .remedy(format!("Roles are {}.", words.join(", ")))
        })
    }
}

/// What is remembered of SQL.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheConfig {
    /// `redis://…` of the server through which several nodes share it; nothing: one program alone has the database.
    pub redis: Option<String>,
}

/// Without the address, which may hold a password.
impl std::fmt::Debug for CacheConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CacheConfig").field("is_shared", &self.redis.is_some()).finish_non_exhaustive()
    }
}

/// For those who run it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// Where `/healthz`, `/readyz` and `/metrics` are served; not for the public.
    pub listen: String,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `json` or `text`.
    pub format: String,
    /// Level, or a filter such as `info,ledger=debug`.
    pub level: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            data: PathBuf::from("./tongbao-data"),
            database: Database::default(),
            bank: BankConfig::default(),
            accounts: AccountsConfig::default(),
            texts: TextsConfig::default(),
            registry: RegistryConfig::default(),
            clearing: ClearingConfig::default(),
            passport: PassportConfig::default(),
            payments: PaymentsConfig::default(),
            counter: CounterConfig::default(),
            staff: StaffConfig::default(),
            cards: CardsConfig::default(),
            cache: CacheConfig::default(),
            ledger: LedgerConfig::default(),
            books: BooksConfig::default(),
            operations: Operations::default(),
            log: Log::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: "localhost:8080".to_owned(),
            tls: None,
            behind_tls: false,
            trusted_proxies: Vec::new(),
            // A process has 1024 file descriptors unless it was given more; the rest is for files and the database.
            connections: 768,
            connections_per_address: 64,
            rates: RatesConfig::default(),
        }
    }
}

impl Default for RatesConfig {
    fn default() -> Self {
        let web::Rates { requests, changes, session_changes } = web::Rates::default();
        let of = |rate: web::Rate| RateConfig { burst: rate.burst.get(), per_second: rate.per_second.get() };
        Self { requests: of(requests), changes: of(changes), session_changes: of(session_changes) }
    }
}

impl Default for AccountsConfig {
    /// Three years.
    fn default() -> Self {
        Self { dormant_after_days: 1_095 }
    }
}

impl Default for BankConfig {
    fn default() -> Self {
        Self { institution: 1, zone: "Asia/Shanghai".to_owned() }
    }
}

impl Default for Operations {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9464".to_owned() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: "json".to_owned(), level: "info".to_owned() }
    }
}

impl Config {
    /// Reads a file and the environment. `TONGBAO_DATABASE__URL` stands for `url` in `[database]`.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        if !path.exists() {
            return Err(Trouble::new(format!("There is no configuration at {}.", path.display()))
                .remedy("Copy docs/tongbao.sample.toml and name it with --config FILE, or run `tongbao demo`."));
        }
        // Only known names: the environment may hold other variables that start with the same word.
        let environment = Env::prefixed("TONGBAO_").split("__").filter(|name| {
            let top = name.as_str().split(['.', '_']).next().unwrap_or_default();
            [
                "listen",
                "data",
                "database",
                "bank",
                "accounts",
                "books",
                "texts",
                "registry",
                "clearing",
                "passport",
                "payments",
                "counter",
                "staff",
                "operations",
                "log",
            ]
            .contains(&top)
                && name != "data"
        });
        Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file(path))
            .merge(environment)
            .extract()
            .map_err(|error| Trouble::new(format!("The configuration {} is not right: {error}.", path.display())))
    }

    /// Where people's browsers reach the bank, as far as it is known: `[passport] origin`, or the name that is listened on.
    pub fn origin(&self) -> Option<String> {
        let named = self.passport.origin.clone().filter(|origin| !origin.is_empty());
        named.or_else(|| {
            let (host, port) = self.listen.address.rsplit_once(':')?;
            let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic()) && !host.starts_with('[');
            let scheme = if self.listen.tls.is_some() { "https" } else { "http" };
            is_name.then(|| format!("{scheme}://{host}:{port}"))
        })
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| sqlite_url(&self.data))
    }
}

/// The embedded database of a data folder.
pub(crate) fn sqlite_url(data: &Path) -> String {
    format!("sqlite:{}", data.join("tongbao.sqlite").display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_configuration_is_the_defaults() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tongbao.sample.toml");
        let sample: Config = Figment::from(Toml::file(path)).extract().unwrap();
        let defaults = Config::default();
        assert_eq!(format!("{sample:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn the_origin_is_what_is_configured_or_the_name_that_is_listened_on() {
        for (address, origin, expected) in [
            ("localhost:8080", None, Some("http://localhost:8080")),
            ("bank.example:443", None, Some("http://bank.example:443")),
            ("10.0.0.5:8443", None, None),
            ("[::1]:8443", None, None),
            ("[::ffff:10.0.0.5]:8443", None, None),
            ("10.0.0.5:8443", Some("https://bank.example"), Some("https://bank.example")),
        ] {
            let mut config = Config::default();
            config.listen.address = address.to_owned();
            config.passport.origin = origin.map(str::to_owned);
            assert_eq!(config.origin().as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn the_length_of_a_slice_divides_an_hour() {
        for (minutes, is_right) in [(0, false), (1, true), (5, true), (7, false), (60, true), (120, false)] {
            assert_eq!(BooksConfig { slice_minutes: minutes }.slice_minutes().is_ok(), is_right, "{minutes}");
        }
    }

    #[test]
    fn the_terms_of_clearing_are_checked_when_they_are_read() {
        assert_eq!(ClearingConfig::default().terms().expect("the defaults"), ClearingTerms::default());
        let with = |change: fn(&mut ClearingConfig)| {
            let mut config = ClearingConfig::default();
            change(&mut config);
            config.terms()
        };
        assert!(with(|config| config.code = "99029001".to_owned()).is_err());
        assert!(with(|config| config.answer_within_s = 0).is_err());
        assert!(with(|config| config.windows.clear()).is_err());
        for wrong in ["24:00", "9:30", "12:60", "noon", "12:00:00", "+1:00"] {
            let config = ClearingConfig { windows: vec![wrong.to_owned()], ..ClearingConfig::default() };
            assert!(config.terms().is_err(), "{wrong}");
        }
        assert!(with(|config| config.windows.swap(0, 1)).is_err(), "they rise");
    }
}
