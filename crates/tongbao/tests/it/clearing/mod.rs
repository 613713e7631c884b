//! Ten thousand payments between banks with every fault that the network knows, while the bank and the network are killed
//! at random moments. At the end all books agree: ours, the network's, the other banks', and every order.
//!
//! `TONGBAO_SEED=7` repeats a run: the same payments, the same faults for the same payments, the same kills after as many
//! payments. `TONGBAO_PAYMENTS=500` makes it shorter.

mod plan;
mod world;

use plan::{Way, Wish, faults, kills, wish};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use world::{OURS, World};

/// Threads that pay at the same time.
const PAYERS: u64 = 12;
const KILLS: usize = 12;
/// After so long everything must have come to its end once the network is well.
const SETTLED_WITHIN: Duration = Duration::from_secs(240);

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn ten_thousand_payments_end_once_whatever_breaks() {
    let payments = number("TONGBAO_PAYMENTS", 10_000);
    let seed = number("TONGBAO_SEED", kit::Random::system().below(1_000_000));
    println!("TONGBAO_SEED={seed} TONGBAO_PAYMENTS={payments}");
    let began = Instant::now();
    let world = World::start();
    let before = world.balances();
    world.fund();
    world.operator("PUT", "/admin/faults", Some(&faults(seed)));

    let (asked, orders) = (AtomicU64::new(0), Mutex::new(HashMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..PAYERS {
            scope.spawn(|| {
                loop {
                    let number = asked.fetch_add(1, Ordering::SeqCst);
                    if number >= payments {
                        break;
                    }
                    let wish = wish(seed, number, world.people.len(), world.others());
                    if let Some(order) = world.ask(&wish) {
                        orders.lock().expect("no payer failed").insert(order, wish);
                    }
                }
            });
        }
        scope.spawn(|| {
            for (after, victim) in kills(seed, payments, KILLS) {
                while asked.load(Ordering::SeqCst) < after {
                    std::thread::sleep(Duration::from_millis(2));
                }
                world.kill(victim);
            }
        });
    });
    let orders = orders.into_inner().expect("no payer failed");
    println!("{} orders of {payments} payments in {:.1} s", orders.len(), began.elapsed().as_secs_f64());

    // The network is well again, and what is still on its way comes to its end: a day later the bank hands over what
    // waited for a window, another day later the window is past.
    world.operator("PUT", "/admin/faults", Some(&json!({ "seed": seed })));
    world.later("26h");
    std::thread::sleep(Duration::from_secs(10));
    world.later("52h");
    world.wait_until_settled(SETTLED_WITHIN);
    println!("settled after {:.1} s", began.elapsed().as_secs_f64());

    let transfers = world.transfers();
    orders_and_transfers_agree(&world, &orders, &transfers);
    balances_follow(&world, &before, &transfers);
    positions_agree(&world);
    let tally = tally(&transfers);
    println!("{tally:?} in {:.1} s", began.elapsed().as_secs_f64());
    assert!(tally.keys().filter(|(_, state)| state == "settled").count() >= 3, "{tally:?}");
    world.end();
}

/// Every order is what the network says, and each is there once.
fn orders_and_transfers_agree(world: &World, orders: &HashMap<String, Wish>, transfers: &[Value]) {
    let mut by_id: HashMap<&str, &Value> = HashMap::new();
    for transfer in transfers {
        let id = transfer["id"].as_str().expect("an id");
        assert!(by_id.insert(id, transfer).is_none(), "{id} is there twice");
    }
    let mut ended: BTreeMap<(Way, String), u64> = BTreeMap::new();
    for (order, wish) in orders {
        let (state, transaction) = world.state(wish.person, order);
        let there = by_id.remove(transaction.as_str());
        let told = there.map_or("absent", |there| there["state"].as_str().expect("a state"));
        let returned = there.is_some_and(|there| there["returned_by"].is_string());
        let agrees = match state.as_str() {
            "settled" => told == "settled" && !returned,
            "returned" => told == "settled" && returned,
            "refused" => matches!(told, "rejected" | "absent"),
            _ => false,
        };
        assert!(agrees, "{wish:?}: here {state}, there {told}, returned {returned}: {there:?}");
        // What the network was asked about and never got, it knows by its id alone.
        if let Some(there) = there.filter(|there| there["kind"] != "unknown") {
            assert_eq!(there["amount"], json!(wish.value()), "{wish:?}: {there}");
        }
        *ended.entry((wish.way, state)).or_default() += 1;
    }
    println!("{ended:?}");
}

/// Each customer's balance is what it was, and what the network settled since.
fn balances_follow(world: &World, before: &[i64], transfers: &[Value]) {
    let mut expected = before.to_vec();
    for transfer in transfers.iter().filter(|transfer| transfer["state"] == "settled") {
        let minor = world::minor(&transfer["amount"]);
        for (side, bank, sign) in [("payer_account", "payer_bank", -1), ("payee_account", "payee_bank", 1)] {
            let person = world.people.iter().position(|person| transfer[side] == json!(person.number));
            match person {
                Some(person) if transfer[bank] == OURS => expected[person] += sign * minor,
                // Money for a wrong name went back; it is not a customer's.
                _ => {}
            }
        }
    }
    assert_eq!(world.balances(), expected);
}

/// What the clearing house owes us is the same in both books; what all owe each other is nothing; each other bank's
/// customers have what their bank's position says.
fn positions_agree(world: &World) {
    let positions = world.operator("GET", "/admin/positions", None);
    let banks = positions["banks"].as_array().expect("a list");
    assert_eq!(banks.iter().map(|bank| world::minor(&bank["position"])).sum::<i64>(), 0, "{positions}");
    for bank in banks {
        assert_eq!(world::minor(&bank["reserved"]), 0, "nothing is on its way: {bank}");
        let position = world::minor(&bank["position"]);
        if bank["code"] == OURS {
            assert_eq!(world.clearing_balance(), position, "{positions}");
        } else {
            let customers = &bank["customers"];
            assert_eq!(world::minor(&customers["balance"]) - world::minor(&customers["opened"]), position, "{bank}");
            assert_eq!(world::minor(&customers["held"]), 0, "{bank}");
        }
    }
}

fn tally(transfers: &[Value]) -> BTreeMap<(String, String), u64> {
    let mut tally = BTreeMap::new();
    for transfer in transfers {
        let word = |name: &str| transfer[name].as_str().unwrap_or_default().to_owned();
        *tally.entry((word("kind"), word("state"))).or_default() += 1;
    }
    tally
}
