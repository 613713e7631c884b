//! No number comes twice: among many takers, over restarts, and between programs on one database, on both engines.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use db::Db;
use kit::{Clock, FakeClock, IdMaker, Random, Timestamp};
use numbers::Lease;
use std::collections::HashSet;
use std::sync::Arc;

const START: Timestamp = Timestamp(1_800_000_000_000);
const TAKERS: usize = 16;
const EACH: usize = 2_000;

async fn tables(db: &Db) {
    db.migrate(&[numbers::room()]).await.unwrap();
}

fn within(clock: &FakeClock, lease: &Lease) -> Arc<IdMaker> {
    Arc::new(IdMaker::within(Arc::new(clock.clone()), lease.span()))
}

/// What sixteen threads make at once; each sees its own ids rise.
fn made_by_many(makers: &[Arc<IdMaker>]) -> Vec<i64> {
    std::thread::scope(|scope| {
        let takers: Vec<_> = (0..TAKERS)
            .map(|taker| {
                let ids = Arc::clone(&makers[taker % makers.len()]);
                scope.spawn(move || (0..EACH).map(|_| ids.try_next().unwrap()).collect::<Vec<i64>>())
            })
            .collect();
        takers
            .into_iter()
            .flat_map(|taker| {
                let made = taker.join().unwrap();
                assert!(made.is_sorted_by(|a, b| a < b));
                made
            })
            .collect()
    })
}

#[track_caller]
fn all_differ(ids: impl IntoIterator<Item = i64>) {
    let mut seen = HashSet::new();
    for id in ids {
        assert!(seen.insert(id), "{id} came twice");
    }
}

db::engine_tests! {
    async fn every_statement_prepares(db: db::Db) {
        tables(&db).await;
        for statements in numbers::STATEMENTS {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn sixteen_takers_of_two_leasers_never_get_the_same(db: db::Db) {
        tables(&db).await;
        let (clock, random) = (FakeClock::new(START), Random::seeded(1));
        let (one, other) = tokio::join!(Lease::take(&db, START, &random), Lease::take(&db, START, &random));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_ne!(one.span().node, other.span().node);
        let alone = within(&clock, &one);
        let both = [Arc::clone(&alone), within(&clock, &other)];
        all_differ([made_by_many(&[alone]), made_by_many(&both)].concat());
    }

    async fn leasers_at_once_share_no_span(db: db::Db) {
        tables(&db).await;
        let takes = (0..TAKERS as u64).map(|seed| {
            let db = db.clone();
            kit::spawn("taker", async move { Lease::take(&db, START, &Random::seeded(seed)).await.unwrap().span() })
        });
        let mut nodes = HashSet::new();
        for take in takes.collect::<Vec<_>>() {
            assert!(nodes.insert(take.await.unwrap().unwrap().node));
        }
    }

    async fn a_restart_in_the_middle_of_a_span_goes_on_behind_it_or_elsewhere(db: db::Db) {
        tables(&db).await;
        let (clock, random) = (FakeClock::new(START), Random::seeded(2));
        let mut all = Vec::new();
        // More restarts than there are nodes, and the clock goes back an hour in the middle of them.
        for restart in 0..600 {
            let lease = Lease::take(&db, clock.now(), &random).await.unwrap();
            let ids = within(&clock, &lease);
            all.extend((0..10).map(|_| ids.try_next().unwrap()));
            clock.advance_ms(if restart == 300 { -3_600_000 } else { 100 });
        }
        all_differ(all);
    }

    async fn who_lost_the_node_cannot_make_the_span_longer(db: db::Db) {
        tables(&db).await;
        let (clock, random) = (FakeClock::new(START), Random::seeded(3));
        let stopped = Lease::take(&db, START, &random).await.unwrap();
        let ids = within(&clock, &stopped);
        let mut all = vec![ids.try_next().unwrap()];
        // The program is stopped for an hour; another one starts, and then it goes on with a clock that stood still.
        let other = Lease::take(&db, START.plus_ms(3_600_000), &random).await.unwrap();
        assert_eq!(other.span().node, stopped.span().node);
        let others = within(&FakeClock::new(START), &other);
        for _ in 0..5_000 {
            all.extend([ids.try_next().unwrap(), others.try_next().unwrap()]);
        }
        all_differ(all);
        assert_eq!(stopped.longer(&db, START).await.unwrap(), None);
        let longer = other.longer(&db, START.plus_ms(3_900_000)).await.unwrap().unwrap();
        assert!(longer.span().until > other.span().until && longer.span().from == other.span().from);
        // A clock behind does not make it shorter.
        assert_eq!(longer.longer(&db, START).await.unwrap(), Some(longer));
    }

    async fn the_end_of_all_ids_is_said_clearly(db: db::Db) {
        tables(&db).await;
        let random = Random::seeded(4);
        let last = Lease::take(&db, Timestamp(IdMaker::END.as_ms() - 1), &random).await.unwrap();
        let ids = within(&FakeClock::new(last.span().from), &last);
        let made: Vec<i64> = std::iter::from_fn(|| ids.try_next().ok()).collect();
        assert_eq!(made.len(), 4_096);
        assert!(ids.try_next().unwrap_err().to_string().contains("every id of the span is made"));
        let fault = Lease::take(&db, IdMaker::END, &random).await.unwrap_err();
        assert!(fault.to_string().contains("the range of ids is used up"), "{fault}");
    }

    async fn a_maker_keeps_its_span_long_while_it_is_used(db: db::Db) {
        tables(&db).await;
        let hands = FakeClock::new(START);
        let clock: Arc<dyn Clock> = Arc::new(hands.clone());
        let ids = numbers::start(&db, &clock, &Random::seeded(5)).await.unwrap();
        ids.next();
        hands.advance_ms(86_400_000);
        let leapt = async {
            while IdMaker::made_at(ids.next()) != hands.now() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), leapt).await.expect("the span was not made longer");
        // Somebody takes over the node while we look away; from then on our ids come from another one.
        let node = |id: i64| (id >> 12) & 0xFF;
        let before = node(ids.next());
        let taken = Lease::take(&db, hands.now().plus_ms(3_600_000), &Random::seeded(6)).await.unwrap();
        assert_eq!(i64::from(taken.span().node), before);
        hands.advance_ms(1_800_000);
        let moved = async {
            while node(ids.next()) == before {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), moved).await.expect("the node was not given up");
    }
}
