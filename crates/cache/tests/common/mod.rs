//! Redis of the tests, ways to it that can be cut, and what stands for SQL.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use cache::Cache;
use kit::Random;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What stands for a row of SQL.
#[derive(Default)]
pub(crate) struct Source(AtomicU64);

impl Source {
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::SeqCst);
    }

    pub(crate) async fn read(&self) -> Result<Option<u64>, Infallible> {
        Ok(Some(self.0.load(Ordering::SeqCst)).filter(|value| *value > 0))
    }
}

pub(crate) fn run(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body);
}

pub(crate) fn redis_url() -> String {
    std::env::var("TONGBAO_TEST_REDIS").expect("TONGBAO_TEST_REDIS: `cargo xtask test` starts a server and sets it")
}

/// A node that reaches Redis at this address.
pub(crate) async fn node(url: &str, key: &[u8; 32]) -> Cache {
    let cache = Cache::shared(url, key, &Random::system()).unwrap();
    until("Redis is reached", async || cache.is_shared() == Some(true)).await;
    cache
}

pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

pub(crate) async fn raw() -> redis::aio::MultiplexedConnection {
    redis::Client::open(redis_url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// A way to Redis that can be cut and opened.
pub(crate) struct Way {
    pub(crate) url: String,
    is_open: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Way {
    pub(crate) async fn to_redis() -> Self {
        let real = redis_url();
        let (head, place) = real.rsplit_once('@').unwrap_or(("redis:/", real.trim_start_matches("redis://")));
        let target = place.split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let url = if real.contains('@') { format!("{head}@{own}") } else { format!("redis://{own}") };
        let (is_open, cut) = (Arc::new(AtomicBool::new(true)), Arc::new(Notify::new()));
        let (door, knife) = (Arc::clone(&is_open), Arc::clone(&cut));
        kit::spawn("way", async move {
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                if !door.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, knife) = (target.clone(), Arc::clone(&knife));
                kit::spawn("connection", async move {
                    let mut to = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
                        () = knife.notified() => {}
                    }
                });
            }
        });
        Self { url, is_open, cut }
    }

    pub(crate) fn close(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    pub(crate) fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}
