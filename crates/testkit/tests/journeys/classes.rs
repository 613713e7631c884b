//! Account classes: opening, the caps of Class II and III to the cent over days, years and leap days, moving up.

use accounts::{AccountRef, Bound, ClassOpening, Method, Product, Purpose, uses_of};
use db::Db;
use kit::Timestamp;
use passport::{Acting, Channel, CustomerId, Mobile, Name, NewPerson, Registration, SessionKind, Visitor};
use payments::{OrderNumber, PaymentInstruction, card_command_id};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Bank, Member, refusal};

fn wish(key: &str, product: Product) -> ClassOpening {
    ClassOpening { key: key.to_owned(), product, nickname: "网购".to_owned(), purpose: Purpose::Shopping }
}

/// Who proved a number and no name.
async fn visitor(bank: &Bank) -> Acting {
    let (visitor, mobile) = (Visitor::unknown(), "13711112222".to_owned());
    bank.passport.start_registration(&visitor, &mobile, "zh").await.unwrap();
    let code = bank.phone.latest_code("+8613711112222").unwrap();
    let registration =
        Registration { mobile, code, password: "correct horse battery".to_owned(), language: "zh".to_owned() };
    bank.passport.finish_registration(&visitor, registration, SessionKind::Web).await.unwrap().session.acting()
}

pub(crate) async fn open(bank: &Bank, member: &Member, key: &str, product: Product) -> AccountRef {
    bank.accounts.open_class(&member.web, wish(key, product)).await.unwrap()
}

/// A payment at an instant; gives `ok`, or the code of the refusal.
pub(crate) async fn pay_at(bank: &Bank, from: AccountRef, to: AccountRef, minor: i64, time: Timestamp) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let index = NEXT.fetch_add(1, Ordering::Relaxed);
    let order = OrderNumber::of_import(3, index).unwrap();
    let instruction = PaymentInstruction::card(card_command_id(1 << 40 | index), order, from, to, minor, time);
    match bank.payments.submit(&instruction).unwrap().await.unwrap().refusal {
        None => "ok".to_owned(),
        Some(refusal) => refusal.code.to_owned(),
    }
}

/// The bank's wall clock.
pub(crate) fn at(bank: &Bank, (year, month, day): (i16, i8, i8), (hour, minute, second): (i8, i8, i8)) -> Timestamp {
    bank.calendar.instant(jiff::civil::date(year, month, day).at(hour, minute, second, 0)).unwrap()
}

pub(crate) async fn balance(bank: &Bank, account: AccountRef) -> i64 {
    bank.ledger.account(account.id).await.unwrap().unwrap().balance()
}

pub(crate) const DAY: &str = "payments.limit_day_exceeded";
pub(crate) const YEAR: &str = "payments.limit_year_exceeded";
pub(crate) const PAYEE: &str = "payments.payee_limit_exceeded";
pub(crate) const FULL: &str = "payments.payee_full";

db::engine_tests! {
    async fn a_verified_customer_opens_five_of_each_class_and_the_same_wish_opens_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let unproven = refusal(bank.accounts.open_class(&visitor(&bank).await, wish("a", Product::ClassTwo)).await);
        assert_eq!((unproven.code, unproven.status), ("accounts.not_verified", 403));
        let wrong = refusal(bank.accounts.open_class(&lin.web, wish("a", Product::ClassOne)).await);
        assert_eq!(wrong.code, "accounts.product_invalid");

        let first = open(&bank, &lin, "a", Product::ClassTwo).await;
        assert_eq!(first.bound, Some(Bound::Here(lin.account.id)), "bound to the Class I account at once");
        assert_eq!(open(&bank, &lin, "a", Product::ClassTwo).await, first);
        let other = ClassOpening { nickname: "旅行".to_owned(), ..wish("a", Product::ClassTwo) };
        assert_eq!(refusal(bank.accounts.open_class(&lin.web, other).await).code, "accounts.opening_conflict");

        // Nine more wishes for one class at once: four are granted, and not one too many.
        let mut all = tokio::task::JoinSet::new();
        for index in 0..9 {
            let (accounts, web) = (bank.accounts.clone(), lin.web);
            all.spawn(async move { accounts.open_class(&web, wish(&format!("k{index}"), Product::ClassTwo)).await });
        }
        let results = all.join_all().await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
        let full = results.into_iter().find_map(Result::err).unwrap();
        assert!(matches!(full, kit::Error::Refusal(refusal) if refusal.code == "accounts.class_full"));
        open(&bank, &lin, "three", Product::ClassThree).await;
        let list = bank.accounts.list(&lin.web).await.unwrap();
        let of = |product| list.iter().filter(|one| one.account.product == product).count();
        assert_eq!((of(Product::ClassOne), of(Product::ClassTwo), of(Product::ClassThree)), (1, 5, 1));
        assert_eq!(list[1].purpose, Some(Purpose::Shopping));

        // After a restart, and with the table built again, the limits are still named.
        bank.projections.reset("accounts.account").await.unwrap();
        let bank = bank.restart().await;
        bank.projections.caught_up().await;
        assert_eq!(bank.accounts.by_id(first.id).await.unwrap(), Some(first));
        assert_eq!(open(&bank, &lin, "a", Product::ClassTwo).await, first);
        bank.accounts.rename(&lin.web, first.id, " 买菜 ").await.unwrap();
        assert_eq!(bank.accounts.view(&lin.web, first.id).await.unwrap().nickname, "买菜");
        assert_eq!(refusal(bank.accounts.rename(&wang.web, first.id, "x").await).status, 404);
        bank.stop().await;
    }

    /// What a Class II account may pay, day by day: (instant, minor units, what comes of it).
    async fn class_two_pays_ten_thousand_a_day_and_two_hundred_thousand_a_year(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 100_000_000).await;
        let wang = bank.wang().await;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let start = at(&bank, (2023, 12, 30), (12, 0, 0));
        assert_eq!(pay_at(&bank, lin.account, two, 60_000_000, start).await, "ok", "from the bound account: no cap");
        let table = [
            ((2023, 12, 31), (23, 59, 59), 1_000_001, DAY),
            ((2023, 12, 31), (23, 59, 59), 1_000_000, "ok"),
            ((2023, 12, 31), (23, 59, 59), 1, DAY),
            // A new day and a new year at the bank's midnight, eight hours before UTC's.
            ((2024, 1, 1), (0, 0, 0), 999_999, "ok"),
            ((2024, 1, 1), (7, 59, 59), 2, DAY),
            ((2024, 1, 1), (8, 0, 0), 1, "ok"),
            ((2024, 1, 1), (23, 59, 59), 1, DAY),
            // The leap day is a day of its own.
            ((2024, 2, 28), (23, 59, 59), 1_000_000, "ok"),
            ((2024, 2, 29), (0, 0, 0), 1_000_000, "ok"),
            ((2024, 2, 29), (23, 59, 59), 1, DAY),
            ((2024, 3, 1), (0, 0, 0), 1_000_000, "ok"),
        ];
        for (date, time, minor, expected) in table {
            assert_eq!(pay_at(&bank, two, wang.account, minor, at(&bank, date, time)).await, expected, "{date:?} {time:?} {minor}");
        }
        // Four days of the year are used; fifteen more leave one, less a cent.
        for day in 1..=15 {
            assert_eq!(pay_at(&bank, two, wang.account, 1_000_000, at(&bank, (2024, 4, day), (12, 0, 0))).await, "ok");
        }
        for (date, minor, expected) in [
            ((2024, 12, 30), 999_999, "ok"),
            ((2024, 12, 31), 2, YEAR),
            ((2024, 12, 31), 1, "ok"),
            ((2024, 12, 31), 1, YEAR),
            ((2025, 1, 1), 1_000_000, "ok"),
        ] {
            assert_eq!(pay_at(&bank, two, wang.account, minor, at(&bank, date, (12, 0, 0))).await, expected, "{date:?} {minor}");
        }
        // Back to the bound account there is no cap, with every other one used up.
        let rest = balance(&bank, two).await;
        assert_eq!(pay_at(&bank, two, lin.account, rest, at(&bank, (2025, 1, 1), (13, 0, 0))).await, "ok");
        assert_eq!(balance(&bank, two).await, 0);
        bank.stop().await;
    }

    async fn class_two_takes_in_as_much_as_it_pays_from_anybody_but_the_bound_account(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let wang = bank.enrol("王建国", "13900006027", 100_000_000).await;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let day = |date| at(&bank, date, (12, 0, 0));
        for (from, date, minor, expected) in [
            (wang.account, (2024, 2, 29), 1_000_001, PAYEE),
            (wang.account, (2024, 2, 29), 1_000_000, "ok"),
            (wang.account, (2024, 2, 29), 1, PAYEE),
            (lin.account, (2024, 2, 29), 500_000, "ok"),
            (wang.account, (2024, 3, 1), 1_000_000, "ok"),
        ] {
            assert_eq!(pay_at(&bank, from, two, minor, day(date)).await, expected, "{date:?} {minor}");
        }
        for one in 1..=18 {
            assert_eq!(pay_at(&bank, wang.account, two, 1_000_000, day((2024, 4, one))).await, "ok");
        }
        assert_eq!(pay_at(&bank, wang.account, two, 1, day((2024, 12, 31))).await, PAYEE);
        assert_eq!(pay_at(&bank, wang.account, two, 1, day((2025, 1, 1))).await, "ok");
        // Cash counts, too; taking back what was wrong does not ask.
        bank.clock.set(day((2025, 1, 1)));
        let cash = payments::Funding { key: "cash".to_owned(), order: None, account: two, amount_minor: 1_000_000 };
        let refused = bank.payments.fund(cash, day((2025, 1, 1))).await.unwrap().refusal.unwrap();
        assert_eq!((refused.code, refused.integer("left_minor")), (PAYEE, None));
        bank.stop().await;
    }

    async fn class_three_is_a_small_purse(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.enrol("王建国", "13900006027", 50_000_000).await);
        let three = open(&bank, &lin, "three", Product::ClassThree).await;
        let (rich, poor) = (wang.account, lin.account);
        let table = [
            // The bound account is no exemption, and the ceiling is inclusive.
            (poor, three, (2024, 2, 28), 200_001, PAYEE),
            (poor, three, (2024, 2, 28), 200_000, "ok"),
            (rich, three, (2024, 2, 29), 1, FULL),
            (three, rich, (2024, 2, 29), 200_001, DAY),
            (three, rich, (2024, 2, 29), 100_000, "ok"),
            (three, poor, (2024, 2, 29), 100_000, "ok"),
            (rich, three, (2024, 2, 29), 200_000, "ok"),
            (three, poor, (2024, 2, 29), 1, DAY),
            (three, poor, (2024, 3, 1), 200_000, "ok"),
        ];
        for (from, to, date, minor, expected) in table {
            let found = pay_at(&bank, from, to, minor, at(&bank, date, (12, 0, 0))).await;
            assert_eq!(found, expected, "{from:?} {date:?} {minor}");
        }
        // Fifty thousand a year: two days are used each way, twenty-three fill it.
        for day in 1..=23 {
            let noon = at(&bank, (2024, 5, day), (12, 0, 0));
            assert_eq!(pay_at(&bank, rich, three, 200_000, noon).await, "ok", "{day}");
            assert_eq!(pay_at(&bank, three, rich, 200_000, noon).await, "ok", "{day}");
        }
        let eve = at(&bank, (2024, 12, 31), (23, 59, 59));
        assert_eq!(pay_at(&bank, rich, three, 1, eve).await, PAYEE);
        assert_eq!(pay_at(&bank, rich, three, 100, eve.plus_ms(1_000)).await, "ok");
        assert_eq!(pay_at(&bank, three, rich, 100, eve.plus_ms(1_000)).await, "ok");
        assert_eq!(balance(&bank, three).await, 0);
        bank.stop().await;
    }

    async fn moving_up_swaps_the_limits_in_one_step_and_keeps_what_was_used(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let three = open(&bank, &lin, "three", Product::ClassThree).await;
        assert_eq!(refusal(bank.accounts.upgrade(&wang.web, three.id).await).status, 404);
        assert_eq!(refusal(bank.accounts.upgrade(&lin.web, lin.account.id).await).code, "accounts.not_class_3");
        let now = testkit::START;
        assert_eq!(pay_at(&bank, wang.account, three, 150_000, now).await, "ok");
        assert_eq!(pay_at(&bank, three, wang.account, 30_000, now).await, "ok");
        assert_eq!(pay_at(&bank, wang.account, three, 50_001, now).await, PAYEE);

        let two = bank.accounts.upgrade(&lin.web, three.id).await.unwrap();
        assert_eq!((two.id, two.product, two.class), (three.id, Product::ClassTwo, three.class));
        assert_eq!(bank.accounts.upgrade(&lin.web, three.id).await.unwrap(), two);
        let usage = bank.accounts.usage(&lin.web, two.id).await.unwrap().unwrap();
        assert_eq!((usage.paid_day.cap_minor, usage.paid_day.used_minor, usage.ceiling_minor), (1_000_000, 30_000, None));
        assert_eq!((usage.received_year.cap_minor, usage.received_year.left_minor), (20_000_000, 20_000_000 - 150_000));
        // Who still holds the account as it was meets the new caps, too: they are the same counters.
        assert_eq!(pay_at(&bank, wang.account, three, 850_001, now).await, PAYEE);
        assert_eq!(pay_at(&bank, wang.account, three, 850_000, now).await, "ok");
        assert_eq!(pay_at(&bank, two, lin.account, 970_000, now).await, "ok", "the bound account is free now");

        let bank = bank.restart().await;
        bank.projections.reset("accounts.account").await.unwrap();
        bank.projections.caught_up().await;
        assert_eq!(bank.accounts.by_id(two.id).await.unwrap(), Some(two));
        let kinds: Vec<_> = bank.accounts.events(&lin.web, two.id).await.unwrap().iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [accounts::EventKind::Upgraded]);
        bank.stop().await;
    }

    async fn who_opens_class_one_later_binds_it(db: Db) {
        let bank = Bank::on(db).await;
        let wang = bank.wang().await;
        let (person, web) = newcomer(&bank, "陈美", "13700001111").await;
        let wish = wish("two", Product::ClassTwo);
        let two = bank.accounts.open_class(&web, wish).await.unwrap();
        assert_eq!(two.bound, None);
        assert_eq!(refusal(bank.accounts.bind(&web, two.id, wang.account.id).await).status, 404);
        assert_eq!(refusal(bank.accounts.bind(&web, two.id, two.id).await).code, "accounts.bound_invalid");
        let one = bank.accounts.open_class_one(person, "").await.unwrap();
        let bound = bank.accounts.bind(&web, two.id, one.id).await.unwrap();
        assert_eq!(bound.bound, Some(Bound::Here(one.id)));
        assert_eq!(bank.accounts.bind(&web, two.id, one.id).await.unwrap(), bound);
        assert_eq!(bank.accounts.receiving(person, 156).await.unwrap(), Some(one), "money goes where it has most room");
        bank.stop().await;
    }

    async fn twenty_at_once_at_the_days_edge_cannot_pass_a_class_limit(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let wang = bank.enrol("王建国", "13900006027", 100_000_000).await;
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let three = open(&bank, &lin, "three", Product::ClassThree).await;
        let midnight = at(&bank, (2026, 12, 31), (23, 59, 59)).plus_ms(1_000);
        // Ten before the bank's midnight of a new year, ten after, all at once: each day takes three of 3,000.00.
        let race = |from: AccountRef, to: AccountRef, minor: i64| {
            let bank = &bank;
            async move {
                let mut all = Vec::new();
                for index in 0..20 {
                    let time = if index % 2 == 0 { midnight.plus_ms(-1) } else { midnight };
                    all.push(pay_at(bank, from, to, minor, time));
                }
                let results = futures(all).await;
                results.iter().filter(|result| *result == "ok").count()
            }
        };
        assert_eq!(race(wang.account, two, 300_000).await, 6, "taken in");
        assert_eq!(balance(&bank, two).await, 1_800_000);
        assert_eq!(race(two, wang.account, 300_000).await, 6, "paid");
        assert_eq!(balance(&bank, two).await, 0);
        // A purse of 2,000.00 takes three of 600.00 in two days however many knock, for more would overflow it.
        assert_eq!(race(wang.account, three, 60_000).await, 3);
        assert_eq!(balance(&bank, three).await, 180_000);
        bank.stop().await;
    }

    async fn what_a_text_confirms_is_capped_over_all_accounts_of_a_customer(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.enrol("林小满", "13800005678", 100_000_000).await, bank.wang().await);
        let two = open(&bank, &lin, "two", Product::ClassTwo).await;
        let limits_of = |member: &Member| {
            let (accounts, customer) = (bank.accounts.clone(), member.person.customer);
            async move { accounts.limits(customer, Method::SmsCode, Channel::Web).await.unwrap() }
        };
        let limits = limits_of(&lin).await;
        assert_eq!(limits_of(&lin).await, limits);
        assert_ne!(limits_of(&wang).await, limits);
        let pay = async |from: AccountRef, minor: i64, date: (i16, i8, i8), index: u64| {
            let order = OrderNumber::of_import(4, index).unwrap();
            let (id, time) = (card_command_id(1 << 41 | index), at(&bank, date, (12, 0, 0)));
            let mut instruction = PaymentInstruction::card(id, order, from, wang.account, minor, time);
            instruction.more_limits = uses_of(&limits);
            let refusal = bank.payments.submit(&instruction).unwrap().await.unwrap().refusal;
            refusal.map_or("ok", |refusal| refusal.code)
        };
        assert_eq!(pay_at(&bank, lin.account, two, 50_000_000, at(&bank, (2028, 2, 1), (0, 0, 0))).await, "ok");
        let table = [
            (lin.account, 1_000_001, (2028, 2, 27), "payments.limit_payment_exceeded"),
            (lin.account, 600_000, (2028, 2, 27), "ok"),
            (two, 400_001, (2028, 2, 27), DAY),
            (two, 400_000, (2028, 2, 27), "ok"),
            (lin.account, 1_000_000, (2028, 2, 28), "ok"),
            (lin.account, 1_000_000, (2028, 2, 29), "ok"),
            (lin.account, 1_000_000, (2028, 2, 1), "payments.window_closed"),
            (lin.account, 1_000_000, (2028, 3, 1), "ok"),
            (lin.account, 1_000_000, (2028, 3, 2), "ok"),
            (lin.account, 1_000_000, (2028, 3, 3), "ok"),
            (lin.account, 1_000_000, (2028, 3, 4), "ok"),
            (lin.account, 999_999, (2028, 3, 30), "ok"),
            (lin.account, 2, (2028, 3, 31), "payments.limit_month_exceeded"),
            (lin.account, 1, (2028, 3, 31), "ok"),
            (lin.account, 1, (2028, 3, 31), "payments.limit_month_exceeded"),
            (lin.account, 1, (2028, 4, 1), "ok"),
        ];
        for (index, (from, minor, date, expected)) in table.into_iter().enumerate() {
            assert_eq!(pay(from, minor, date, index as u64).await, expected, "{date:?} {minor}");
        }
        bank.clock.set(at(&bank, (2028, 4, 1), (13, 0, 0)));
        let usage = bank.accounts.sms_usage(&lin.web).await.unwrap();
        assert_eq!((usage.cap_payment_minor, usage.day.used_minor, usage.month.left_minor), (1_000_000, 1, 4_999_999));
        let bank = bank.restart().await;
        let again = bank.accounts.limits(lin.person.customer, Method::SmsCode, Channel::Web).await.unwrap();
        assert_eq!(again, limits);
        bank.stop().await;
    }
}

/// A person without an account, signed in.
async fn newcomer(bank: &Bank, name: &str, mobile: &str) -> (CustomerId, Acting) {
    let password = "correct horse battery";
    let new = NewPerson {
        mobile: Mobile::parse(mobile).unwrap(),
        name: Name::parse(name).unwrap(),
        language: "zh".to_owned(),
        password: password.to_owned(),
    };
    let person = bank.passport.register(new).await.unwrap();
    let signed_in = bank.passport.sign_in(mobile, password, SessionKind::Web).await.unwrap();
    (person.customer, signed_in.session.acting())
}

/// All of these at once.
async fn futures<T>(all: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (one, done) in &mut all {
            if done.is_none() {
                match one.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    all.into_iter().filter_map(|(_, done)| done).collect()
}
