//! The level in Redis.

use crate::Inner;
use futures_util::StreamExt;
use kit::{Fault, FaultContext, Random};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Msg, RedisResult};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long a value lies in Redis.
pub const LIVES_SHARED: Duration = Duration::from_secs(60);
/// How long Redis is waited for.
pub const PATIENCE: Duration = Duration::from_millis(100);
/// How long a version lies in Redis: longer than any value that was read before it was set, so that none revives.
const VERSION_LIVES: Duration = Duration::from_secs(600);
/// Between two tries to reach Redis.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked whether Redis and the way to it are there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Where nodes tell each other what has changed.
const CHANNEL: &str = "tongbao:cache:1";

/// The state of a key that was never changed, or not for long.
const NO_VERSION: &[u8] = b"";

pub(crate) struct Shared {
    client: Client,
    /// Values are sealed under it.
    seal_key: [u8; 32],
    random: Random,
    /// Whose messages are our own.
    node: u128,
    state: Mutex<State>,
    /// Wakes who waits until Redis was told.
    told: Notify,
    wishes: UnboundedSender<u128>,
    wished: Mutex<Option<UnboundedReceiver<u128>>>,
}

#[derive(Default)]
struct State {
    /// None: Redis is away, and nobody asks it.
    connection: Option<MultiplexedConnection>,
    /// Counts changes, so that telling an older one does not pass for telling a newer one.
    changes: u64,
    /// Names that Redis has not been told about yet, with their last change.
    untold: HashMap<u128, u64>,
}

impl Shared {
    pub(crate) fn open(url: &str, seal_key: [u8; 32], random: &Random) -> Result<Self, Fault> {
        // The address may hold a password, so that it is not in the fault.
        let client = Client::open(url).fault("the address of the cache is none that Redis has")?;
        let (wishes, wished) = unbounded_channel();
        let (random, node) = (random.clone(), random.u128());
        let wished = Mutex::new(Some(wished));
        Ok(Self { client, seal_key, random, node, state: Mutex::default(), told: Notify::new(), wishes, wished })
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state().connection.is_some()
    }

    /// The version of a key with the value of that version; nothing where Redis is not to be asked.
    pub(crate) async fn get(&self, name: u128) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let mut connection = {
            let state = self.state();
            if state.untold.contains_key(&name) {
                return None;
            }
            state.connection.clone()?
        };
        let mut ask = redis::cmd("MGET");
        ask.arg(version_key(name)).arg(value_key(name));
        let asked: (Option<Vec<u8>>, Option<Vec<u8>>) = self.asked(&ask, &mut connection).await?;
        let version = asked.0.unwrap_or_else(|| NO_VERSION.to_vec());
        // What was not sealed by one of us for this version is not there.
        let value =
            asked.1.and_then(|sealed| credential::seal::unseal(&self.seal_key, &owner(name, &version), &sealed).ok());
        Some((version, value))
    }

    /// Keeps a value under the version that was seen before it was read.
    pub(crate) async fn put(&self, name: u128, version: Vec<u8>, value: &[u8]) {
        let Some(mut connection) = self.state().connection.clone() else { return };
        let Ok(sealed) = credential::seal::seal(&self.seal_key, &self.random, &owner(name, &version), value) else {
            return;
        };
        let mut set = redis::cmd("SET");
        set.arg(value_key(name)).arg(sealed).arg("PX").arg(LIVES_SHARED.as_millis() as u64);
        let _: Option<()> = self.asked(&set, &mut connection).await;
    }

    /// From now on this node does not ask Redis for the key, until Redis has taken another version.
    pub(crate) fn forget(&self, name: u128) {
        let mut state = self.state();
        state.changes += 1;
        let change = state.changes;
        state.untold.insert(name, change);
        drop(state);
        // The keeper lives as long as the cache; after that there is nobody to be told.
        let _ = self.wishes.send(name);
    }

    /// The versions of keys; a key without one is given one. Nothing where Redis is not to be asked.
    ///
    /// That a key has none is no version here: who lost one must not bring back what was read before it was set.
    pub(crate) async fn versions<const N: usize>(&self, names: &[u128; N]) -> Option<[u128; N]> {
        let mut connection = {
            let state = self.state();
            if names.iter().any(|name| state.untold.contains_key(name)) {
                return None;
            }
            state.connection.clone()?
        };
        let mut ask = redis::cmd("MGET");
        names.iter().for_each(|name| {
            ask.arg(version_key(*name));
        });
        let found: Vec<Option<Vec<u8>>> = self.asked(&ask, &mut connection).await?;
        if let Some(versions) = version_numbers(&found) {
            return Some(versions);
        }
        for (name, _) in names.iter().zip(&found).filter(|(_, version)| version.is_none()) {
            let mut set = redis::cmd("SET");
            set.arg(version_key(*name)).arg(&self.random.bytes::<16>()[..]).arg("NX");
            set.arg("PX").arg(VERSION_LIVES.as_millis() as u64);
            let _: Option<String> = self.asked(&set, &mut connection).await?;
        }
        version_numbers::<N>(&self.asked::<Vec<Option<Vec<u8>>>>(&ask, &mut connection).await?)
    }

    /// Waits until Redis has taken every other version of a key that it was to be told.
    pub(crate) async fn told(&self, name: u128) {
        loop {
            let mut told = std::pin::pin!(self.told.notified());
            told.as_mut().enable();
            if !self.state().untold.contains_key(&name) {
                return;
            }
            told.await;
        }
    }

    /// An answer, or nothing when it takes too long or fails; the keeper then finds out what is wrong.
    async fn asked<T: redis::FromRedisValue>(&self, ask: &Cmd, connection: &mut MultiplexedConnection) -> Option<T> {
        match tokio::time::timeout(PATIENCE, ask.query_async(connection)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(_)) | Err(_) => {
                self.state().connection = None;
                None
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the task that keeps connected, listens and tells, as long as the cache is there.
    pub(crate) fn start(self: &Arc<Self>, cache: Weak<Inner>) {
        let wished = self.wished.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(wished) = wished {
            kit::spawn("shared-cache", Keeper { shared: Arc::downgrade(self), cache, wished, is_missed: false }.run());
        }
    }
}

struct Keeper {
    shared: Weak<Shared>,
    cache: Weak<Inner>,
    wished: UnboundedReceiver<u128>,
    /// Whether the log says that Redis is away.
    is_missed: bool,
}

/// Why a connection was given up.
enum End {
    /// The cache is gone.
    Over,
    /// Redis is away.
    Away(String),
}

impl Keeper {
    async fn run(mut self) {
        loop {
            match self.connected().await {
                End::Over => return,
                End::Away(why) => {
                    if !std::mem::replace(&mut self.is_missed, true) {
                        tracing::warn!(why, "the shared cache is away; everything is read from SQL until it is back");
                    }
                }
            }
            let Some(shared) = self.shared.upgrade() else { return };
            shared.state().connection = None;
            drop(shared);
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    /// From reaching Redis to losing it.
    async fn connected(&mut self) -> End {
        let Some(shared) = self.shared.upgrade() else { return End::Over };
        match self.serve(&shared).await {
            Ok(()) => End::Over,
            Err(error) => End::Away(error.to_string()),
        }
    }

    async fn serve(&mut self, shared: &Arc<Shared>) -> Result<(), redis::RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(CONNECT_WITHIN));
        let mut connection = shared.client.get_multiplexed_async_connection_with_config(&config).await?;
        let listening = async {
            let mut listener = shared.client.get_async_pubsub().await?;
            listener.subscribe(CHANNEL).await?;
            Ok::<_, redis::RedisError>(listener)
        };
        let mut messages = within(listening).await?.into_on_message();
        // Whatever was told before we listened was missed.
        let Some(cache) = self.cache.upgrade() else { return Ok(()) };
        cache.forget_all_here();
        drop(cache);
        // Every wish that waits is among what is untold.
        while self.wished.try_recv().is_ok() {}
        let untold: Vec<u128> = shared.state().untold.keys().copied().collect();
        for name in untold {
            tell(shared, &mut connection, name).await?;
        }
        shared.state().connection = Some(connection.clone());
        if std::mem::take(&mut self.is_missed) {
            tracing::info!("the shared cache is back");
        }
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => match self.cache.upgrade() {
                        Some(cache) => heard(&cache, shared, &message),
                        None => return Ok(()),
                    },
                    None => return Err(lost("the connection that listens has ended")),
                },
                name = self.wished.recv() => {
                    let Some(name) = name else { return Ok(()) };
                    tell(shared, &mut connection, name).await?;
                },
                _ = look.tick() => {
                    if self.cache.strong_count() == 0 {
                        return Ok(());
                    }
                    within(redis::cmd("PING").query_async::<()>(&mut connection)).await?;
                    if shared.state().connection.is_none() {
                        return Err(lost("an answer took too long"));
                    }
                },
            }
        }
    }
}

/// Sets another version of a key, and tells the others. A key that changes again meanwhile stays untold.
async fn tell(shared: &Shared, connection: &mut MultiplexedConnection, name: u128) -> RedisResult<()> {
    let before = shared.state().changes;
    let (version, message) = (shared.random.bytes::<16>(), [shared.node.to_be_bytes(), name.to_be_bytes()].concat());
    let mut both = redis::pipe();
    both.cmd("SET").arg(version_key(name)).arg(&version[..]).arg("PX").arg(VERSION_LIVES.as_millis() as u64).ignore();
    both.cmd("PUBLISH").arg(CHANNEL).arg(message).ignore();
    within(both.query_async::<()>(connection)).await?;
    let mut state = shared.state();
    if state.untold.get(&name).is_some_and(|change| *change <= before) {
        state.untold.remove(&name);
    }
    drop(state);
    shared.told.notify_waiters();
    Ok(())
}

fn heard(cache: &Inner, shared: &Shared, message: &Msg) {
    let bytes = message.get_payload_bytes();
    let Some((node, name)) = bytes.split_at_checked(16) else { return };
    let (Ok(node), Ok(name)) = (node.try_into(), name.try_into()) else { return };
    if u128::from_be_bytes(node) != shared.node {
        cache.forget_here(u128::from_be_bytes(name));
    }
}

async fn within<T>(asking: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match tokio::time::timeout(CONNECT_WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(lost("no answer in time")),
    }
}

fn lost(why: &'static str) -> redis::RedisError {
    redis::RedisError::from((redis::ErrorKind::Io, why))
}

/// All versions as numbers; nothing if one is missing or none of ours.
fn version_numbers<const N: usize>(found: &[Option<Vec<u8>>]) -> Option<[u128; N]> {
    let numbers: Option<Vec<u128>> =
        found.iter().map(|version| version.as_deref()?.try_into().ok().map(u128::from_be_bytes)).collect();
    numbers?.try_into().ok()
}

fn version_key(name: u128) -> String {
    format!("tongbao:cache:1:version:{name:032x}")
}

fn value_key(name: u128) -> String {
    format!("tongbao:cache:1:value:{name:032x}")
}

/// What a sealed value is bound to.
fn owner(name: u128, version: &[u8]) -> Vec<u8> {
    [&name.to_be_bytes()[..], version].concat()
}
