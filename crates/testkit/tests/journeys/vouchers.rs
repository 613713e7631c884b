//! The general ledger: vouchers of slices from the journal alone.

use accounts::{BookItem, Slicing, Voucher, settle_slicing};
use db::{Db, params};
use kit::{BankDay, Clock, Timestamp};
use ledger::{Action, Command, CommandId, Mode, Transfer};
use testkit::{Bank, Member, START};

const MINUTE: i64 = 60_000;

fn day() -> BankDay {
    BankDay::from_iso("2026-11-21").unwrap()
}

/// The first slice that begins after the bank's clock was set.
fn first_slice(bank: &Bank) -> Timestamp {
    bank.accounts.slicing().slice(START).unwrap().end
}

/// A transfer with a business time of its own, as what comes late has one.
async fn late(bank: &Bank, from: &Member, to: &Member, time: Timestamp, amount: i64, id: u128) {
    let transfer = Transfer {
        debit: from.account.id,
        credit: to.account.id,
        amount,
        code: 1,
        reference: 77,
        mode: Mode::Immediate,
        balancing: None,
        limits: Vec::new(),
        epoch: None,
    };
    let command =
        Command { id: CommandId(id), time_ms: time.as_ms(), action: Action::Transfer(transfer), document: Vec::new() };
    let answer = bank.ledger.execute(command).await.unwrap();
    assert!(matches!(answer.outcome, ledger::Outcome::Done(_)), "{:?}", answer.outcome);
}

async fn vouchers(bank: &Bank, day: BankDay) -> Vec<Voucher> {
    bank.projections.caught_up().await;
    bank.accounts.vouchers_of_day(day).await.unwrap()
}

async fn items(bank: &Bank, voucher: &Voucher) -> Vec<BookItem> {
    bank.accounts.voucher_items(voucher, 0, 1_000).await.unwrap()
}

/// Every voucher goes down to its transfers, and these are what it says.
async fn goes_down(bank: &Bank, vouchers: &[Voucher]) {
    for voucher in vouchers {
        let items = items(bank, voucher).await;
        assert_eq!(items.len() as i64, voucher.sum.transfers);
        assert_eq!(items.iter().map(|item| item.amount_minor).sum::<i64>(), voucher.sum.amount_minor);
        assert_eq!(items[0].sequence, voucher.number());
        assert_eq!(bank.accounts.voucher(voucher.number()).await.unwrap(), Some(*voucher));
        assert!(items.iter().all(|item| item.day == voucher.key.day && voucher.key.slice.has(item.booked)));
    }
}

db::engine_tests! {
    async fn vouchers_add_up_to_the_journal_and_go_down_to_their_transfers(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.clock.set(first_slice(&bank));
        for amount in 1..=5 {
            bank.pay(&lin, &wang, amount * 100).await;
            bank.clock.advance_ms(MINUTE);
        }
        // The sixth begins the next slice, to the millisecond.
        bank.pay(&lin, &wang, 7).await;
        let all = vouchers(&bank, day()).await;
        goes_down(&bank, &all).await;
        let paid: Vec<(i64, i64, i64)> = all
            .iter()
            .filter(|voucher| voucher.key.code == 1)
            .map(|voucher| (voucher.key.slice.start.as_ms(), voucher.sum.transfers, voucher.sum.amount_minor))
            .collect();
        let first = first_slice(&bank).as_ms();
        assert_eq!(paid, [(first, 5, 1_500), (first + 5 * MINUTE, 1, 7)]);
        assert!(all.iter().all(|voucher| voucher.sum.carried == 0 && voucher.key.slice.minutes == 5));

        // The journal's own sums, counted without the bookkeeper.
        let mut reader = bank.ledger.partitions()[0].reader(0);
        let (mut count, mut sum) = (0, 0);
        while let Some(batch) = reader.next_batch().unwrap() {
            for entry in batch.entries {
                if let ledger::Outcome::Done(ledger::Effect::Posted(posted)) = entry.outcome {
                    (count, sum) = (count + 1, sum + posted.amount);
                }
            }
        }
        assert_eq!(all.iter().map(|voucher| voucher.sum.transfers).sum::<i64>(), count);
        assert_eq!(all.iter().map(|voucher| voucher.sum.amount_minor).sum::<i64>(), sum);
        let slices = bank.accounts.slices_of_day(day()).await.unwrap();
        assert_eq!(slices.iter().map(|total| total.sum.amount_minor).sum::<i64>(), sum);
        let check = bank.accounts.check_books(None).await.unwrap();
        assert!(check.is_equal() && check.transfers == count as u64, "{check:?}");
        let trial = bank.accounts.trial_balance(day()).await.unwrap();
        assert_eq!(bank.accounts.trial_balance_from_journal(day()).await.unwrap(), trial);
        let mut read = Vec::new();
        let slice = slices.last().unwrap().slice;
        bank.accounts.read_slice(slice, |item| { read.push(item.amount_minor); Ok(()) }).await.unwrap();
        assert_eq!(read, [7]);
        // Where the tables say that a slice begins is looked at, and not believed.
        for first in [0, 3, 1_000_000] {
            bank.db.execute("UPDATE book_slice SET first_position = $1", params![first]).await.unwrap();
            read.clear();
            bank.accounts
                .read_slice(slice, |item| {
                    read.push(item.amount_minor);
                    Ok(())
                })
                .await
                .unwrap();
            assert_eq!(read, [7], "{first}");
        }
        bank.stop().await;
    }

    async fn a_hold_is_posted_under_its_own_code_in_the_slice_of_its_posting(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = CommandId(99);
        let hold = Transfer {
            debit: lin.account.id, credit: wang.account.id, amount: 500, code: 9, reference: 5,
            mode: Mode::Hold { expires_ms: None }, balancing: None, limits: Vec::new(), epoch: None,
        };
        let command = |id, action| Command { id: CommandId(id), time_ms: bank.clock.now().as_ms(), action, document: Vec::new() };
        bank.ledger.execute(command(99, Action::Transfer(hold))).await.unwrap();
        bank.projections.caught_up().await;
        bank.clock.advance_ms(10 * MINUTE);
        bank.ledger.execute(command(100, Action::Post { hold: order, amount: Some(300) })).await.unwrap();
        let all = vouchers(&bank, day()).await;
        let of_hold: Vec<&Voucher> = all.iter().filter(|voucher| voucher.key.code == 9).collect();
        assert_eq!((of_hold.len(), of_hold[0].sum.amount_minor, of_hold[0].sum.carried), (1, 300, 0));
        assert!(of_hold[0].key.slice.has(bank.clock.now()));
        assert_eq!(items(&bank, of_hold[0]).await[0].reference, 5);
        assert!(bank.accounts.check_books(Some(day())).await.unwrap().is_equal());
        bank.stop().await;
    }

    async fn what_is_late_is_carried_and_marked_and_closed_slices_stay(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let first = first_slice(&bank);
        bank.clock.set(first);
        bank.pay(&lin, &wang, 100).await;
        bank.clock.set(first.plus_ms(5 * MINUTE));
        bank.pay(&lin, &wang, 200).await;
        let before = vouchers(&bank, day()).await;
        // Business time in the slice that is over.
        late(&bank, &lin, &wang, first.plus_ms(MINUTE), 30, 501).await;
        let after = vouchers(&bank, day()).await;
        let closed = |vouchers: &[Voucher]| {
            vouchers.iter().filter(|voucher| voucher.key.slice.start <= first).copied().collect::<Vec<_>>()
        };
        assert_eq!(closed(&before), closed(&after));
        let last = after.last().unwrap();
        assert_eq!((last.key.slice.start, last.sum.transfers, last.sum.carried, last.sum.carried_minor), (first.plus_ms(5 * MINUTE), 2, 1, 30));

        // Across midnight: the day before has it in its books, in a slice of the new day.
        let (_, midnight) = bank.accounts.slicing().bounds(day()).unwrap();
        bank.clock.set(midnight);
        let next = BankDay(day().0 + 1);
        bank.pay(&lin, &wang, 400).await;
        late(&bank, &lin, &wang, midnight.plus_ms(-1), 50, 502).await;
        late(&bank, &lin, &wang, midnight, 60, 503).await;
        let of_next = vouchers(&bank, next).await;
        assert_eq!(of_next.iter().map(|voucher| (voucher.sum.amount_minor, voucher.sum.carried)).collect::<Vec<_>>(), [(460, 0)]);
        let carried = *vouchers(&bank, day()).await.last().unwrap();
        assert_eq!((carried.key.slice.start, carried.key.day, carried.sum.carried_minor, carried.sum.amount_minor), (midnight, day(), 50, 50));
        assert_eq!(bank.accounts.slices_of_day(day()).await.unwrap().last().unwrap().slice.start, midnight);
        goes_down(&bank, &vouchers(&bank, day()).await).await;
        let trial = bank.accounts.trial_balance(day()).await.unwrap();
        assert!(trial.balanced && bank.accounts.trial_balance_from_journal(day()).await.unwrap() == trial);
        assert!(bank.accounts.check_books(None).await.unwrap().is_equal());
        bank.stop().await;
    }

    async fn planted_changes_are_found_exactly_and_a_rebuild_mends_them(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.clock.advance_ms(86_400_000);
        bank.pay(&lin, &wang, 100).await;
        let next = BankDay(day().0 + 1);
        let voucher = vouchers(&bank, next).await[0];
        let number = i64::try_from(voucher.number()).unwrap();
        bank.db.execute("UPDATE voucher SET amount_minor = amount_minor + 1 WHERE first_sequence = $1", params![number]).await.unwrap();
        let check = bank.accounts.check_books(Some(next)).await.unwrap();
        assert_eq!(check.voucher_differences.len(), 1);
        let found = check.voucher_differences[0];
        assert_eq!((found.number(), found.here.unwrap().amount_minor, found.there.unwrap().amount_minor), (voucher.number(), 101, 100));
        assert!(bank.accounts.check_books(Some(day())).await.unwrap().is_equal(), "the other day is whole");
        for (sql, differences) in [
            ("DELETE FROM voucher WHERE first_sequence = $1", (1, 0, 0)),
            ("UPDATE book_slice SET transfers = transfers + 1 WHERE first_sequence = $1", (1, 1, 0)),
            ("DELETE FROM book_slice WHERE first_sequence = $1", (1, 1, 0)),
            ("UPDATE book_day SET debits_minor = debits_minor + $1 WHERE kind = 2011 AND bank_day = 20779", (1, 1, 1)),
        ] {
            bank.db.execute(sql, params![number]).await.unwrap();
            let check = bank.accounts.check_books(Some(next)).await.unwrap();
            let found = (check.voucher_differences.len(), check.slice_differences.len(), check.day_differences.len());
            assert_eq!(found, differences, "{sql}");
        }
        for name in ["accounts.voucher", "accounts.book"] {
            bank.projections.reset(name).await.unwrap();
        }
        assert!(bank.accounts.check_books(None).await.unwrap().is_equal());
        assert_eq!(vouchers(&bank, next).await, [voucher]);
        bank.stop().await;
    }

    async fn another_length_holds_from_the_next_midnight_and_leaves_what_is_posted(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 100).await;
        let before = vouchers(&bank, day()).await;
        let settle = async |minutes| settle_slicing(&bank.db, &bank.calendar, minutes, bank.clock.now()).await.unwrap();
        let lengths = |slicing: &Slicing| [0, 1, 2].map(|ahead| slicing.minutes(BankDay(day().0 + ahead)));
        assert_eq!(lengths(&settle(None).await), [5, 5, 5]);
        assert_eq!(lengths(&settle(Some(5)).await), [5, 5, 5]);
        assert_eq!(lengths(&settle(Some(15)).await), [5, 15, 15]);
        // Another wish on the same day takes the place of the first.
        assert_eq!(lengths(&settle(Some(30)).await), [5, 30, 30]);
        assert_eq!(lengths(&settle(None).await), [5, 30, 30]);
        let bank = bank.restart().await;
        bank.pay(&lin, &wang, 100).await;
        bank.clock.advance_ms(86_400_000);
        bank.pay(&lin, &wang, 100).await;
        assert_eq!(vouchers(&bank, BankDay(day().0 + 1)).await[0].key.slice.minutes, 30);
        let today = vouchers(&bank, day()).await;
        assert!(today.iter().all(|voucher| voucher.key.slice.minutes == 5) && today.len() == before.len());
        let changed = settle_slicing(&bank.db, &bank.calendar, Some(5), bank.clock.now()).await.unwrap();
        assert_eq!(lengths(&changed), [5, 30, 5]);
        bank.projections.reset("accounts.voucher").await.unwrap();
        assert!(bank.accounts.check_books(None).await.unwrap().is_equal());
        assert_eq!(vouchers(&bank, day()).await, today);
        bank.stop().await;
    }
}
