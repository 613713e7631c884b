//! Limits by method and channel, in the ledger's own step: to the cent at each bound, over days and months, in races, under
//! one's own lower limits and under a new version of the matrix.

use accounts::{Caps, Matrix, Method, OwnLimit, uses_of};
use db::Db;
use kit::{BankDay, Clock, Timestamp};
use passport::{Channel, Factor, Tier};
use payments::{OrderNumber, PaymentInstruction, card_command_id};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Bank, Member, refusal};
use tokio::task::JoinSet;

const YUAN: i64 = 100;
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A payment of one customer to another as it goes to the ledger once it is proven.
async fn pay(bank: &Bank, from: &Member, to: &Member, factor: Factor, channel: Channel, minor: i64) -> &'static str {
    pay_at(bank, from, to, (factor, channel), minor, Clock::now(&bank.clock)).await
}

async fn pay_at(
    bank: &Bank,
    from: &Member,
    to: &Member,
    (factor, channel): (Factor, Channel),
    minor: i64,
    at: Timestamp,
) -> &'static str {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let order = OrderNumber::of_import(6, number).unwrap();
    let mut instruction =
        PaymentInstruction::card(card_command_id(1 << 42 | number), order, from.account, to.account, minor, at);
    let method = Method::of(factor).unwrap();
    let limits = bank.accounts.limits(from.person.customer, method, channel).await.unwrap();
    instruction.more_limits = uses_of(&limits);
    (instruction.factor, instruction.channel) = (factor, channel);
    let refused = bank.payments.submit(&instruction).unwrap().await.unwrap().refusal;
    refused.map_or("ok", |refusal| refusal.code)
}

async fn rich(bank: &Bank, mobile: &str) -> Member {
    bank.enrol("林小满", mobile, 100_000_000 * YUAN).await
}

fn at(bank: &Bank, (year, month, day): (i32, u8, u8), hour: i8) -> Timestamp {
    bank.calendar.at_hour(BankDay::from_ymd(year, month, day), hour).unwrap()
}

db::engine_tests! {
    async fn every_method_and_channel_reaches_its_bounds_and_not_a_cent_further(db: Db) {
        let bank = Bank::on(db).await;
        let wang = bank.wang().await;
        let (key, otp, pay_sms) = (Factor::SigningKey, Factor::OtpToken, "payments.sms_payment_exceeded");
        let (payment, day) = ("payments.method_payment_exceeded", "payments.method_day_exceeded");
        // Method, channel, most of a payment, most of a day, what is said against a payment, what against a day.
        let table = [
            (Factor::SmsCode, Channel::Web, 10_000, 10_000, pay_sms, "payments.sms_day_exceeded"),
            (Factor::SmsCode, Channel::Mobile, 10_000, 10_000, pay_sms, "payments.sms_day_exceeded"),
            (Factor::Passkey, Channel::Mobile, 10_000, 10_000, payment, day),
            (otp, Channel::Web, 50_000, 50_000, payment, day),
            (otp, Channel::Mobile, 200_000, 1_000_000, payment, day),
            (otp, Channel::Api, 50_000, 50_000, payment, day),
            (key, Channel::Web, 1_000_000, 5_000_000, payment, day),
            (key, Channel::Mobile, 1_000_000, 5_000_000, payment, day),
            (Factor::SecurityKey, Channel::Web, 1_000_000, 5_000_000, payment, day),
        ];
        for (number, (factor, channel, most, most_a_day, over_payment, over_day)) in table.into_iter().enumerate() {
            let payer = rich(&bank, &format!("1370000{number:04}")).await;
            let try_it = async |minor: i64| pay(&bank, &payer, &wang, factor, channel, minor).await;
            let (most, most_a_day) = (most * YUAN, most_a_day * YUAN);
            assert_eq!(try_it(most + 1).await, over_payment, "{factor:?} {channel:?}");
            let whole = most_a_day / most;
            for _ in 1..whole {
                assert_eq!(try_it(most).await, "ok", "{factor:?} {channel:?}");
            }
            assert_eq!(try_it(most - 1).await, "ok");
            assert_eq!(try_it(2).await, over_day, "{factor:?} {channel:?}");
            assert_eq!(try_it(1).await, "ok");
            assert_eq!(try_it(1).await, over_day);
        }
        bank.stop().await;
    }

    async fn methods_of_one_tier_do_not_reach_twice_as_far_and_tiers_are_counted_apart(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (rich(&bank, "13800005678").await, bank.wang().await);
        let pay = async |factor, channel, yuan: i64| pay(&bank, &lin, &wang, factor, channel, yuan * YUAN).await;
        assert_eq!(pay(Factor::SmsCode, Channel::Web, 6_000).await, "ok");
        assert_eq!(pay(Factor::Passkey, Channel::Mobile, 4_001).await, "payments.method_day_exceeded");
        assert_eq!(pay(Factor::Passkey, Channel::Mobile, 4_000).await, "ok");
        assert_eq!(pay(Factor::SmsCode, Channel::Mobile, 1).await, "payments.sms_day_exceeded");
        assert_eq!(pay(Factor::OtpToken, Channel::Web, 50_000).await, "ok", "the next tier is untouched");
        assert_eq!(pay(Factor::OtpToken, Channel::Mobile, 200_000).await, "ok", "another channel has its own");
        assert_eq!(pay(Factor::SigningKey, Channel::Web, 1_000_000).await, "ok");
        bank.stop().await;
    }

    async fn days_months_and_leap_days_are_the_banks(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (rich(&bank, "13800005678").await, bank.wang().await);
        let by_text = (Factor::SmsCode, Channel::Web);
        let pay = async |time, yuan: i64| pay_at(&bank, &lin, &wang, by_text, yuan * YUAN, time).await;
        let (day, month) = ("payments.sms_day_exceeded", "payments.sms_month_exceeded");
        let midnight = at(&bank, (2028, 2, 29), 0);
        assert_eq!(pay(midnight.plus_ms(-1), 10_000).await, "ok", "the last instant of the day before");
        assert_eq!(pay(midnight.plus_ms(-1), 1).await, day);
        assert_eq!(pay(midnight, 10_000).await, "ok", "a leap day is a day");
        let next_month = at(&bank, (2028, 3, 1), 0);
        assert_eq!(pay(next_month.plus_ms(-1), 1).await, day);
        for date in [1, 2, 3, 4, 5] {
            assert_eq!(pay(at(&bank, (2028, 3, date), 9), 10_000).await, "ok");
        }
        assert_eq!(pay(at(&bank, (2028, 3, 6), 9), 1).await, month);
        let year = at(&bank, (2029, 1, 1), 0);
        assert_eq!(pay(year.plus_ms(-1), 10_000).await, "ok");
        assert_eq!(pay(year.plus_ms(-1), 1).await, day);
        assert_eq!(pay(year, 10_000).await, "ok");
        bank.stop().await;
    }

    async fn of_twenty_at_once_just_as_many_pass_as_fit(db: Db) {
        let bank = Bank::on(db).await;
        let wang = bank.wang().await;
        for (number, (factor, channel, yuan, fit)) in [
            (Factor::SmsCode, Channel::Web, 3_000, 3),
            (Factor::OtpToken, Channel::Web, 9_999, 5),
            (Factor::OtpToken, Channel::Mobile, 200_000, 5),
            (Factor::SigningKey, Channel::Web, 1_000_000, 5),
        ]
        .into_iter()
        .enumerate()
        {
            let payer = rich(&bank, &format!("1360000{number:04}")).await;
            let mut racers = JoinSet::new();
            for _ in 0..20 {
                let order = OrderNumber::of_import(6, NEXT.fetch_add(1, Ordering::Relaxed)).unwrap();
                let command = card_command_id(1 << 42 | order.0 as u64 & 0xffff_ffff);
                let (minor, now) = (yuan * YUAN, Clock::now(&bank.clock));
                let mut instruction =
                    PaymentInstruction::card(command, order, payer.account, wang.account, minor, now);
                (instruction.factor, instruction.channel) = (factor, channel);
                let (payments, accounts, customer) =
                    (bank.payments.clone(), bank.accounts.clone(), payer.person.customer);
                racers.spawn(async move {
                    let limits = accounts.limits(customer, Method::of(factor).unwrap(), channel).await.unwrap();
                    instruction.more_limits = uses_of(&limits);
                    payments.submit(&instruction).unwrap().await.unwrap().is_paid()
                });
            }
            let passed = racers.join_all().await.into_iter().filter(|paid| *paid).count();
            assert_eq!(passed, fit, "{factor:?} {channel:?}");
        }
        bank.stop().await;
    }

    async fn ones_own_limit_is_lower_at_once_and_higher_only_later(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (rich(&bank, "13800005678").await, bank.wang().await);
        let by_text = async |yuan: i64| pay(&bank, &lin, &wang, Factor::SmsCode, Channel::Web, yuan * YUAN).await;
        let session = bank.passport.authenticate(&lin.cookie).await.unwrap().unwrap();
        let set = async |limit, yuan: Option<i64>| {
            bank.payments.set_own_limit(&session, limit, yuan.map(|yuan| yuan * YUAN)).await
        };
        assert_eq!(by_text(1_000).await, "ok");
        set(OwnLimit::Payment(Method::SmsCode), Some(500)).await.unwrap();
        assert_eq!((by_text(501).await, by_text(500).await), ("payments.sms_payment_exceeded", "ok"));
        set(OwnLimit::Day(Method::SmsCode), Some(2_000)).await.unwrap();
        assert_eq!((by_text(500).await, by_text(1).await), ("ok", "payments.sms_day_exceeded"));
        set(OwnLimit::Total, Some(3_000)).await.unwrap();
        let by_token = async |yuan: i64| pay(&bank, &lin, &wang, Factor::OtpToken, Channel::Web, yuan * YUAN).await;
        assert_eq!(by_token(1_001).await, "payments.own_total_exceeded", "what texts confirmed counts in the total");
        assert_eq!(by_token(1_000).await, "ok");

        let refused = refusal(set(OwnLimit::Total, Some(3_001)).await);
        assert_eq!((refused.code, refused.status), ("passport.step_up_needed", 403), "raising asks for a proof");
        assert_eq!(refusal(set(OwnLimit::Total, None).await).code, "passport.step_up_needed");
        bank.open_window(&lin).await;
        let raised = set(OwnLimit::Total, None).await.unwrap();
        assert_eq!(raised.from, Clock::now(&bank.clock).plus_ms(24 * 3_600_000));
        assert_eq!(by_token(1).await, "payments.own_total_exceeded", "not before its time");
        bank.clock.set(raised.from);
        assert_eq!(by_token(40_000).await, "ok");

        // Lowering takes back what was to come.
        set(OwnLimit::Total, Some(0)).await.unwrap();
        assert_eq!(by_token(1).await, "payments.own_total_exceeded");
        bank.stop().await;
    }

    async fn of_many_that_lower_at_once_the_lowest_stays(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (rich(&bank, "13800005678").await, bank.wang().await);
        let session = bank.passport.authenticate(&lin.cookie).await.unwrap().unwrap();
        assert_eq!(pay(&bank, &lin, &wang, Factor::SmsCode, Channel::Web, YUAN).await, "ok");
        for round in 1..=8_i64 {
            let lowest = (10 - round) * 1_000;
            let mut racers = JoinSet::new();
            for step in 0..12 {
                // The lowest goes first, in the middle, and last.
                let cap = lowest + (step + round * 5) % 12;
                let (payments, session) = (bank.payments.clone(), session.clone());
                racers.spawn(async move {
                    match payments.set_own_limit(&session, OwnLimit::Total, Some(cap)).await {
                        Ok(set) => assert_eq!(set.cap_minor, Some(cap)),
                        // Another was faster, and this would be higher by now.
                        Err(error) => assert_eq!(refusal::<()>(Err(error)).code, "passport.step_up_needed"),
                    }
                });
            }
            racers.join_all().await;
            let own = bank.accounts.own_limits(&lin.web).await.unwrap();
            assert_eq!(own.of(OwnLimit::Total), Some(lowest), "round {round}");
            let limits = bank.accounts.limits_used(lin.person.customer, Method::SmsCode, Channel::Web).await.unwrap();
            assert_eq!(limits[5].used.cap_minor, lowest, "the ledger holds the same");
        }
        bank.stop().await;
    }

    async fn looking_opens_no_counter_and_shows_what_binds(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let before = bank.records();
        let seen = bank.payments.limit_overview(&lin.web).await.unwrap();
        assert_eq!(bank.records(), before, "nothing was written");
        assert_eq!((seen.here, seen.lines.len(), seen.lines_here().count()), (Channel::Web, 12, 4));
        let text = |seen: &payments::LimitOverview, channel| {
            let mut lines = seen.lines.iter();
            lines.find(|line| line.method == Method::SmsCode && line.channel == channel).unwrap().clone()
        };
        assert!(text(&seen, Channel::Web).is_held && !seen.lines[3].is_held);
        assert_eq!(text(&seen, Channel::Web).cap.left_minor(), Some(10_000 * YUAN));
        assert_eq!(pay(&bank, &lin, &wang, Factor::SmsCode, Channel::Web, 4_000 * YUAN).await, "ok");
        let session = bank.passport.authenticate(&lin.cookie).await.unwrap().unwrap();
        bank.payments.set_own_limit(&session, OwnLimit::Day(Method::SmsCode), Some(4_500 * YUAN)).await.unwrap();
        let seen = bank.payments.limit_overview(&lin.web).await.unwrap();
        let binds = |channel| {
            let cap = text(&seen, channel).cap;
            cap.binding().map(|part| (part.reason.code(), part.used.left_minor / YUAN))
        };
        assert_eq!(binds(Channel::Web), Some(("own_day", 500)));
        assert_eq!(binds(Channel::Mobile), Some(("own_day", 4_500)), "a day of another channel");
        let passkey = seen.lines.iter().find(|line| line.method == Method::Passkey && line.channel == Channel::Mobile);
        let cap = &passkey.unwrap().cap;
        assert_eq!(cap.binding().map(|part| part.reason.code()), Some("tier_day"), "texts count in the tier");
        assert_eq!(cap.left_minor(), Some(6_000 * YUAN));
        bank.stop().await;
    }

    async fn a_new_version_of_the_matrix_holds_from_its_day_on(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (rich(&bank, "13800005678").await, bank.wang().await);
        let by_text = async |yuan: i64| pay(&bank, &lin, &wang, Factor::SmsCode, Channel::Web, yuan * YUAN).await;
        assert_eq!(by_text(1_000).await, "ok");
        let today = bank.calendar.day(Clock::now(&bank.clock));
        let lower = |method: Method, caps: Caps| match method {
            Method::SmsCode | Method::Passkey => {
                Caps { payment_minor: Some(500 * YUAN), day_minor: Some(800 * YUAN), month_minor: Some(9_000 * YUAN) }
            }
            _ => caps,
        };
        let initial = Matrix::initial();
        let lines = initial.lines().map(|(method, channel, caps)| (method, channel, lower(method, caps)));
        let matrix = Matrix::try_new(0, BankDay(today.0 + 1), lines).unwrap();
        bank.accounts.check_matrix(&matrix).unwrap();
        let version = bank.accounts.adopt_matrix(71, 0, &matrix, "1001", "1002").await.unwrap();
        assert_eq!(bank.accounts.adopt_matrix(71, 0, &matrix, "1001", "1002").await.unwrap(), version, "once a proposal");
        let stale = bank.accounts.adopt_matrix(72, 0, &matrix, "1001", "1002").await;
        assert_eq!(refusal(stale).code, "accounts.matrix_stale");
        assert_eq!(bank.accounts.matrix_versions().await.unwrap().len(), 1);
        assert_eq!(bank.accounts.matrix().await.unwrap().version, 0);
        assert_eq!(by_text(1_000).await, "ok", "today the old one holds");
        bank.clock.set(bank.calendar.at_hour(BankDay(today.0 + 1), 0).unwrap());
        assert_eq!(bank.accounts.matrix().await.unwrap().version, version);
        assert_eq!((by_text(501).await, by_text(500).await), ("payments.sms_payment_exceeded", "ok"));
        assert_eq!((by_text(301).await, by_text(300).await), ("payments.sms_day_exceeded", "ok"));
        assert_eq!(bank.accounts.matrix().await.unwrap().tier(Tier::One).day_minor, Some(800 * YUAN));
        for (from, code) in [(today.0, "accounts.matrix_from_past"), (today.0 + 368, "accounts.matrix_from_far")] {
            let matrix = Matrix::try_new(0, BankDay(from), Matrix::initial().lines()).unwrap();
            assert_eq!(refusal(bank.accounts.check_matrix(&matrix)).code, code);
        }
        bank.stop().await;
    }
}
