//! Days of the clearing account against the clearing house's statements, and what two people end by hand.

use super::interbank::{agree, sent, work, work_out};
use db::Db;
use iso20022::{Mark, Statement};
use kit::{BankDay, Clock};
use money::Amount;
use payments::{
    ByHand, Case, CaseKind, DayState, DifferenceKind, InterbankList, InterbankState, OrderNumber, ReasonCode, Service,
};
use testkit::{Bank, refusal};

fn today(bank: &Bank) -> BankDay {
    bank.calendar.day(bank.clock.now())
}

fn id(order: OrderNumber) -> String {
    format!("990290010001{:019}", order.0)
}

async fn reconciled(bank: &Bank) -> usize {
    work(bank).await;
    bank.payments.run_reconciliation().await.unwrap()
}

async fn cases(bank: &Bank) -> Vec<Case> {
    let mut cases = bank.payments.cases(true).await.unwrap();
    cases.reverse();
    cases
}

fn fact<'a>(case: &'a Case, name: &str) -> &'a str {
    case.facts.get(name).map_or("", String::as_str)
}

/// Makes a statement add up again after its lines were changed.
fn add_up(statement: &mut Statement) {
    let sum: i64 = statement
        .entries
        .iter()
        .map(|entry| if entry.mark == Mark::Credit { entry.amount.minor } else { -entry.amount.minor })
        .sum();
    let opening = statement.opening.expect("an opening balance");
    statement.closing = Some(Amount::new(opening.minor + sum, opening.currency));
}

/// What two people decided.
pub(crate) fn hand(decision: &str) -> ByHand {
    ByHand {
        by: "50001+30001".to_owned(),
        reason: "清算所来函".to_owned(),
        evidence: "清算所 7 号函".to_owned(),
        decision: decision.to_owned(),
    }
}

db::engine_tests! {
    async fn days_reconcile_to_zero_with_everything_that_settles_and_name_what_is_awaited(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let first_day = today(&bank);
        // Two of the same amount, one refused, one that comes back, one that comes in, one that waits for its window.
        let returned = sent(&bank, &lin, None).await;
        sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.reject(&["AC04"]);
        sent(&bank, &lin, None).await;
        let number = lin.account.number().expect("a number").plain();
        bank.house.pay_in(&number, "林小满", 12_345, false);
        work(&bank).await;
        bank.house.give_back(&id(returned), "AC04", 6_666);
        let batch = sent(&bank, &lin, Some(Service::Batch)).await;
        work(&bank).await;
        bank.clock.advance_ms(5_000);
        work(&bank).await;
        assert_eq!(bank.payments.run_reconciliation().await.unwrap(), 0, "no statement, nothing to compare");

        bank.house.day_end(first_day, |_| {});
        assert_eq!(reconciled(&bank).await, 1);
        let day = bank.payments.reconciled_day(first_day, 0, 10).await.unwrap();
        assert_eq!((day.result.state(), day.result.matched, day.lines_count), (DayState::Even, 4, 4));
        assert_eq!((day.result.matched_in_minor, day.result.matched_out_minor), (12_345 + 6_666, -2 * 6_666));
        assert_eq!(day.result.closing_there_minor, Some(bank.house.balance()));
        let awaiting: Vec<OrderNumber> = day.awaiting.iter().map(|payment| payment.order).collect();
        assert_eq!(awaiting, [batch]);
        assert!(cases(&bank).await.is_empty());
        assert_eq!(reconciled(&bank).await, 0, "nothing is new");

        // The batch settles the day after, and belongs there whenever it was sent.
        bank.clock.advance_ms(24 * 3_600_000);
        bank.house.window();
        work_out(&bank).await;
        bank.house.day_end(BankDay(first_day.0 + 1), |_| {});
        assert_eq!(reconciled(&bank).await, 1);
        let next = bank.payments.reconciled_day(BankDay(first_day.0 + 1), 0, 10).await.unwrap();
        assert_eq!((next.result.state(), next.result.matched), (DayState::Even, 1));
        assert_eq!(next.lines[0].transaction_id, id(batch));
        assert!(next.awaiting.is_empty());
        let still = bank.payments.reconciled_day(first_day, 0, 10).await.unwrap();
        assert_eq!(still.awaiting.len(), 1, "on that evening it was on its way");
        let days = bank.payments.reconciled_days(None, 5).await.unwrap();
        assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [BankDay(first_day.0 + 1), first_day]);
        let position = bank.payments.clearing_position().await.unwrap();
        assert_eq!((position.balance_minor, position.open_cases), (bank.house.balance(), 0));
        assert_eq!((position.on_way_out, position.on_way_in), ((0, 0), (0, 0)));
        assert_eq!(position.days.iter().map(|(_, count, _)| *count).sum::<i64>(), 5);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn planted_differences_are_named_once_also_after_a_stop_and_gone_when_they_are_gone(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let day = today(&bank);
        let (wrong, missing) = (sent(&bank, &lin, None).await, sent(&bank, &lin, None).await);
        sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.day_end(day, |statement| {
            statement.entries.retain(|entry| entry.transaction_id != id(missing));
            for entry in &mut statement.entries {
                if entry.transaction_id == id(wrong) {
                    entry.amount.minor = 6_660;
                }
            }
            let extra = statement.entries[0].clone();
            statement.entries.push(iso20022::Entry { transaction_id: "X1".to_owned(), mark: Mark::Credit, ..extra });
            add_up(statement);
        });
        assert_eq!(reconciled(&bank).await, 1);
        let found = bank.payments.reconciled_day(day, 0, 10).await.unwrap();
        assert_eq!((found.result.state(), found.result.matched, found.result.differences), (DayState::Differs, 1, 3));
        let opened = cases(&bank).await;
        let mut kinds: Vec<_> = opened.iter().map(|case| (case.kind.code(), fact(case, "transaction").to_owned(), case.order)).collect();
        kinds.sort();
        let mut expected = [
            ("only_here", id(missing), Some(missing)),
            ("only_there", "X1".to_owned(), None),
            ("statement_amount", id(wrong), Some(wrong)),
        ];
        expected.sort();
        assert_eq!(kinds, expected);
        let amount = opened.iter().find(|case| case.kind == CaseKind::StatementAmount).unwrap();
        assert_eq!((fact(amount, "here_minor"), fact(amount, "there_minor")), ("-6666", "-6660"));
        assert_eq!((fact(amount, "day"), fact(amount, "state")), (day.iso().as_str(), "settled"));
        assert!(fact(amount, "line").parse::<usize>().is_ok());

        // Again by hand, and after a stop: nothing new.
        assert_eq!(bank.payments.reconcile(day).await.unwrap().differences, 3);
        bank.clock.advance_ms(10);
        let bank = bank.restart().await;
        assert_eq!(reconciled(&bank).await, 0);
        bank.payments.reconcile(day).await.unwrap();
        assert_eq!(cases(&bank).await.len(), 3);

        // The clearing house corrects its statement.
        bank.house.day_end(day, |_| {});
        assert_eq!(reconciled(&bank).await, 1);
        let mended = bank.payments.reconciled_day(day, 0, 10).await.unwrap();
        assert_eq!(mended.result.state(), DayState::Even);
        assert_eq!((mended.differences.len(), mended.differences.iter().filter(|one| one.gone.is_some()).count()), (3, 3));
        let told = cases(&bank).await;
        assert_eq!((told.len(), told.iter().filter(|case| !fact(case, "gone").is_empty()).count()), (3, 3));

        // Whoever takes it back has it named anew.
        bank.house.day_end(day, |statement| {
            statement.entries.retain(|entry| entry.transaction_id != id(missing));
            add_up(statement);
        });
        reconciled(&bank).await;
        assert_eq!(cases(&bank).await.len(), 4);
        assert_eq!(refusal(bank.payments.reconcile(BankDay(day.0 - 1)).await).code, "payments.statement_missing");
        assert_eq!(refusal(bank.payments.reconciled_day(BankDay(day.0 - 1), 0, 1).await).code, "payments.not_found");
        bank.stop().await;
    }

    async fn balances_that_do_not_follow_and_statements_that_cannot_be_used_become_cases(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let day = today(&bank);
        sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.day_end(day, |statement| {
            statement.opening = Some(Amount::new(6_666, money::Currency::CNY));
            add_up(statement);
        });
        reconciled(&bank).await;
        let opened = cases(&bank).await;
        assert_eq!(opened.iter().map(|case| (case.kind, fact(case, "difference"))).collect::<Vec<_>>(), [(CaseKind::BalanceDiffers, "opening")]);
        // What one day left is carried on without being named again.
        bank.house.day_end(BankDay(day.0 + 1), |statement| {
            statement.opening = Some(Amount::new(0, money::Currency::CNY));
            add_up(statement);
        });
        reconciled(&bank).await;
        let next = bank.payments.reconciled_day(BankDay(day.0 + 1), 0, 10).await.unwrap();
        assert_eq!((next.result.state(), cases(&bank).await.len()), (DayState::Carried, 1));
        bank.house.day_end(BankDay(day.0 + 2), |statement| {
            for amount in [&mut statement.opening, &mut statement.closing].into_iter().flatten() {
                amount.currency = money::Currency::USD;
            }
        });
        reconciled(&bank).await;
        assert_eq!(cases(&bank).await.last().unwrap().kind, CaseKind::StatementUnusable);
        assert_eq!(refusal(bank.payments.reconcile(BankDay(day.0 + 2)).await).code, "payments.statement_unusable");
        assert_eq!((reconciled(&bank).await, cases(&bank).await.len()), (0, 2));
        bank.stop().await;
    }

    async fn a_word_that_comes_after_the_statement_is_compared_with_the_day_that_it_names(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let day = today(&bank);
        bank.house.keep_back(true);
        let order = sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.day_end(day, |_| {});
        reconciled(&bank).await;
        let found = bank.payments.reconciled_day(day, 0, 10).await.unwrap();
        assert_eq!(found.differences[0].kind, DifferenceKind::OnlyThere);
        assert_eq!(found.differences[0].order, Some(order), "it is known here, and on its way");
        assert_eq!(found.awaiting.len(), 1);
        // After midnight the word comes; it names the day before.
        bank.clock.advance_ms(24 * 3_600_000);
        bank.house.keep_back(false);
        assert_eq!(reconciled(&bank).await, 1);
        let mended = bank.payments.reconciled_day(day, 0, 10).await.unwrap();
        assert_eq!(mended.result.state(), DayState::Even);
        assert!(mended.differences[0].gone.is_some());
        bank.stop().await;
    }

    async fn what_is_stuck_is_ended_by_two_people_once_and_the_network_is_held_against_it(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let day = today(&bank);
        bank.house.keep_back(true);
        let (settled, released) = (sent(&bank, &lin, None).await, sent(&bank, &lin, None).await);
        work(&bank).await;
        let early = refusal(bank.payments.settle_by_hand(settled, day, &hand("p1")).await);
        assert_eq!(early.code, "payments.not_stuck");
        bank.clock.advance_ms(120_000);
        work(&bank).await;
        let stuck = bank.payments.interbank_list(InterbankList::OnTheirWay).await.unwrap();
        assert!(stuck.iter().all(|payment| payment.is_stuck) && stuck.len() == 2);
        let unproven = ByHand { evidence: String::new(), ..hand("p1") };
        assert_eq!(refusal(bank.payments.settle_by_hand(settled, day, &unproven).await).code, "payments.reason_invalid");
        for wrong in [BankDay(day.0 - 1), BankDay(day.0 + 1)] {
            let refused = refusal(bank.payments.settle_by_hand(settled, wrong, &hand("p1")).await);
            assert_eq!(refused.code, "payments.settlement_day_invalid");
        }
        // The ledger ended it and the program stopped before SQL knew: it is finished under the same decision.
        bank.payments.settle_by_hand(settled, day, &hand("p1")).await.unwrap();
        let mut tx = bank.db.begin_write(&[]).await.unwrap();
        let back = "UPDATE interbank_payment SET state = 'checking', settlement_day = NULL, ended_ms = NULL WHERE order_id = $1";
        tx.execute(back, db::params![settled.0]).await.unwrap();
        tx.execute("DELETE FROM interbank_case WHERE order_id = $1", db::params![settled.0]).await.unwrap();
        tx.commit().await.unwrap();
        bank.clock.advance_ms(1_000);
        let bank = bank.restart().await;
        for _ in 0..3 {
            bank.payments.settle_by_hand(settled, day, &hand("p1")).await.unwrap();
        }
        assert_eq!(refusal(bank.payments.settle_by_hand(settled, day, &hand("p2")).await).code, "payments.interbank_over");
        bank.payments.release_by_hand(released, &hand("p3")).await.unwrap();
        bank.payments.release_by_hand(released, &hand("p3")).await.unwrap();
        assert_eq!(refusal(bank.payments.settle_by_hand(released, day, &hand("p4")).await).code, "payments.interbank_over");
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 6_666, "one is paid and one is back");
        let story = bank.payments.interbank_story(settled).await.unwrap();
        assert_eq!((story.payment.state, story.payment.settlement_day), (InterbankState::Settled, Some(day)));
        assert_eq!((story.cases.len(), story.cases[0].kind, fact(&story.cases[0], "by")), (1, CaseKind::ByHand, "50001+30001"));
        assert_eq!(fact(&story.cases[0], "evidence"), "清算所 7 号函");
        // The network had settled both: for the one it is the same word, for the other a case.
        bank.house.keep_back(false);
        work(&bank).await;
        let kinds: Vec<CaseKind> = cases(&bank).await.iter().map(|case| case.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == CaseKind::ByHand).count(), 2);
        assert!(kinds.iter().filter(|kind| **kind != CaseKind::ByHand).all(|kind| *kind == CaseKind::LateAccepted) && kinds.len() > 2);
        bank.house.day_end(day, |_| {});
        reconciled(&bank).await;
        let found = bank.payments.reconciled_day(day, 0, 10).await.unwrap();
        assert_eq!((found.result.matched, found.result.differences, found.differences[0].order), (1, 1, Some(released)));
        bank.stop().await;
    }

    async fn money_that_came_in_is_returned_by_two_people_once(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let number = lin.account.number().expect("a number").plain();
        let code = ReasonCode::read("CUST");
        let (first, second) = (bank.house.pay_in(&number, "林小满", 5_000, false), bank.house.pay_in(&number, "林小满", 2_000_000, false));
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 3_005_000);
        let first = bank.payments.interbank_by_transaction(&first).await.unwrap();
        let second = bank.payments.interbank_by_transaction(&second).await.unwrap();
        let returned = bank.payments.return_by_hand(first, code, &hand("p1")).await.unwrap();
        assert_eq!(bank.payments.return_by_hand(first, code, &hand("p1")).await.unwrap(), returned, "the same decision");
        assert_eq!(refusal(bank.payments.return_by_hand(first, code, &hand("p2")).await).code, "payments.returned_already");
        work(&bank).await;
        assert_eq!(bank.payments.interbank_story(returned).await.unwrap().payment.state, InterbankState::Settled);
        assert_eq!(bank.balance(&lin).await, 3_000_000);
        assert_eq!(refusal(bank.payments.return_by_hand(returned, code, &hand("p3")).await).code, "payments.not_returnable");
        // What is spent cannot be returned, and that is said.
        let wang = bank.wang().await;
        bank.pay(&lin, &wang, 2_500_000).await;
        assert_eq!(refusal(bank.payments.return_by_hand(second, code, &hand("p4")).await).code, "payments.insufficient_funds");
        assert_eq!(refusal(bank.payments.return_by_hand(second, code, &hand("p4")).await).code, "payments.not_returnable");
        assert_eq!(bank.balance(&lin).await, 500_000);
        agree(&bank).await;
        bank.stop().await;
    }
}
