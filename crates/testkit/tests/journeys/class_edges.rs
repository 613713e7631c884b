//! Every rule of the classes at the edges of the bank's days and years: to the cent, in both directions, in a table and
//! under twenty at once. The bank's midnight is 16:00 of the day before in UTC.

use crate::classes::{DAY, FULL, PAYEE, YEAR, at, balance, open, pay_at};
use accounts::{AccountRef, Product};
use db::Db;
use kit::Timestamp;
use payments::{OrderNumber, PaymentInstruction, card_command_id};
use testkit::Bank;

/// Ends of bank days: of a month, of February with and without a leap day, of the leap day itself, of years of 365 and
/// 366 days, and one without any meaning. In order: ledger time never goes back.
const DAYS: [(i16, i8, i8); 8] = [
    (2023, 2, 28),
    (2023, 12, 31),
    (2024, 2, 28),
    (2024, 2, 29),
    (2024, 4, 30),
    (2024, 12, 31),
    (2025, 1, 31),
    (2026, 11, 21),
];

/// These days without one of the two that follow each other: what one has used of a limit is the other's morning.
fn days(without: (i16, i8, i8)) -> impl Iterator<Item = (i16, i8, i8)> {
    DAYS.into_iter().filter(move |day| *day != without)
}

const BEFORE_LEAP_DAY: (i16, i8, i8) = (2024, 2, 28);
const LEAP_DAY: (i16, i8, i8) = (2024, 2, 29);

/// The last and the first millisecond around the end of a bank day.
fn edge(bank: &Bank, day: (i16, i8, i8)) -> (Timestamp, Timestamp) {
    let first = at(bank, day, (23, 59, 59)).plus_ms(1_000);
    (first.plus_ms(-1), first)
}

/// Who pays whom in a case, seen from the account whose rule it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Out,
    In,
}

/// The purse or account whose rules are tried, somebody with money, and the Class I account to which it is bound.
struct Table<'a> {
    bank: &'a Bank,
    tried: AccountRef,
    rich: AccountRef,
    bound: AccountRef,
}

impl Table<'_> {
    async fn expect(&self, way: Way, minor: i64, time: Timestamp, expected: &str, what: &str) {
        let (from, to) = if way == Way::Out { (self.tried, self.rich) } else { (self.rich, self.tried) };
        let found = pay_at(self.bank, from, to, minor, time).await;
        assert_eq!(found, expected, "{what}: {way:?} {minor} at {}", self.bank.calendar.rfc3339(time));
    }

    /// The cap less a cent is used up before the edge: two cents are too many, one is not, and then none is left until
    /// the next millisecond. The middle of the day in UTC is no edge.
    async fn edge_of_a_day(&self, way: Way, day: (i16, i8, i8), cap_minor: i64, refused: &str) {
        let (last, first) = edge(self.bank, day);
        let what = format!("end of {day:?}");
        self.expect(way, cap_minor - 1, at(self.bank, day, (7, 59, 59)), "ok", &what).await;
        self.settle(way, cap_minor, at(self.bank, day, (8, 0, 0))).await;
        self.expect(way, 2, at(self.bank, day, (8, 0, 0)), refused, &what).await;
        self.expect(way, 2, last, refused, &what).await;
        self.expect(way, 1, last, "ok", &what).await;
        self.expect(way, 1, last, refused, &what).await;
        self.expect(way, 1, first, "ok", &what).await;
    }

    /// Keeps the balance where neither nothing nor a ceiling is in the way of what comes next, by the other direction.
    async fn settle(&self, way: Way, cap_minor: i64, time: Timestamp) {
        let other = if way == Way::Out { Way::In } else { Way::Out };
        if self.tried.product == Product::ClassThree {
            self.expect(other, cap_minor / 2, time, "ok", "settling").await;
        }
    }
}

async fn table<'a>(bank: &'a Bank, product: Product) -> Table<'a> {
    let lin = bank.enrol("林小满", "13800005678", 500_000_000).await;
    let wang = bank.enrol("王建国", "13900006027", 500_000_000).await;
    let tried = open(bank, &lin, "tried", product).await;
    Table { bank, tried, rich: wang.account, bound: lin.account }
}

/// So many payments from tasks of their own, half at the last millisecond of a day and half at the first of the next; gives how
/// many of each were paid.
async fn race(
    bank: &Bank,
    from: AccountRef,
    to: AccountRef,
    minor: i64,
    (last, first): (Timestamp, Timestamp),
    series: u64,
) -> (usize, usize) {
    let mut all = tokio::task::JoinSet::new();
    let together = std::sync::Arc::new(tokio::sync::Barrier::new(20));
    for index in 0..20_u64 {
        let time = if index % 2 == 0 { last } else { first };
        let (payments, together) = (bank.payments.clone(), together.clone());
        let number = series * 100 + index;
        let order = OrderNumber::of_import(5, number).unwrap();
        let instruction = PaymentInstruction::card(card_command_id(1 << 42 | number), order, from, to, minor, time);
        all.spawn(async move {
            together.wait().await;
            let result = payments.submit(&instruction).unwrap().await.unwrap();
            (time == last, result.is_paid())
        });
    }
    let results = all.join_all().await;
    let paid = |before: bool| results.iter().filter(|(is_before, is_paid)| *is_before == before && *is_paid).count();
    (paid(true), paid(false))
}

db::engine_tests! {
    async fn class_two_keeps_its_day_at_every_edge_in_both_directions(db: Db) {
        let bank = Bank::on(db).await;
        let table = table(&bank, Product::ClassTwo).await;
        let start = at(&bank, (2023, 1, 1), (0, 0, 0));
        assert_eq!(pay_at(&bank, table.bound, table.tried, 30_000_000, start).await, "ok", "no cap from the bound account");
        for day in days(LEAP_DAY) {
            table.edge_of_a_day(Way::Out, day, 1_000_000, DAY).await;
        }
        bank.stop().await;
    }

    async fn class_two_keeps_its_day_at_every_edge_when_it_is_paid(db: Db) {
        let bank = Bank::on(db).await;
        let table = table(&bank, Product::ClassTwo).await;
        for day in days(BEFORE_LEAP_DAY) {
            table.edge_of_a_day(Way::In, day, 1_000_000, PAYEE).await;
            // With the day used up, the bound account still may; and what came in may go back to it.
            let (last, _) = edge(&bank, day);
            assert_eq!(pay_at(&bank, table.bound, table.tried, 5_000_000, last).await, "ok");
            assert_eq!(pay_at(&bank, table.tried, table.bound, 5_500_000, last).await, "ok");
        }
        bank.stop().await;
    }

    async fn class_three_keeps_its_day_at_every_edge_in_both_directions(db: Db) {
        let bank = Bank::on(db).await;
        let table = table(&bank, Product::ClassThree).await;
        for day in days(LEAP_DAY) {
            // A purse that is full in the morning pays, and is filled up again for the last cents.
            let (year, month, number) = day;
            let eve = at(&bank, (year, month, number), (0, 0, 0)).plus_ms(-3_600_000);
            let room = 200_000 - balance(&bank, table.tried).await;
            table.expect(Way::In, room, eve, "ok", "the evening before").await;
            if room < 200_000 {
                table.expect(Way::In, 1, eve, FULL, "no more than 2,000.00 at any instant").await;
            }
            table.edge_of_a_day(Way::Out, day, 200_000, DAY).await;
        }
        bank.stop().await;
    }

    async fn class_three_keeps_its_day_at_every_edge_when_it_is_paid(db: Db) {
        let bank = Bank::on(db).await;
        let table = table(&bank, Product::ClassThree).await;
        for day in days(BEFORE_LEAP_DAY) {
            let (year, month, number) = day;
            let eve = at(&bank, (year, month, number), (0, 0, 0)).plus_ms(-3_600_000);
            let rest = balance(&bank, table.tried).await;
            if rest > 0 {
                table.expect(Way::Out, rest, eve, "ok", "the evening before").await;
            }
            table.edge_of_a_day(Way::In, day, 200_000, PAYEE).await;
            // The bound account is no exemption for a purse.
            let (last, _) = edge(&bank, day);
            assert_eq!(pay_at(&bank, table.bound, table.tried, 1, last).await, PAYEE);
        }
        bank.stop().await;
    }

    async fn years_end_at_the_banks_midnight_to_the_cent(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 500_000_000).await;
        let rich = bank.enrol("王建国", "13900006027", 500_000_000).await.account;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let taking = open(&bank, &lin, "taking", Product::ClassTwo).await;
        let three = open(&bank, &lin, "three", Product::ClassThree).await;
        assert_eq!(pay_at(&bank, lin.account, two, 100_000_000, at(&bank, (2023, 1, 1), (0, 0, 0))).await, "ok");
        // A year of 365 days, and one of 366 whose leap day counts into it.
        for (year, leap) in [(2023, 0), (2024, 1)] {
            let mut days: Vec<(i16, i8, i8)> = (1..=24).map(|day| (year, 3, day)).collect();
            if leap == 1 {
                days.insert(0, (2024, 2, 29));
            } else {
                days.insert(0, (2023, 2, 28));
            }
            // In the second year a cent of each cap was used up at its first instant.
            let used = if year == 2023 { 0 } else { 1 };
            for (index, day) in days.iter().enumerate() {
                let noon = at(&bank, *day, (12, 0, 0));
                let rest = if index == 24 { 1 + used } else { 0 };
                if index < 20 {
                    let rest = if index == 19 { 1 + used } else { 0 };
                    assert_eq!(pay_at(&bank, two, rich, 1_000_000 - rest, noon).await, "ok", "{day:?}");
                    assert_eq!(pay_at(&bank, rich, taking, 1_000_000 - rest, noon).await, "ok", "{day:?}");
                }
                assert_eq!(pay_at(&bank, rich, three, 200_000 - rest, noon).await, "ok", "{day:?} {index}");
                assert_eq!(pay_at(&bank, three, rich, 200_000 - rest, noon).await, "ok", "{day:?} {index}");
            }
            let (last, first) = edge(&bank, (year, 12, 31));
            for (from, to, refused) in
                [(two, rich, YEAR), (rich, taking, PAYEE), (rich, three, PAYEE), (three, rich, YEAR)]
            {
                let case = format!("{year}: {:?} to {:?}", from.product, to.product);
                // A purse that was emptied needs a cent to pay one: what it takes in at the edge.
                if from.id != three.id {
                    assert_eq!(pay_at(&bank, from, to, 2, last).await, refused, "{case}");
                }
                assert_eq!(pay_at(&bank, from, to, 1, last).await, "ok", "{case}");
                if from.id != three.id {
                    assert_eq!(pay_at(&bank, from, to, 1, last).await, refused, "{case}");
                }
            }
            for (from, to) in [(two, rich), (rich, taking), (rich, three), (three, rich)] {
                assert_eq!(pay_at(&bank, from, to, 1, first).await, "ok", "{year}: {:?} to {:?}", from.product, to.product);
            }
        }
        bank.stop().await;
    }

    async fn between_two_limited_accounts_both_sides_count(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.enrol("林小满", "13800005678", 90_000_000).await, bank.enrol("王建国", "13900006027", 90_000_000).await);
        let (mine, second) = (open(&bank, &lin, "a", Product::ClassTwo).await, open(&bank, &lin, "b", Product::ClassTwo).await);
        let (theirs, purse) = (open(&bank, &wang, "a", Product::ClassTwo).await, open(&bank, &wang, "p", Product::ClassThree).await);
        let noon = at(&bank, (2026, 3, 1), (12, 0, 0));
        assert_eq!(pay_at(&bank, lin.account, mine, 50_000_000, noon).await, "ok");
        for (from, to, minor, expected) in [
            // A Class II account of one's own that is not the bound one is like any other.
            (mine, second, 1_000_001, DAY),
            (mine, second, 400_000, "ok"),
            (mine, purse, 200_001, PAYEE),
            (mine, purse, 200_000, "ok"),
            (mine, theirs, 400_001, DAY),
            (mine, theirs, 400_000, "ok"),
            (mine, lin.account, 30_000_000, "ok"),
            (mine, wang.account, 1, DAY),
            // Somebody else's Class I account is not the bound one.
            (wang.account, second, 600_001, PAYEE),
            (wang.account, second, 600_000, "ok"),
            (wang.account, theirs, 20_000_000, "ok"),
            // Class I itself has no cap.
            (wang.account, lin.account, 60_000_000, "ok"),
        ] {
            let found = pay_at(&bank, from, to, minor, noon).await;
            assert_eq!(found, expected, "{:?} to {:?} {minor}", from.product, to.product);
        }
        bank.stop().await;
    }

    async fn twenty_at_once_at_the_banks_midnight_pass_no_limit(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 500_000_000).await;
        let rich = bank.enrol("王建国", "13900006027", 500_000_000).await.account;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let three = open(&bank, &lin, "three", Product::ClassThree).await;
        assert_eq!(pay_at(&bank, lin.account, two, 100_000_000, at(&bank, (2023, 1, 1), (0, 0, 0))).await, "ok");
        for (series, day) in days(BEFORE_LEAP_DAY).enumerate() {
            let series = series as u64 * 10;
            let instants = edge(&bank, day);
            assert_eq!(race(&bank, two, rich, 300_000, instants, series).await, (3, 3), "Class II pays, {day:?}");
            assert_eq!(race(&bank, rich, two, 300_000, instants, series + 1).await, (3, 3), "Class II takes in, {day:?}");

            // A purse takes what its day and its ceiling leave, whichever day comes first.
            let rest = balance(&bank, three).await;
            if rest > 0 {
                assert_eq!(pay_at(&bank, three, rich, rest, at(&bank, day, (1, 0, 0))).await, "ok");
            }
            let (before, after) = race(&bank, rich, three, 60_000, instants, series + 2).await;
            assert_eq!(before + after, 3, "Class III takes in, {day:?}: {before} and {after}");
            assert_eq!(balance(&bank, three).await, 180_000);
            // It pays two of 800.00 in these two days, for there is no more in it, whichever day they are of.
            let (before, after) = race(&bank, three, rich, 80_000, instants, series + 3).await;
            assert_eq!(before + after, 2, "Class III pays, {day:?}: {before} and {after}");
            assert_eq!(balance(&bank, three).await, 20_000);
        }
        bank.stop().await;
    }

    async fn utc_midnight_is_no_edge(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 500_000_000).await;
        let rich = bank.enrol("王建国", "13900006027", 500_000_000).await.account;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        assert_eq!(pay_at(&bank, lin.account, two, 100_000_000, at(&bank, (2023, 1, 1), (0, 0, 0))).await, "ok");
        for (series, day) in days(BEFORE_LEAP_DAY).enumerate() {
            let eight = at(&bank, day, (8, 0, 0));
            let (before, after) = race(&bank, two, rich, 300_000, (eight.plus_ms(-1), eight), 500 + series as u64).await;
            assert_eq!(before + after, 3, "{day:?}: {before} and {after}");
        }
        bank.stop().await;
    }
}
