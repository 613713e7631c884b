//! What is paid, what goes wrong and when somebody is killed: all of it follows from the seed.

use serde_json::{Value, json};

/// Numbers that follow from a seed (SplitMix64).
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Numbers of one place alone, so that no other place changes them.
    pub fn at(seed: u64, place: u64) -> Self {
        Self(seed ^ place.wrapping_mul(0xd605_1d2f_93a1_c6b5))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// Which way a payment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    Out,
    OutBatch,
    TopUp,
    Withdrawal,
    In,
    InBatch,
}

/// An account at one of the other banks.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    pub bank: &'static str,
    pub account: &'static str,
    pub name: &'static str,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct Wish {
    pub number: u64,
    pub way: Way,
    /// Which of the bank's customers.
    pub person: usize,
    pub other: Elsewhere,
    /// The name under which the payee is paid: mostly the right one.
    pub name: &'static str,
    /// No two payments have the same.
    pub minor: i64,
}

impl Wish {
    pub fn key(&self) -> String {
        format!("payment-{}", self.number)
    }

    pub fn value(&self) -> String {
        format!("{}.{:02}", self.minor / 100, self.minor % 100)
    }

    pub fn amount(&self) -> Value {
        json!({ "value": self.value(), "currency": "CNY" })
    }
}

pub const BANK_A: &str = "990310020002";
pub const BANK_B: &str = "990310030003";

/// Whom the payments go to and come from: people, companies, a closed account, a blocked one, and one that nobody has.
pub fn wish(seed: u64, number: u64, people: usize, others: &[Elsewhere]) -> Wish {
    let mut draw = Draw::at(seed, number + 1);
    let way = match draw.below(100) {
        0..=49 => Way::Out,
        50..=61 => Way::OutBatch,
        62..=71 => Way::TopUp,
        72..=77 => Way::Withdrawal,
        78..=91 => Way::In,
        _ => Way::InBatch,
    };
    let person = draw.below(people as u64) as usize;
    let other = draw.one_of(others);
    // A few are sent to somebody else's name.
    let name = if draw.below(40) == 0 { "无名氏" } else { other.name };
    Wish { number, way, person, other, name, minor: 1 + number as i64 }
}

/// What goes wrong at the network while the payments are made, in thousandths of payments or messages.
pub fn faults(seed: u64) -> Value {
    let mut draw = Draw::at(seed, 0);
    let mut chance = |most: u64, ms: u64| json!({ "per_mille": 1 + draw.below(most), "ms": ms });
    let mut faults = json!({
        "seed": seed,
        "delay": chance(60, 700),
        "refuse": chance(40, 0),
        "drop": chance(80, 0),
        "twice": chance(60, 0),
        "late": chance(60, 3_000),
        "break_before": chance(40, 0),
        "break_after": chance(40, 0),
        "contradict": chance(20, 900),
        "stray": chance(10, 0),
    });
    faults["return"] = json!({ "per_mille": 1 + draw.below(20), "days": 1, "code": "AC04" });
    faults
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    Bank,
    Network,
    Both,
}

/// Who is killed after how many payments were asked for.
pub fn kills(seed: u64, payments: u64, times: usize) -> Vec<(u64, Victim)> {
    let mut draw = Draw::at(seed, u64::MAX);
    let mut kills: Vec<(u64, Victim)> = (0..times)
        .map(|_| {
            (
                draw.below(payments),
                draw.one_of(&[Victim::Bank, Victim::Network, Victim::Bank, Victim::Network, Victim::Both]),
            )
        })
        .collect();
    kills.sort_by_key(|(after, _)| *after);
    kills
}

#[test]
fn a_plan_follows_from_its_seed() {
    let others =
        [Elsewhere { bank: BANK_A, account: "1", name: "x" }, Elsewhere { bank: BANK_B, account: "2", name: "y" }];
    let of = |seed: u64| (0..200).map(|number| format!("{:?}", wish(seed, number, 3, &others))).collect::<Vec<_>>();
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
    assert_eq!(faults(7), faults(7));
    assert_eq!(kills(7, 10_000, 9), kills(7, 10_000, 9));
    assert_eq!(Draw::new(1).below(1_000), Draw::new(1).below(1_000));
}
