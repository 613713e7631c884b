//! Slices by the journal, their vouchers and the networks' lists, and the end of a day.

use super::interbank::{sent, work};
use db::{Db, params};
use kit::{BankDay, Clock, Timestamp};
use money::AmountWire;
use payments::{Advice, BookChannel, Case, CaseKind, DayEndState, SliceDifferenceKind, SliceState, SliceView};
use testkit::debit::at_terminal;
use testkit::{Bank, Member, START};

const MINUTE: i64 = 60_000;

fn day() -> BankDay {
    BankDay::from_iso("2026-11-21").unwrap()
}

fn first_slice(bank: &Bank) -> Timestamp {
    bank.accounts.slicing().slice(START).unwrap().end
}

fn cny(value: &str) -> AmountWire {
    AmountWire { value: value.to_owned(), currency: "CNY".to_owned() }
}

/// Lets the slice that is open end, and compares.
async fn look(bank: &Bank) -> usize {
    bank.projections.caught_up().await;
    bank.payments.run_slices().await.unwrap()
}

async fn cases(bank: &Bank) -> Vec<Case> {
    bank.payments.cases(true).await.unwrap().into_iter().filter(|case| case.kind.is_of_books()).collect()
}

fn fact<'a>(case: &'a Case, name: &str) -> &'a str {
    case.facts.get(name).map_or("", String::as_str)
}

async fn view(bank: &Bank, start: Timestamp) -> SliceView {
    bank.payments.slice_of(start).await.unwrap().0
}

/// What is planted, what takes it away, and what is found: case, difference, network, by the journal and by the other side.
type Planted =
    (&'static str, &'static str, CaseKind, SliceDifferenceKind, Option<BookChannel>, (Option<i64>, Option<i64>));

/// A bank with a payment inside, one to another bank and one by card in the first slice, and a time after it.
async fn lived_in(db: Db) -> (Bank, Timestamp, Member) {
    let bank = Bank::on(db).await;
    let (lin, wang) = (bank.lin().await, bank.wang().await);
    let card = bank.debit_card(&lin).await;
    let face = bank.card_face(&lin, &card).await;
    let start = first_slice(&bank);
    bank.clock.set(start);
    bank.pay(&lin, &wang, 100).await;
    sent(&bank, &lin, None).await;
    work(&bank).await;
    bank.payments.authorise_card(&at_terminal(&face, "p1", "100.00")).await.unwrap();
    bank.payments.advise_card(Advice::Capture, "p1-c", "p1", Some(&cny("70.00"))).await.unwrap();
    bank.clock.set(start.plus_ms(6 * MINUTE));
    (bank, start, lin)
}

db::engine_tests! {
    async fn a_slice_is_even_when_journal_vouchers_and_lists_say_the_same(db: Db) {
        let (bank, start, lin) = lived_in(db).await;
        assert!(look(&bank).await > 0);
        assert!(cases(&bank).await.is_empty(), "{:?}", cases(&bank).await);
        let slice = view(&bank, start).await;
        let check = slice.check.clone().unwrap();
        assert_eq!(slice.state(), SliceState::Even);
        assert_eq!(check.journal, check.vouchers);
        if bank.ledger.partitions().len() == 1 {
            assert_eq!((check.journal.count, check.journal.minor), (3, 100 + 6_666 + 7_000));
        }
        assert_eq!((check.clearing_here, check.clearing_here.minor), (check.clearing_there, -6_666));
        assert_eq!((check.cards_here, check.cards_here.minor), (check.cards_there, 7_000));
        // What is given back in a later slice, and cash, is on the list too.
        bank.payments.advise_card(Advice::Refund, "p1-b", "p1", Some(&cny("20.00"))).await.unwrap();
        let card = bank.accounts.debit_cards(&lin.web).await.unwrap().remove(0);
        let face = bank.card_face(&lin, &card).await;
        let atm = payments::AuthorisationRequest { channel: "atm".to_owned(), ..at_terminal(&face, "a1", "300.00") };
        assert!(bank.payments.authorise_card(&atm).await.unwrap().is_approved());
        bank.clock.advance_ms(6 * MINUTE);
        look(&bank).await;
        let check = view(&bank, start.plus_ms(5 * MINUTE)).await.check.unwrap();
        assert_eq!((check.cards_here.minor, check.cards_there.minor, check.differences), (30_000 - 2_000, 28_000, 0));
        assert!(cases(&bank).await.is_empty());
        bank.stop().await;
    }

    async fn a_planted_difference_is_found_in_its_very_slice_with_its_item_and_closes_itself(db: Db) {
        let (bank, start, _) = lived_in(db).await;
        look(&bank).await;
        let vouchers = bank.accounts.vouchers_of_slice(start).await.unwrap();
        let number = vouchers.iter().find(|voucher| voucher.sum.amount_minor == 100).unwrap().number();
        let number_i64 = i64::try_from(number).unwrap();
        let posting = bank.db.query_one("SELECT sequence, order_id FROM clearing_posting", params![]).await.unwrap();
        let (sequence, order) = (posting.i64("sequence").unwrap(), posting.i64("order_id").unwrap());
        let planted: [Planted; 7] = [
            ("UPDATE voucher SET amount_minor = amount_minor + 1 WHERE first_sequence = $1",
             "UPDATE voucher SET amount_minor = amount_minor - 1 WHERE first_sequence = $1",
             CaseKind::VoucherDiffers, SliceDifferenceKind::Voucher, None, (Some(100), Some(101))),
            ("UPDATE voucher SET transfers = transfers + 1 WHERE first_sequence = $1",
             "UPDATE voucher SET transfers = transfers - 1 WHERE first_sequence = $1",
             CaseKind::VoucherDiffers, SliceDifferenceKind::Voucher, None, (Some(100), Some(100))),
            ("UPDATE clearing_posting SET amount_minor = amount_minor - 1 WHERE $1 > 0",
             "UPDATE clearing_posting SET amount_minor = amount_minor + 1 WHERE $1 > 0",
             CaseKind::ChannelAmount, SliceDifferenceKind::Amount, Some(BookChannel::Clearing), (Some(-6_666), Some(-6_667))),
            ("UPDATE interbank_payment SET amount_minor = 6667 WHERE $1 > 0",
             "UPDATE interbank_payment SET amount_minor = 6666 WHERE $1 > 0",
             CaseKind::ChannelAmount, SliceDifferenceKind::Amount, Some(BookChannel::Clearing), (Some(-6_666), Some(-6_667))),
            ("UPDATE card_advice SET billed_minor = 7001 WHERE $1 > 0", "UPDATE card_advice SET billed_minor = 7000 WHERE $1 > 0",
             CaseKind::ChannelAmount, SliceDifferenceKind::Amount, Some(BookChannel::Cards), (Some(7_000), Some(7_001))),
            ("UPDATE card_advice SET state = 'deciding' WHERE $1 > 0", "UPDATE card_advice SET state = 'done' WHERE $1 > 0",
             CaseKind::ChannelOnlyHere, SliceDifferenceKind::OnlyHere, Some(BookChannel::Cards), (Some(7_000), None)),
            ("UPDATE clearing_posting SET sequence = sequence + 1000000 WHERE $1 > 0", "UPDATE clearing_posting SET sequence = sequence - 1000000 WHERE $1 > 0",
             CaseKind::ChannelOnlyHere, SliceDifferenceKind::OnlyHere, Some(BookChannel::Clearing), (Some(-6_666), None)),
        ];
        let mut opened = 0;
        for (plant, mend, kind, difference, channel, amounts) in planted {
            bank.db.execute(plant, params![number_i64]).await.unwrap();
            bank.payments.compare_slices_of(day()).await.unwrap();
            let open = cases(&bank).await;
            assert_eq!((open.len(), open[0].kind), (1, kind), "{plant}: {open:?}");
            opened += 1;
            assert_eq!(fact(&open[0], "slice"), start.as_ms().to_string(), "{plant}");
            let (slice, found) = bank.payments.slice_of(start).await.unwrap();
            assert_eq!(slice.state(), SliceState::Differs);
            let standing: Vec<_> = found.iter().filter(|one| one.gone.is_none()).collect();
            assert_eq!(standing.len(), 1, "{plant}");
            let one = standing[0];
            assert_eq!((one.kind, one.channel, (one.journal_minor, one.other_minor)), (difference, channel, amounts), "{plant}");
            match channel {
                None => assert_eq!(one.reference, number.to_string()),
                Some(BookChannel::Clearing) => assert_eq!((one.sequence, one.order), (Some(sequence), Some(order))),
                Some(BookChannel::Cards) if amounts.1.is_some() => assert_eq!(one.reference, "p1-c"),
                Some(BookChannel::Cards) => assert!(one.sequence.is_some() && one.order.is_some()),
            }
            // Elsewhere everything is even, the day is not closed, and looking again opens nothing anew.
            let others = bank.payments.slices_of(day()).await.unwrap();
            assert!(others.iter().all(|view| view.total.slice.start == start || view.state() == SliceState::Even));
            assert_eq!(bank.payments.day_end(day()).await.unwrap().differing, [start]);
            look(&bank).await;
            assert_eq!(cases(&bank).await.len(), 1);
            bank.db.execute(mend, params![number_i64]).await.unwrap();
            look(&bank).await;
            assert!(cases(&bank).await.is_empty(), "{mend}");
            let closed = bank.payments.cases(false).await.unwrap();
            assert_eq!(closed.len(), opened, "{plant}");
            assert!(closed[0].facts.contains_key("gone") && closed[0].closed_by.is_none());
            assert_eq!(view(&bank, start).await.state(), SliceState::Even);
        }
        // What comes back is a case of its own; what somebody closed by hand is none again.
        let plant = planted_again(&bank, number_i64).await;
        assert_eq!(cases(&bank).await.len(), 1);
        bank.payments.close_case(plant, "30001", "seen").await.unwrap();
        look(&bank).await;
        assert!(cases(&bank).await.is_empty());
        assert_eq!(view(&bank, start).await.state(), SliceState::Differs);
        bank.stop().await;
    }

    async fn a_posting_or_an_answer_without_a_transfer_is_found(db: Db) {
        let (bank, start, _) = lived_in(db).await;
        look(&bank).await;
        let last = view(&bank, start).await.total.sum.last_sequence;
        let add = "INSERT INTO clearing_posting (sequence, order_id, settlement_day, amount_minor) VALUES ($1, 5, 20778, 42)";
        bank.db.execute(add, params![i64::try_from(last).unwrap()]).await.unwrap();
        let add = "INSERT INTO card_advice (reference, authorisation, kind, body_hash, amount_minor, billed_minor, order_id, \
            state, refusal, asked_ms) VALUES ('forged', 'p1', 'capture', $1, 900, 900, 6, 'done', NULL, $2)";
        bank.db.execute(add, params![[0_u8; 32], start.plus_ms(1)]).await.unwrap();
        bank.payments.compare_slices_of(day()).await.unwrap();
        let (_, found) = bank.payments.slice_of(start).await.unwrap();
        let mut found: Vec<_> = found.iter().map(|one| (one.kind, one.channel, one.other_minor, one.reference.as_str())).collect();
        found.sort_by_key(|one| one.2);
        let only = SliceDifferenceKind::OnlyThere;
        assert_eq!(found, [(only, Some(BookChannel::Clearing), Some(42), ""), (only, Some(BookChannel::Cards), Some(900), "forged")]);
        assert_eq!(cases(&bank).await.len(), 2);
        bank.stop().await;
    }

    async fn what_a_network_counts_to_an_earlier_slice_is_carried(db: Db) {
        let (bank, start, _) = lived_in(db).await;
        look(&bank).await;
        // The network's question lay in the slice before its answer was booked.
        let before = start.plus_ms(-MINUTE);
        bank.db.execute("UPDATE card_advice SET asked_ms = $1", params![before]).await.unwrap();
        bank.payments.compare_slices_of(day()).await.unwrap();
        assert!(cases(&bank).await.is_empty());
        let check = view(&bank, start).await.check.unwrap();
        assert_eq!((check.late, check.cards_here, check.differences), (1, check.cards_there, 0));
        let earlier = bank.accounts.slicing().slice(before).unwrap().start;
        assert_eq!(view(&bank, earlier).await.check.unwrap().cards_there.count, 0, "it is carried, not missing");
        bank.db.execute("UPDATE clearing_posting SET settlement_day = settlement_day - 1", params![]).await.unwrap();
        bank.payments.compare_slices_of(day()).await.unwrap();
        assert_eq!(view(&bank, start).await.check.unwrap().late, 2);
        bank.stop().await;
    }

    async fn the_networks_day_is_compared_and_the_books_close(db: Db) {
        let (bank, ..) = lived_in(db).await;
        assert_eq!(bank.payments.day_end(day()).await.unwrap().state(), DayEndState::Open);
        let (_, midnight) = bank.accounts.slicing().bounds(day()).unwrap();
        bank.clock.set(midnight);
        let end = bank.payments.day_end(day()).await.unwrap();
        assert_eq!((end.state(), end.unchecked.len()), (DayEndState::Pending, end.slices), "nothing was compared yet");
        assert_eq!(bank.payments.compare_slices_of(day()).await.unwrap(), end.slices);
        let end = bank.payments.day_end(day()).await.unwrap();
        assert_eq!(end.state(), DayEndState::Closed, "{end:?}");
        // One that looks alone, a slice at a time, comes to the same.
        bank.db.execute("DELETE FROM slice_check", params![]).await.unwrap();
        look(&bank).await;
        assert_eq!(bank.payments.day_end(day()).await.unwrap().state(), DayEndState::Closed);
        assert!(look(&bank).await <= 1, "nothing is new, one is looked at again");
        // Sums that are changed afterwards are seen by themselves.
        bank.db.execute("UPDATE book_day SET debits_minor = debits_minor + 1 WHERE kind = 2011", params![]).await.unwrap();
        let end = bank.payments.day_end(day()).await.unwrap();
        assert!(!end.is_balanced && !end.is_of_vouchers && end.state() == DayEndState::Pending);
        bank.stop().await;
    }

    async fn dropping_every_projection_and_building_it_again_leaves_the_comparison_even(db: Db) {
        let (bank, start, _) = lived_in(db).await;
        look(&bank).await;
        let before = (bank.accounts.vouchers_of_day(day()).await.unwrap(), view(&bank, start).await.total);
        for name in ["accounts.account", "accounts.movement", "accounts.book", "accounts.voucher", "payments.order"] {
            bank.projections.reset(name).await.unwrap();
        }
        bank.projections.caught_up().await;
        assert_eq!((bank.accounts.vouchers_of_day(day()).await.unwrap(), view(&bank, start).await.total), before);
        bank.payments.compare_slices_of(day()).await.unwrap();
        assert!(cases(&bank).await.is_empty());
        assert!(bank.clock.now() > start);
        bank.stop().await;
    }
}

async fn planted_again(bank: &Bank, number: i64) -> payments::CaseId {
    let sql = "UPDATE voucher SET amount_minor = amount_minor + 1 WHERE first_sequence = $1";
    bank.db.execute(sql, params![number]).await.unwrap();
    look(bank).await;
    cases(bank).await[0].id
}
