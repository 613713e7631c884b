//! Money that goes to other banks: whatever the network does, it arrives once or comes back, and both sides' books agree.

use db::Db;
use iso20022::Status;
use kit::{BankDay, Clock};
use payments::{
    CaseKind, Confirmed, Direction, ElsewhereForm, ElsewhereStep, HoldReason, InterbankState, OrderNumber, OrderState,
    PaymentKind, Service,
};
use std::time::Duration;
use testkit::{BANK_A, Bank, Member, Mishap, Standing, refusal};

const NO_WAIT: Duration = Duration::ZERO;

fn form(from: &Member, amount: &str) -> ElsewhereForm {
    ElsewhereForm {
        payer: from.account.id,
        bank: BANK_A.to_owned(),
        account: "6200 0112 3456 7890".to_owned(),
        name: "赵一凡".to_owned(),
        amount: amount.to_owned(),
        memo: "房租".to_owned(),
        service: None,
    }
}

/// Writes and confirms a transfer of 66.66; its order.
pub(crate) async fn sent(bank: &Bank, from: &Member, service: Option<Service>) -> OrderNumber {
    let draft = bank.payments.prepare_elsewhere(&from.web, ElsewhereForm { service, ..form(from, "66.66") }).await;
    match bank.confirm(from, draft.unwrap().id).await.unwrap() {
        Confirmed::Held(receipt) => receipt.order,
        other => panic!("not held: {other:?}"),
    }
}

/// Lets both sides work until nothing is left to do at this instant.
pub(crate) async fn work(bank: &Bank) {
    for _ in 0..20 {
        let sent = bank.payments.run_interbank(bank.clock.now()).await.unwrap();
        let read = bank.payments.receive_interbank(NO_WAIT).await.unwrap();
        if (sent.handed, read.received) == (0, 0) {
            break;
        }
    }
    bank.projections.caught_up().await;
    assert!(bank.projections.healthy());
}

/// The same, with enough time passing for everything that is asked about.
pub(crate) async fn work_out(bank: &Bank) {
    for _ in 0..40 {
        work(bank).await;
        bank.clock.advance_ms(7_000);
    }
    work(bank).await;
}

async fn clearing(bank: &Bank) -> i64 {
    bank.ledger.account(bank.own.clearing.id).await.unwrap().unwrap().balance()
}

/// Our mirror says what the house says, nothing is left set aside, and every posting has its day there.
pub(crate) async fn agree(bank: &Bank) {
    assert_eq!(clearing(bank).await, bank.house.balance(), "the clearing account is the house's view of us");
    assert_eq!(bank.ledger.open_holds().await.unwrap(), 0);
    let today = bank.calendar.day(bank.clock.now());
    let mut ours = Vec::new();
    for day in today.0 - 10..=today.0 {
        for posting in bank.payments.clearing_postings(BankDay(day)).await.unwrap() {
            ours.push((posting.transaction_id.unwrap(), posting.settlement_day, posting.amount_minor));
        }
    }
    ours.sort();
    let settled = bank.house.transfers().into_iter().filter_map(|(id, transfer)| match transfer.standing {
        Standing::Settled(day) => Some((id, day, transfer.signed_minor)),
        _ => None,
    });
    assert_eq!(ours, settled.collect::<Vec<_>>(), "every line of the house is one of ours");
    assert_eq!(bank.payments.clearing_balance(today).await.unwrap(), bank.house.balance());
}

async fn kinds(bank: &Bank) -> Vec<CaseKind> {
    bank.payments.cases(true).await.unwrap().into_iter().map(|case| case.kind).collect()
}

async fn notices(bank: &Bank, member: &Member) -> Vec<String> {
    let mut kinds: Vec<String> = bank
        .notify
        .notices(member.person.id.0, None, 50)
        .await
        .unwrap()
        .into_iter()
        .map(|notice| notice.kind)
        .filter(|kind| kind.starts_with("elsewhere") || kind.starts_with("top_up"))
        .collect();
    kinds.reverse();
    kinds
}

async fn state(bank: &Bank, order: OrderNumber) -> InterbankState {
    bank.payments.interbank_story(order).await.unwrap().payment.state
}

db::engine_tests! {
    async fn a_real_time_transfer_is_set_aside_sent_and_booked_on_the_networks_word(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        bank.house.keep_back(true);
        let draft = bank.payments.prepare_elsewhere(&lin.web, form(&lin, "66.66")).await.unwrap();
        let to = draft.elsewhere.clone().unwrap();
        assert_eq!((to.bank.name_zh.as_str(), to.account.as_str(), to.service), ("示范甲银行", "6200 0112 3456 7890", Service::RealTime));
        assert_eq!((draft.payee.name.as_str(), draft.payee.tail.as_str()), ("赵一凡", "7890"));
        let confirmed = bank.confirm(&lin, draft.id).await.unwrap();
        let Confirmed::Held(receipt) = &confirmed else { panic!("{confirmed:?}") };
        let held = receipt.held.unwrap();
        assert_eq!((held.why, held.can_recall), (HoldReason::Clearing, false));
        assert_eq!((receipt.kind, receipt.direction, receipt.state), (PaymentKind::InterbankOut, Direction::Out, OrderState::Held));
        assert_eq!((receipt.counterparty.name.as_str(), receipt.counterparty.is_bank), ("赵*凡", false));
        assert_eq!(bank.payments.confirm_with(&lin.web, draft.id, None).await.unwrap(), confirmed, "a double click sends once");
        assert_eq!(refusal(bank.payments.recall(&lin.web, receipt.order).await).code, "payments.recall_too_late");
        let order = receipt.order;
        work(&bank).await;
        assert_eq!(state(&bank, order).await, InterbankState::Sent);
        let view = bank.accounts.view(&lin.web, lin.account.id).await.unwrap();
        assert_eq!((view.balance.minor, view.available.minor), (1_000_000, 993_334));

        bank.house.keep_back(false);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 993_334);
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        let elsewhere = receipt.elsewhere.clone().unwrap();
        assert_eq!((receipt.state, elsewhere.state), (OrderState::Paid, InterbankState::Settled));
        assert_eq!((elsewhere.name_masked.as_str(), elsewhere.account_masked.as_str()), ("赵*凡", "6200 **** 7890"));
        let steps: Vec<ElsewhereStep> = elsewhere.steps.iter().map(|(step, _)| *step).collect();
        assert_eq!(steps, [ElsewhereStep::Asked, ElsewhereStep::Sent, ElsewhereStep::Settled]);
        let line = bank.payments.statement(&lin.web, lin.account.id, None, 1).await.unwrap().items.remove(0);
        assert_eq!((line.order, line.counterparty.name.as_str(), line.kind), (Some(order), "赵*凡", Some(PaymentKind::InterbankOut)));
        assert_eq!(notices(&bank, &lin).await, ["elsewhere_settled"]);
        assert_eq!(refusal(bank.payments.correct("teller 7", order, "mistake").await).code, "payments.correction_elsewhere");
        let story = bank.payments.interbank_story(order).await.unwrap();
        let told: Vec<(&str, bool, &str)> =
            story.lines.iter().map(|line| (line.kind.as_str(), line.is_received, line.state)).collect();
        assert_eq!(told, [("pacs.008", false, "taken"), ("pacs.002", true, "taken")]);
        assert_eq!(story.lines[1].says, format!("ACSC {}", bank.calendar.day(bank.clock.now()).iso()));
        agree(&bank).await;
        bank.stop().await;
    }

    async fn what_is_typed_wrong_is_refused_with_its_field(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let wrong = [
            (ElsewhereForm { bank: "990290010001".into(), ..form(&lin, "1") }, "payments.elsewhere_bank_unknown", "bank"),
            (ElsewhereForm { bank: String::new(), ..form(&lin, "1") }, "payments.elsewhere_bank_unknown", "bank"),
            (ElsewhereForm { account: "12".into(), ..form(&lin, "1") }, "payments.elsewhere_account_invalid", "account"),
            (ElsewhereForm { name: "  ".into(), ..form(&lin, "1") }, "payments.elsewhere_name_invalid", "name"),
            (ElsewhereForm { memo: "x\u{202e}".into(), ..form(&lin, "1") }, "payments.memo_invalid", "memo"),
            (form(&lin, "0"), "payments.amount_zero", "amount"),
            (form(&lin, "1.005"), "payments.amount_invalid", "amount"),
            (form(&lin, "10000.01"), "payments.insufficient_funds", "amount"),
        ];
        for (form, code, field) in wrong {
            let refused = refusal(bank.payments.prepare_elsewhere(&lin.web, form).await);
            assert_eq!((refused.code, refused.fields.get("field")), (code, Some(&field.into())));
        }
        let rich = bank.enrol("吴富贵", "13700001111", 300_000_000).await;
        let much = ElsewhereForm { service: Some(Service::RealTime), ..form(&rich, "1000000.01") };
        assert_eq!(refusal(bank.payments.prepare_elsewhere(&rich.api, much).await).code, "payments.real_time_exceeded");
        bank.stop().await;
    }

    async fn a_refusal_gives_the_money_back_with_the_reason(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        for (code, refusal) in [("AC01", "payments.elsewhere_no_account"), ("BE01", "payments.elsewhere_wrong_name"), ("ZZ9", "payments.elsewhere_refused")] {
            bank.house.reject(&[code]);
            let order = sent(&bank, &lin, None).await;
            work(&bank).await;
            let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
            let elsewhere = receipt.elsewhere.unwrap();
            assert_eq!((receipt.state, receipt.refusal.as_deref()), (OrderState::Returned, Some(refusal)));
            assert_eq!((elsewhere.state, elsewhere.reason.as_deref(), elsewhere.reason_code), (InterbankState::Refused, Some(code), Some(refusal)));
            assert_eq!(bank.balance(&lin).await, 1_000_000);
        }
        assert_eq!(notices(&bank, &lin).await, ["elsewhere_refused"; 3]);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn whatever_happens_on_the_way_it_is_paid_once_or_given_back(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut expected = 1_000_000;
        let mut expected_cases = 0;
        for (mishaps, copies, rejected, ends, cases) in [
            (vec![Mishap::Down, Mishap::Down], 1, None, InterbankState::Settled, 0),
            (vec![Mishap::LostBefore], 1, None, InterbankState::Refused, 0),
            (vec![Mishap::LostAfter], 1, None, InterbankState::Settled, 0),
            (vec![Mishap::LostAfter], 1, Some("AC04"), InterbankState::Refused, 0),
            (vec![], 0, None, InterbankState::Settled, 0),
            (vec![], 0, Some("AC06"), InterbankState::Refused, 0),
            (vec![], 3, None, InterbankState::Settled, 0),
            (vec![], 2, Some("AC01"), InterbankState::Refused, 0),
            (vec![Mishap::Refused], 1, None, InterbankState::Refused, 1),
            // The questions have mishaps, too.
            (vec![Mishap::LostBefore, Mishap::Down, Mishap::LostBefore, Mishap::Refused], 1, None, InterbankState::Refused, 1),
            (vec![Mishap::LostAfter, Mishap::LostAfter, Mishap::Down], 0, None, InterbankState::Settled, 0),
        ] {
            bank.house.mishap(&mishaps);
            bank.house.answer_times(copies);
            bank.house.reject(rejected.as_slice());
            let order = sent(&bank, &lin, None).await;
            work_out(&bank).await;
            bank.house.answer_times(1);
            if ends == InterbankState::Settled {
                expected -= 6_666;
            }
            expected_cases += cases;
            let what = format!("{mishaps:?} {copies} {rejected:?}");
            assert_eq!(state(&bank, order).await, ends, "{what}");
            assert_eq!(bank.balance(&lin).await, expected, "{what}");
            assert_eq!(kinds(&bank).await.len(), expected_cases, "{what}");
            agree(&bank).await;
        }
        assert!(kinds(&bank).await.iter().all(|kind| *kind == CaseKind::MessageRefused));
        assert!(bank.payments.interbank_in_transit().await.unwrap().is_empty());
        bank.stop().await;
    }

    async fn late_second_and_unknown_answers_move_nothing_and_become_cases(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let today = bank.calendar.day(bank.clock.now());
        let paid = sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.reject(&["AC04"]);
        let refused = sent(&bank, &lin, None).await;
        work(&bank).await;
        let id = |order: OrderNumber| format!("990290010001{:019}", order.0);
        let balance = bank.balance(&lin).await;
        assert_eq!(balance, 993_334);
        for (transaction_id, status, reason, day, case) in [
            (id(paid), Status::Settled, "", Some(today), None),
            (id(paid), Status::Pending, "", None, None),
            (id(paid), Status::Settled, "", Some(BankDay(today.0 + 1)), Some(CaseKind::SecondAnswer)),
            (id(paid), Status::Rejected, "AC04", None, Some(CaseKind::LateRefused)),
            (id(refused), Status::Rejected, "AC04", None, None),
            (id(refused), Status::Rejected, "AC06", None, Some(CaseKind::SecondAnswer)),
            (id(refused), Status::Settled, "", Some(today), Some(CaseKind::LateAccepted)),
            ("990290010001".to_owned() + &"9".repeat(19), Status::Settled, "", Some(today), Some(CaseKind::UnknownPayment)),
        ] {
            let before = kinds(&bank).await.len();
            bank.house.say(&transaction_id, status, reason, day);
            work(&bank).await;
            let mut opened = kinds(&bank).await;
            opened.truncate(opened.len() - before);
            assert_eq!(opened, case.into_iter().collect::<Vec<_>>(), "{status:?} {reason}");
        }
        bank.house.put("<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"></Document>");
        bank.house.put("no document at all");
        work(&bank).await;
        assert_eq!(kinds(&bank).await[..2], [CaseKind::Unreadable; 2]);
        assert_eq!((bank.balance(&lin).await, state(&bank, paid).await), (balance, InterbankState::Settled));
        assert_eq!(state(&bank, refused).await, InterbankState::Refused);
        agree(&bank).await;

        let case = bank.payments.cases(true).await.unwrap().remove(0);
        assert_eq!(refusal(bank.payments.close_case(case.id, "1001", " ").await).code, "payments.reason_invalid");
        let closed = bank.payments.close_case(case.id, "1001", "与清算所核对").await.unwrap();
        assert_eq!((closed.closed_by.as_deref(), closed.note.as_deref()), (Some("1001"), Some("与清算所核对")));
        assert_eq!(refusal(bank.payments.close_case(case.id, "1002", "again").await).code, "payments.case_closed");
        bank.stop().await;
    }

    async fn a_stop_at_any_point_leaves_nothing_behind(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        // Set aside, and nothing else was done.
        let order = sent(&bank, &lin, None).await;
        bank.clock.advance_ms(10);
        let bank = bank.restart().await;
        bank.clock.advance_ms(6_000);
        work(&bank).await;
        assert_eq!(state(&bank, order).await, InterbankState::Settled);

        // Handed over, and what became of it was not written down: the message stands as being sent.
        let mut bank = bank;
        let mut expected = 1_000_000 - 6_666;
        for (mishap, ends) in
            [(Mishap::LostAfter, InterbankState::Settled), (Mishap::LostBefore, InterbankState::Refused)]
        {
            bank.house.mishap(std::slice::from_ref(&mishap));
            let order = sent(&bank, &lin, None).await;
            bank.payments.run_interbank(bank.clock.now()).await.unwrap();
            let mut tx = bank.db.begin_write(&[]).await.unwrap();
            for table in ["interbank_payment", "interbank_message"] {
                let sql = format!("UPDATE {table} SET state = 'sending' WHERE state IN ('checking', 'unknown')");
                assert!(tx.execute(db::Sql::assembled(sql), db::params![]).await.unwrap() > 0);
            }
            tx.commit().await.unwrap();
            bank.clock.advance_ms(10);
            bank = bank.restart().await;
            work_out(&bank).await;
            assert_eq!(state(&bank, order).await, ends, "{mishap:?}");
            expected -= if ends == InterbankState::Settled { 6_666 } else { 0 };
            assert_eq!(bank.balance(&lin).await, expected, "{mishap:?}");
            agree(&bank).await;
        }

        // The word was read and booked in the ledger, and SQL forgot it: it is read again and counts once.
        let order = sent(&bank, &lin, None).await;
        work(&bank).await;
        let mut tx = bank.db.begin_write(&[]).await.unwrap();
        let back = "UPDATE interbank_payment SET state = 'sent', settlement_day = NULL, ended_ms = NULL WHERE order_id = $1";
        tx.execute(back, db::params![order.0]).await.unwrap();
        tx.execute("DELETE FROM interbank_message WHERE way = 'received'", db::params![]).await.unwrap();
        tx.execute("UPDATE interbank_cursor SET position = 0", db::params![]).await.unwrap();
        tx.commit().await.unwrap();
        bank.clock.advance_ms(3_000);
        let bank = bank.restart().await;
        work_out(&bank).await;
        assert_eq!(state(&bank, order).await, InterbankState::Settled);
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 3 * 6_666);
        agree(&bank).await;
        bank.stop().await;
    }
}
