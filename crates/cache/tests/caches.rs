//! Both levels: what is forgotten does not come back, here, on another node, and through a Redis server that goes away.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use cache::{Cache, Shelf, ShelfCounts};
use common::{Source, Way, node, raw, redis_url, run, until};
use kit::Random;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

async fn get(shelf: &Shelf<u64>, source: &Source) -> Option<u64> {
    shelf.get_or_load("key", source.read()).await.unwrap()
}

#[test]
fn a_value_is_read_once_until_it_is_forgotten_and_nothing_is_not_remembered() {
    run(async {
        let cache = Cache::local();
        let (shelf, source) = (cache.shelf::<u64>("test", 10), Source::default());
        assert_eq!(get(&shelf, &source).await, None);
        source.set(1);
        assert_eq!(get(&shelf, &source).await, Some(1), "that there was none is not remembered");
        source.set(2);
        assert_eq!(get(&shelf, &source).await, Some(1));
        cache.forget("another", "key");
        assert_eq!(get(&shelf, &source).await, Some(1));
        shelf.forget("key");
        assert_eq!(get(&shelf, &source).await, Some(2));
        source.set(3);
        cache.forget("test", "key");
        assert_eq!(get(&shelf, &source).await, Some(3), "who only writes forgets by name");
        let counts = ShelfCounts { here: 2, shared: 0, loaded: 4, forgotten: 2 };
        assert_eq!(cache.counts(), [("test", counts)]);
        assert_eq!(cache.is_shared(), None);
    });
}

/// A reader that has read the old value and is held up before it hands it over.
async fn held_up(shelf: &Shelf<u64>, source: &Arc<Source>) -> (oneshot::Sender<()>, impl Future<Output = u64> + use<>) {
    let ((go, gone), has_read) = (oneshot::channel(), Arc::new(Notify::new()));
    let (shelf, source, reading) = (shelf.clone(), Arc::clone(source), Arc::clone(&has_read));
    let reader = kit::spawn("slow reader", async move {
        let load = async {
            let read = source.read().await;
            reading.notify_one();
            gone.await.unwrap();
            read
        };
        shelf.get_or_load("key", load).await.unwrap().unwrap()
    });
    has_read.notified().await;
    (go, async { reader.await.unwrap().unwrap() })
}

#[test]
fn a_slow_reader_does_not_put_an_old_value_back() {
    run(async {
        let (shelf, source) = (Cache::local().shelf::<u64>("test", 10), Arc::new(Source::default()));
        source.set(1);
        let (go, slow) = held_up(&shelf, &source).await;
        source.set(2);
        shelf.forget("key");
        go.send(()).unwrap();
        assert_eq!(slow.await, 1, "whoever asked before the change may see what was before");
        assert_eq!(get(&shelf, &source).await, Some(2));
    });
}

#[test]
fn many_readers_and_a_writer_never_see_a_value_older_than_the_last_forgotten_one() {
    run(async {
        let (shelf, source) = (Cache::local().shelf::<u64>("test", 10), Arc::new(Source::default()));
        let (told, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        source.set(1);
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let (shelf, source) = (shelf.clone(), Arc::clone(&source));
                let (told, is_over) = (Arc::clone(&told), Arc::clone(&is_over));
                kit::spawn("reader", async move {
                    while !is_over.load(Ordering::SeqCst) {
                        let least = told.load(Ordering::SeqCst);
                        let load = async {
                            let read = source.read().await;
                            tokio::task::yield_now().await;
                            read
                        };
                        let seen = shelf.get_or_load("key", load).await.unwrap().unwrap();
                        assert!(seen >= least, "{seen} was seen after {least} was told");
                    }
                })
            })
            .collect();
        for value in 2..20_000 {
            source.set(value);
            shelf.forget("key");
            told.store(value, Ordering::SeqCst);
            if value % 16 == 0 {
                tokio::task::yield_now().await;
            }
        }
        is_over.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap().expect("a reader saw an old value");
        }
    });
}

#[test]
fn another_node_finds_the_value_in_redis_and_hears_that_it_changed() {
    run(async {
        let (url, key) = (redis_url(), Random::system().bytes());
        let (one, other) = (node(&url, &key).await, node(&url, &key).await);
        let (ours, theirs) = (one.shelf::<u64>("test", 10), other.shelf::<u64>("test", 10));
        let source = Source::default();
        for value in 1..50 {
            source.set(value);
            ours.forget("key");
            assert_eq!(get(&ours, &source).await, Some(value), "who changed it sees the change at once");
            until("the other node sees the change", async || get(&theirs, &source).await == Some(value)).await;
        }
        let shared = || other.counts()[0].1.shared + one.counts()[0].1.shared;
        // Once all is told, what one of them read lies in Redis for the other.
        until("one finds what the other read", async || {
            ours.forget("key");
            tokio::time::sleep(Duration::from_millis(20)).await;
            let before = shared();
            get(&ours, &source).await;
            get(&theirs, &source).await;
            shared() > before
        })
        .await;
    });
}

#[test]
fn a_slow_reader_on_another_node_does_not_put_an_old_value_into_redis() {
    run(async {
        let (url, key) = (redis_url(), Random::system().bytes());
        let (one, other) = (node(&url, &key).await, node(&url, &key).await);
        let (ours, theirs) = (one.shelf::<u64>("test", 10), other.shelf::<u64>("test", 10));
        let source = Arc::new(Source::default());
        source.set(1);
        let (go, slow) = held_up(&theirs, &source).await;
        source.set(2);
        ours.forget("key");
        assert_eq!(get(&ours, &source).await, Some(2));
        // Wait until the message is there: a value that the other node already has would be forgotten by then.
        tokio::time::sleep(Duration::from_millis(100)).await;
        go.send(()).unwrap();
        assert_eq!(slow.await, 1);
        let third = node(&url, &key).await;
        assert_eq!(get(&third.shelf("test", 10), &source).await, Some(2), "in Redis");
        assert_eq!(get(&theirs, &source).await, Some(2), "on the node of the slow reader");
    });
}

#[test]
fn redis_sees_no_names_and_no_values_and_cannot_make_any_up() {
    run(async {
        let (url, key): (String, [u8; 32]) = (redis_url(), Random::system().bytes());
        let one = node(&url, &key).await;
        let shelf = one.shelf::<String>("payee", 10);
        let load = async { Ok::<_, Infallible>(Some("李小宝 of the lane".to_owned())) };
        shelf.get_or_load("+8613800005678", load).await.unwrap();
        let mut connection = raw().await;
        let names: Vec<String> =
            redis::cmd("KEYS").arg("tongbao:cache:1:value:*").query_async(&mut connection).await.unwrap();
        assert!(!names.is_empty());
        for name in &names {
            let value: Option<Vec<u8>> = redis::cmd("GET").arg(name).query_async(&mut connection).await.unwrap();
            assert!(!name.contains("138") || !name.contains("5678"), "{name}");
            let text = String::from_utf8_lossy(&value.unwrap_or_default()).into_owned();
            assert!(!text.contains("李小宝") && !text.contains("lane"), "{text}");
        }
        // A program with another key finds nothing of it, and what somebody wrote there without the key is not believed.
        for name in &names {
            let mut forge = redis::cmd("SET");
            forge.arg(name).arg("\"Mallory\"").arg("KEEPTTL");
            forge.query_async::<()>(&mut connection).await.unwrap();
        }
        let again = node(&url, &key).await.shelf::<String>("payee", 10);
        let load = async { Ok::<_, Infallible>(Some("from SQL".to_owned())) };
        assert_eq!(again.get_or_load("+8613800005678", load).await.unwrap().as_deref(), Some("from SQL"));
    });
}

#[test]
fn without_redis_reading_goes_on_and_what_changed_meanwhile_is_forgotten_there_later() {
    run(async {
        let (way, key) = (Way::to_redis().await, Random::system().bytes());
        let (one, source) = (node(&way.url, &key).await, Source::default());
        let shelf = one.shelf::<u64>("test", 10);
        source.set(1);
        assert_eq!(get(&shelf, &source).await, Some(1));
        way.close();
        until("the loss is noticed", async || one.is_shared() == Some(false)).await;
        source.set(2);
        shelf.forget("key");
        assert_eq!(get(&shelf, &source).await, Some(2));
        // Redis itself was there all the time, and has the old value until it is told.
        way.open();
        until("Redis is back", async || one.is_shared() == Some(true)).await;
        let other = node(&redis_url(), &key).await;
        assert_eq!(get(&other.shelf("test", 10), &source).await, Some(2));
        // Nobody told us what changed while we did not listen.
        way.close();
        until("the loss is noticed", async || one.is_shared() == Some(false)).await;
        source.set(3);
        other.shelf::<u64>("test", 10).forget("key");
        way.open();
        until("Redis is back", async || one.is_shared() == Some(true)).await;
        until("the change is seen", async || get(&shelf, &source).await == Some(3)).await;
    });
}

#[test]
fn a_server_that_is_not_there_is_no_error_and_an_address_that_is_none_is() {
    run(async {
        let key = [3; 32];
        let cache = Cache::shared("redis://127.0.0.1:1", &key, &Random::system()).unwrap();
        let (shelf, source) = (cache.shelf::<u64>("test", 10), Source::default());
        source.set(7);
        assert_eq!(get(&shelf, &source).await, Some(7));
        assert_eq!(cache.is_shared(), Some(false));
        let fault = Cache::shared("http://:secret@example.org", &key, &Random::system()).err().unwrap();
        assert!(!fault.to_string().contains("secret"), "{fault}");
    });
}
