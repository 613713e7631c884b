//! Transfers that the bank's clock starts: at most one payment a due day, missed days made up once, refusals told.

use db::Db;
use kit::{BankDay, Clock, Timestamp};
use payments::{Confirmed, DueReport, Rhythm, Schedule, ScheduleState, TransferForm, TransferOptions, When};
use testkit::{Bank, Member, refusal};

const HOUR: i64 = 3_600_000;

async fn schedule(bank: &Bank, lin: &Member, amount: &str, when: When) -> Schedule {
    let form = TransferForm {
        payer: lin.account.id,
        payee: "13900006027".to_owned(),
        amount: amount.to_owned(),
        memo: "房租".to_owned(),
    };
    let draft =
        bank.payments.prepare_as(&lin.web, form, TransferOptions { when, ..TransferOptions::default() }).await.unwrap();
    let confirmed = bank.confirm(lin, draft.id).await.unwrap();
    assert_eq!(
        bank.payments.confirm_with(&lin.web, draft.id, None).await.unwrap(),
        confirmed,
        "a double click makes one"
    );
    let Confirmed::Scheduled(schedule) = confirmed else { panic!("not scheduled: {confirmed:?}") };
    schedule
}

async fn run_at(bank: &Bank, at: Timestamp) -> (u64, u64) {
    bank.clock.set(at);
    let DueReport { scheduled_paid, scheduled_refused, .. } = bank.payments.run_due(at).await.unwrap();
    (scheduled_paid, scheduled_refused)
}

fn nine(bank: &Bank, year: i32, month: u8, day: u8) -> Timestamp {
    bank.calendar.at_hour(BankDay::from_ymd(year, month, day), 9).unwrap()
}

db::engine_tests! {
    async fn a_monthly_transfer_is_paid_on_its_days_and_missed_ones_are_made_up_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let first = BankDay::from_ymd(2026, 11, 30);
        let made = schedule(&bank, &lin, "100", When::Every(Rhythm::Monthly, first, None)).await;
        assert_eq!((made.next, made.runs), (Some(nine(&bank, 2026, 11, 30)), 0));
        assert_eq!(bank.balance(&lin).await, 1_000_000);

        assert_eq!(run_at(&bank, nine(&bank, 2026, 11, 30).plus_ms(-1)).await, (0, 0));
        assert_eq!(run_at(&bank, nine(&bank, 2026, 11, 30)).await, (1, 0));
        assert_eq!(run_at(&bank, nine(&bank, 2026, 11, 30)).await, (0, 0));
        let bank = bank.restart().await;
        assert_eq!(run_at(&bank, nine(&bank, 2026, 12, 30).plus_ms(5 * HOUR)).await, (1, 0));
        let now = bank.payments.schedule(&lin.web, made.id).await.unwrap();
        assert_eq!((now.next, now.runs), (Some(nine(&bank, 2027, 1, 30)), 2));

        // January and February are missed: one payment makes up for both, and March is paid on its day.
        assert_eq!(run_at(&bank, nine(&bank, 2027, 3, 5)).await, (1, 0));
        assert_eq!(run_at(&bank, nine(&bank, 2027, 3, 29)).await, (0, 0));
        assert_eq!(run_at(&bank, nine(&bank, 2027, 3, 30)).await, (1, 0));
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (960_000, 1_040_000));

        let stopped = bank.payments.cancel_schedule(&lin.web, made.id).await.unwrap();
        assert_eq!((stopped.state, stopped.next, stopped.runs), (ScheduleState::Cancelled, None, 4));
        assert_eq!(run_at(&bank, nine(&bank, 2027, 4, 30)).await, (0, 0));
        let receipt = bank.payments.receipt(&wang.web, stopped.last_order.unwrap()).await.unwrap();
        assert_eq!((receipt.memo.as_str(), receipt.amount.plain().as_str()), ("房租", "100.00"));
        bank.stop().await;
    }

    async fn what_proves_a_rhythm_says_it(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let first = BankDay::from_ymd(2026, 11, 30);
        for (when, words) in [
            (When::Now, "您将向王*国付款"),
            (When::On(first), "您将于 2026-11-30 向王*国付款"),
            (When::Every(Rhythm::Weekly, first, None), "您将自 2026-11-30 起每周重复向王*国付款"),
        ] {
            let (payee, memo) = ("13900006027".to_owned(), String::new());
            let form = TransferForm { payer: lin.account.id, payee, amount: "1".to_owned(), memo };
            let options = TransferOptions { when, ..TransferOptions::default() };
            let draft = bank.payments.prepare_as(&lin.web, form, options).await.unwrap();
            bank.code(&lin, draft.id).await.unwrap();
            let text = bank.phone.texts(lin.person.mobile.e164()).remove(0).text;
            assert!(text.contains(words), "{text}");
            bank.clock.advance_ms(61_000);
        }
        bank.stop().await;
    }

    async fn a_transfer_for_one_day_ends_and_a_refused_one_is_told(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let day = BankDay::from_ymd(2026, 12, 1);
        let once = schedule(&bank, &lin, "9999.99", When::On(day)).await;
        let daily = schedule(&bank, &lin, "1", When::Every(Rhythm::Daily, day, Some(BankDay(day.0 + 1)))).await;
        bank.pay(&lin, &wang, 500_000).await;
        assert_eq!(run_at(&bank, nine(&bank, 2026, 12, 1)).await, (1, 1));
        let once = bank.payments.schedule(&lin.web, once.id).await.unwrap();
        assert_eq!((once.state, once.next), (ScheduleState::Ended, None));
        assert_eq!(once.last_refusal.as_deref(), Some("payments.insufficient_funds"));
        let told = "SELECT COUNT(*) AS n FROM notice WHERE kind = 'schedule_refused'";
        assert_eq!(bank.db.query_one(told, vec![]).await.unwrap().i64("n").unwrap(), 1);
        assert_eq!(run_at(&bank, nine(&bank, 2026, 12, 2)).await, (1, 0));
        assert_eq!(bank.payments.schedule(&lin.web, daily.id).await.unwrap().state, ScheduleState::Ended);
        assert_eq!(run_at(&bank, nine(&bank, 2026, 12, 3)).await, (0, 0));
        assert_eq!(bank.payments.schedules(&lin.web).await.unwrap().len(), 2);
        bank.stop().await;
    }

    async fn twenty_runs_at_once_pay_a_due_day_once_and_another_s_schedule_does_not_exist(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let made = schedule(&bank, &lin, "10", When::Every(Rhythm::Daily, BankDay::from_ymd(2026, 11, 22), None)).await;
        for day in 22..25 {
            bank.clock.set(nine(&bank, 2026, 11, day));
            let mut runs = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let (payments, now) = (bank.payments.clone(), bank.clock.now());
                runs.spawn(async move { payments.run_due(now).await.unwrap().scheduled_paid });
            }
            assert_eq!(runs.join_all().await.into_iter().sum::<u64>(), 1);
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 3 * 1_000);
        for answer in [
            bank.payments.schedule(&wang.web, made.id).await,
            bank.payments.cancel_schedule(&wang.web, made.id).await,
        ] {
            assert_eq!(refusal(answer).code, "payments.schedule_not_found");
        }
        bank.stop().await;
    }

    async fn a_run_that_broke_off_after_the_ledger_had_paid_is_finished_without_paying_again(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let made = schedule(&bank, &lin, "10", When::On(BankDay::from_ymd(2026, 11, 22))).await;
        assert_eq!(run_at(&bank, nine(&bank, 2026, 11, 22)).await, (1, 0));
        let paid = bank.payments.schedule(&lin.web, made.id).await.unwrap();
        // As if the tables had not been written before the crash.
        let back = "UPDATE payment_schedule SET state = 'active', next_day = first_day, next_ms = created_ms, runs = 0";
        bank.db.execute(back, vec![]).await.unwrap();
        let bank = bank.restart().await;
        assert_eq!(run_at(&bank, nine(&bank, 2026, 11, 23)).await, (1, 0));
        let again = bank.payments.schedule(&lin.web, made.id).await.unwrap();
        assert_eq!((again.last_order, again.state, again.runs), (paid.last_order, ScheduleState::Ended, 1));
        assert_eq!(bank.balance(&lin).await, 999_000);
        bank.stop().await;
    }
}
