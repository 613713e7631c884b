//! What decides: nobody who asks after a change was answered is told what was before, whatever is away.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use cache::{Cache, LIVES_STRICT, LIVES_STRICT_SHARED, ShelfCounts, StrictShelf};
use common::{Source, Way, node, raw, redis_url, run, until};
use kit::Random;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};

type Strict = StrictShelf<u64, 2>;

const KEY: [u8; 32] = [7; 32];

fn on(_: &u64) -> [String; 2] {
    ["person/1".to_owned(), "customer/2".to_owned()]
}

async fn get(shelf: &Strict, source: &Source) -> Option<u64> {
    shelf.get_or_load(&KEY, |_| true, on, source.read()).await.unwrap()
}

/// Asks until a value is kept and believed.
async fn warm(shelf: &Strict, cache: &Cache, source: &Source) {
    let believed = || cache.counts().iter().map(|(_, counts)| counts.here + counts.shared).sum::<u64>();
    let before = believed();
    until("a value is believed", async || {
        get(shelf, source).await;
        believed() > before
    })
    .await;
}

#[test]
fn a_value_is_believed_until_something_about_one_of_its_subjects_changes() {
    run(async {
        let cache = Cache::local();
        let (shelf, source): (Strict, _) = (cache.strict("test", 10), Source::default());
        assert_eq!(get(&shelf, &source).await, None);
        source.set(1);
        assert_eq!(get(&shelf, &source).await, Some(1), "that there was none is not remembered");
        // The second reader knows on what the value stands and keeps it, the third believes it.
        for (value, seen) in [(2, 2), (3, 2)] {
            source.set(value);
            assert_eq!(get(&shelf, &source).await, Some(seen));
        }
        shelf.change("person/9").await;
        assert_eq!(get(&shelf, &source).await, Some(2), "of somebody else");
        for (subject, value) in [("person/1", 4), ("customer/2", 5), ("person/1", 6)] {
            source.set(value);
            shelf.change(subject).await;
            source.set(value + 10);
            assert_eq!(get(&shelf, &source).await, Some(value + 10), "{subject}: read");
            source.set(value + 20);
            assert_eq!(get(&shelf, &source).await, Some(value + 10), "{subject}: kept");
        }
        let refused = shelf.get_or_load(&KEY, |kept| *kept != 16, on, source.read()).await.unwrap();
        assert_eq!(refused, Some(26), "what does not hold is read again");
        source.set(0);
        shelf.change("person/1").await;
        assert_eq!(get(&shelf, &source).await, None);
        assert_eq!(cache.counts(), [("test", ShelfCounts { here: 5, shared: 0, loaded: 8, forgotten: 5 })]);

        source.set(30);
        shelf.expect(&KEY, on(&0));
        assert_eq!(get(&shelf, &source).await, Some(30));
        source.set(31);
        assert_eq!(get(&shelf, &source).await, Some(30), "already the first reader kept it");
        // Nobody told of the change: a hand in SQL.
        tokio::time::sleep(LIVES_STRICT).await;
        assert_eq!(get(&shelf, &source).await, Some(31));
    });
}

/// A reader that has read the old value and is held up before it hands it over.
async fn held_up(shelf: &Strict, source: &Arc<Source>) -> (oneshot::Sender<()>, impl Future<Output = u64> + use<>) {
    let ((go, gone), has_read) = (oneshot::channel(), Arc::new(Notify::new()));
    let (shelf, source, reading) = (shelf.clone(), Arc::clone(source), Arc::clone(&has_read));
    let reader = kit::spawn("slow reader", async move {
        let load = async {
            let read = source.read().await;
            reading.notify_one();
            gone.await.unwrap();
            read
        };
        shelf.get_or_load(&KEY, |_| false, on, load).await.unwrap().unwrap()
    });
    has_read.notified().await;
    (go, async { reader.await.unwrap().unwrap() })
}

#[test]
fn what_a_slow_reader_keeps_is_not_believed() {
    run(async {
        let (url, key) = (redis_url(), Random::system().bytes());
        let (one, other) = (node(&url, &key).await, node(&url, &key).await);
        for (writer, reader) in [(&one, &other), (&one, &one)] {
            let (ours, theirs): (Strict, Strict) = (writer.strict("test", 10), reader.strict("test", 10));
            let source = Arc::new(Source::default());
            source.set(1);
            warm(&theirs, reader, &source).await;
            let (go, slow) = held_up(&theirs, &source).await;
            source.set(2);
            ours.change("person/1").await;
            go.send(()).unwrap();
            assert_eq!(slow.await, 1, "whoever asked before the change may see what was before");
            assert_eq!(get(&theirs, &source).await, Some(2));
        }
        let local = Cache::local();
        let (shelf, source): (Strict, _) = (local.strict("test", 10), Arc::new(Source::default()));
        source.set(1);
        warm(&shelf, &local, &source).await;
        let (go, slow) = held_up(&shelf, &source).await;
        source.set(2);
        shelf.change("customer/2").await;
        go.send(()).unwrap();
        assert_eq!(slow.await, 1);
        assert_eq!(get(&shelf, &source).await, Some(2));
    });
}

/// Many readers and a writer, each at a node: none reads what is older than the last answer.
async fn race(writer: &Strict, readers: &[Strict], rounds: u64) {
    let (source, told) = (Arc::new(Source::default()), Arc::new(AtomicU64::new(0)));
    let is_over = Arc::new(AtomicBool::new(false));
    source.set(1);
    let readers: Vec<_> = readers
        .iter()
        .map(|shelf| {
            let (shelf, source, told) = (shelf.clone(), Arc::clone(&source), Arc::clone(&told));
            let is_over = Arc::clone(&is_over);
            kit::spawn("reader", async move {
                while !is_over.load(Ordering::SeqCst) {
                    let least = told.load(Ordering::SeqCst);
                    let load = async {
                        let read = source.read().await;
                        tokio::task::yield_now().await;
                        read
                    };
                    let seen = shelf.get_or_load(&KEY, |_| true, on, load).await.unwrap().unwrap();
                    assert!(seen >= least, "{seen} was seen after {least} was answered");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for value in 2..rounds {
        source.set(value);
        writer.change(if value % 2 == 0 { "person/1" } else { "customer/2" }).await;
        told.store(value, Ordering::SeqCst);
        if value % 4 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    is_over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap().expect("a reader saw an old value");
    }
}

#[test]
fn nobody_reads_what_is_older_than_the_last_answer() {
    run(async {
        let cache = Cache::local();
        let shelf: Strict = cache.strict("test", 10);
        race(&shelf, &[shelf.clone(), shelf.clone(), shelf.clone(), shelf.clone()], 5_000).await;
        assert!(cache.counts()[0].1.here > 100, "{:?}", cache.counts());

        let (url, key) = (redis_url(), Random::system().bytes());
        let (one, other) = (node(&url, &key).await, node(&url, &key).await);
        let (ours, theirs): (Strict, Strict) = (one.strict("test", 10), other.strict("test", 10));
        race(&ours, &[ours.clone(), theirs.clone(), theirs.clone()], 1_000).await;
        assert!(other.counts()[0].1.shared > 0, "{:?}", other.counts());
    });
}

#[test]
fn who_cannot_say_in_redis_that_something_changed_waits_until_nobody_believes_what_was() {
    run(async {
        let (way, key) = (Way::to_redis().await, Random::system().bytes());
        let (one, other) = (node(&way.url, &key).await, node(&redis_url(), &key).await);
        let (ours, theirs): (Strict, Strict) = (one.strict("test", 10), other.strict("test", 10));
        let source = Source::default();
        for (value, is_noticed) in [(1, false), (3, true)] {
            source.set(value);
            ours.change("person/1").await;
            way.close();
            if is_noticed {
                until("the loss is noticed", async || one.is_shared() == Some(false)).await;
            }
            warm(&theirs, &other, &source).await;
            let began = Instant::now();
            source.set(value + 1);
            let waits = ours.change("person/1");
            assert_eq!(get(&theirs, &source).await, Some(value), "not answered yet: they have not heard");
            waits.await;
            assert_eq!(get(&theirs, &source).await, Some(value + 1));
            assert_eq!(get(&ours, &source).await, Some(value + 1));
            let took = began.elapsed();
            assert!(took >= LIVES_STRICT_SHARED && took < LIVES_STRICT_SHARED * 2, "{took:?}");
            way.open();
            until("Redis is back", async || one.is_shared() == Some(true)).await;
        }
        // Back again, it takes no longer than telling it.
        let began = Instant::now();
        warm(&theirs, &other, &source).await;
        source.set(9);
        ours.change("person/1").await;
        assert_eq!(get(&theirs, &source).await, Some(9));
        assert!(began.elapsed() < LIVES_STRICT_SHARED, "{:?}", began.elapsed());
    });
}

#[test]
fn without_redis_several_nodes_keep_nothing() {
    run(async {
        let (way, key) = (Way::to_redis().await, Random::system().bytes());
        let one = node(&way.url, &key).await;
        let (shelf, source): (Strict, _) = (one.strict("test", 10), Source::default());
        source.set(1);
        warm(&shelf, &one, &source).await;
        way.close();
        until("the loss is noticed", async || one.is_shared() == Some(false)).await;
        for value in 2..5 {
            source.set(value);
            assert_eq!(get(&shelf, &source).await, Some(value), "told by nobody, and read anyway");
        }
    });
}

/// Where the version of a subject lies.
fn version_key(key: &[u8; 32], subject: &str) -> String {
    let name_key = credential::seal::parts_hash(key, &[b"tongbao cache v1", b"names"]);
    let hash = credential::seal::parts_hash(&name_key, &[b"test", subject.as_bytes()]);
    format!("tongbao:cache:1:version:{}", credential::hex(&hash[..16]))
}

#[test]
fn a_version_that_redis_lost_does_not_bring_back_what_was_read_before() {
    run(async {
        let (url, key): (String, [u8; 32]) = (redis_url(), Random::system().bytes());
        let (one, other) = (node(&url, &key).await, node(&url, &key).await);
        let (ours, theirs): (Strict, Strict) = (one.strict("test", 10), other.strict("test", 10));
        let (source, mut connection) = (Source::default(), raw().await);
        let lost = ["person/1", "customer/2"].map(|subject| version_key(&key, subject));
        source.set(1);
        // Kept where nothing was ever changed.
        warm(&theirs, &other, &source).await;
        source.set(2);
        ours.change("person/1").await;
        let gone: u64 = redis::cmd("DEL").arg(&lost).query_async(&mut connection).await.unwrap();
        assert_eq!(gone, 2, "each had one");
        assert_eq!(get(&theirs, &source).await, Some(2));
        // Nor is what is no version of ours believed, and it lies there for as long as it likes.
        warm(&theirs, &other, &source).await;
        source.set(3);
        for name in &lost {
            redis::cmd("SET").arg(name).arg("mine").query_async::<()>(&mut connection).await.unwrap();
        }
        assert_eq!(get(&theirs, &source).await, Some(3));
        redis::cmd("DEL").arg(&lost).query_async::<()>(&mut connection).await.unwrap();
    });
}
