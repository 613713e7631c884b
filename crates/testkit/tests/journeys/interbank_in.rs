//! Money that comes from other banks and from bound cards, and money that goes back.

use crate::interbank::{agree, sent, work, work_out};
use crate::reconciliation::hand;
use accounts::{FreezeScope, Product};
use db::Db;
use kit::Clock;
use payments::{
    CardForm, CardId, CaseKind, Confirmed, Direction, InterbankState, InterbankWay, NameMatch, OrderNumber, OrderState,
    PaymentKind, ReasonCode, Service, TopUpForm, WithdrawForm,
};
use testkit::{Bank, Member, Mishap, Standing, refusal};

async fn kinds(bank: &Bank) -> Vec<CaseKind> {
    bank.payments.cases(true).await.unwrap().into_iter().map(|case| case.kind).collect()
}

async fn notices(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.notify.notices(member.person.id.0, None, 50).await.unwrap();
    notices
        .into_iter()
        .map(|notice| notice.kind)
        .filter(|kind| kind.contains("elsewhere_") || kind.contains("top_up_"))
        .collect()
}

async fn order(bank: &Bank, transaction_id: &str) -> OrderNumber {
    bank.payments.interbank_by_transaction(transaction_id).await.unwrap()
}

async fn suspense(bank: &Bank) -> i64 {
    bank.ledger.account(bank.own.suspense.id).await.unwrap().unwrap().balance()
}

fn number(member: &Member) -> String {
    member.account.number().unwrap().plain()
}

/// A card of Lin's that is bound.
/// Holds in the clearing account's partition of the ledger: one that is to arrive in another is open there too.
async fn holds_of_clearing(bank: &Bank) -> usize {
    let partition = usize::from(bank.own.clearing.id.partition());
    bank.ledger.partitions()[partition].open_holds().await.unwrap()
}

async fn bound(bank: &Bank, lin: &Member) -> CardId {
    let card = bank.card_of(lin, 1).await;
    let form = CardForm { card, mobile: lin.person.mobile.e164().to_owned() };
    let check = bank.payments.bind_card(&lin.web, form).await.unwrap();
    bank.payments.confirm_card(&lin.web, check.id, "100001").await.unwrap().id
}

db::engine_tests! {
    async fn money_that_comes_in_is_set_aside_and_booked_on_the_networks_word(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        bank.house.keep_back(true);
        let id = bank.house.pay_in(&number(&lin), "林小满", 12_345, false);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_000, "set aside, not booked");
        assert_eq!(holds_of_clearing(&bank).await, 1);
        assert_eq!(refusal(bank.payments.receipt(&lin.web, order(&bank, &id).await).await).status, 404);
        bank.house.keep_back(false);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_012_345);
        let receipt = bank.payments.receipt(&lin.web, order(&bank, &id).await).await.unwrap();
        assert_eq!((receipt.kind, receipt.direction, receipt.state), (PaymentKind::InterbankIn, Direction::In, OrderState::Paid));
        assert_eq!((receipt.counterparty.name.as_str(), receipt.memo.as_str()), ("赵*凡", "货款"));
        assert_eq!(receipt.elsewhere.unwrap().bank.name_en, "Demo Bank A");
        assert_eq!(notices(&bank, &lin).await, ["elsewhere_received"]);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn who_may_not_be_credited_is_refused_with_the_right_code(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let closed = bank.enrol("陈关门", "13600001111", 0).await;
        bank.accounts.close(&closed.web, closed.account.id).await.unwrap();
        let frozen = bank.enrol("何冻结", "13600002222", 0).await;
        bank.accounts.freeze("1001", frozen.account.id, FreezeScope::Both, "court order").await.unwrap();
        for (account, name, expected, found) in [
            (number(&lin), "林小满", None, Some(NameMatch::Full)),
            (number(&lin), " 林 小满", None, Some(NameMatch::Full)),
            (number(&lin), "林小滿", None, Some(NameMatch::Close)),
            (number(&lin), "王建国", Some("BE01"), Some(NameMatch::No)),
            (number(&wang), "王建國", None, Some(NameMatch::Close)),
            ("9001000000000000000".to_owned(), "林小满", Some("AC01"), None),
            ("hello".to_owned(), "林小满", Some("AC01"), None),
            (bank.own.cash.number().unwrap().plain(), "现金", Some("AC01"), None),
            (number(&closed), "陈关门", Some("AC04"), None),
            (number(&frozen), "何冻结", Some("AC06"), None),
        ] {
            let before = bank.house.balance();
            let id = bank.house.pay_in(&account, name, 100, false);
            work(&bank).await;
            let story = bank.payments.interbank_story(order(&bank, &id).await).await.unwrap().payment;
            let state = if expected.is_some() { InterbankState::Refused } else { InterbankState::Settled };
            assert_eq!((story.state, story.reason.as_deref()), (state, expected), "{name} {account}");
            if found.is_some() {
                assert_eq!(story.name_match, found, "{name}");
            }
            assert_eq!(bank.house.balance() - before, if expected.is_some() { 0 } else { 100 });
        }
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (1_000_300, 1_000_100));
        assert!(kinds(&bank).await.is_empty());
        agree(&bank).await;
        bank.stop().await;
    }

    async fn the_limits_of_the_account_bind_what_comes_in(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let opening = |product, key: &str| accounts::ClassOpening {
            key: key.to_owned(),
            product,
            nickname: String::new(),
            purpose: accounts::Purpose::Savings,
        };
        let two = bank.accounts.open_class(&lin.web, opening(Product::ClassTwo, "two")).await.unwrap();
        let three = bank.accounts.open_class(&lin.web, opening(Product::ClassThree, "three")).await.unwrap();
        let numbers = [two, three].map(|account| account.number().unwrap().plain());
        for (account, minor, standing) in [
            (&numbers[0], 1_000_000, None),
            (&numbers[0], 1, Some("AM02")),
            (&numbers[1], 200_001, Some("AM02")),
            (&numbers[1], 200_000, None),
            (&numbers[1], 1, Some("AM02")),
        ] {
            let id = bank.house.pay_in(account, "林小满", minor, false);
            work(&bank).await;
            match standing {
                Some(code) => assert_eq!(bank.house.standing(&id), Some(Standing::Rejected(code)), "{minor}"),
                None => assert!(matches!(bank.house.standing(&id), Some(Standing::Settled(_))), "{minor}"),
            }
        }
        agree(&bank).await;
        bank.stop().await;
    }

    async fn what_comes_twice_counts_once_and_what_is_asked_is_answered(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        bank.house.answer_times(0);
        let id = bank.house.pay_in(&number(&lin), "林小满", 500, false);
        bank.house.pay_in_again(&id);
        bank.house.ask(&id);
        bank.house.ask("990310020002nothing");
        work(&bank).await;
        assert_eq!(holds_of_clearing(&bank).await, 1, "the word was dropped");
        bank.house.pay_in_again(&id);
        work_out(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_500, "the word was asked for");
        bank.house.pay_in_again(&id);
        bank.house.ask(&id);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_500);
        let story = bank.payments.interbank_story(order(&bank, &id).await).await.unwrap();
        let said: Vec<String> = story
            .lines
            .iter()
            .filter(|line| line.kind == "pacs.002" && !line.is_received)
            .map(|line| line.says.split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!(said, ["ACSP", "ACSP", "ACSP", "ACSP", "ACSC", "ACSC"]);
        assert!(kinds(&bank).await.is_empty());
        agree(&bank).await;
        bank.stop().await;
    }

    async fn what_is_settled_and_has_nobody_goes_to_suspense_and_back(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let good = bank.house.pay_in(&number(&lin), "林小满", 700, true);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_700);
        assert_eq!(bank.payments.interbank_story(order(&bank, &good).await).await.unwrap().payment.service, Service::Batch);
        bank.house.pay_in_again(&good);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_700);

        bank.house.mishap(&[Mishap::LostAfter]);
        let bad = bank.house.pay_in("9001000000000000000", "谁也不是", 900, true);
        work_out(&bank).await;
        assert_eq!(suspense(&bank).await, 0, "it went back");
        let story = bank.payments.interbank_story(order(&bank, &bad).await).await.unwrap();
        let returned = &story.returns[0];
        assert_eq!((returned.way, returned.state, story.returns.len()), (InterbankWay::Return, InterbankState::Settled, 1));
        assert_eq!(kinds(&bank).await, [CaseKind::InSuspense]);
        agree(&bank).await;

        // The network refuses the return: the money stays in suspense, and staff know.
        bank.house.reject(&["AC04"]);
        bank.house.pay_in(&number(&lin), "别的名字", 800, true);
        work_out(&bank).await;
        assert_eq!(suspense(&bank).await, 800);
        assert_eq!(kinds(&bank).await, [CaseKind::ReturnRefused, CaseKind::InSuspense, CaseKind::InSuspense]);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn a_return_takes_back_what_was_settled_once(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let out = sent(&bank, &lin, None).await;
        work(&bank).await;
        let id = format!("990290010001{:019}", out.0);
        let back = bank.house.give_back(&id, "AC04", 6_666);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        let receipt = bank.payments.receipt(&lin.web, out).await.unwrap();
        let elsewhere = receipt.elsewhere.unwrap();
        assert_eq!((receipt.state, receipt.reason.as_deref()), (OrderState::Corrected, Some("AC04 户名不符")));
        assert_eq!((elsewhere.state, elsewhere.reason.as_deref()), (InterbankState::Returned, Some("AC04")));
        let contra = bank.payments.receipt(&lin.web, receipt.related.unwrap()).await.unwrap();
        assert_eq!((contra.kind, contra.direction, contra.counterparty.name.as_str()), (PaymentKind::Return, Direction::In, "赵*凡"));
        assert_eq!(contra.order, order(&bank, &back).await);
        assert_eq!(notices(&bank, &lin).await, ["elsewhere_returned", "elsewhere_settled"]);

        // A second one, one of another amount, and one for nothing: the money is here and waits for staff.
        bank.house.give_back(&id, "AC04", 6_666);
        let other = sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.give_back(&format!("990290010001{:019}", other.0), "AC04", 6_665);
        bank.house.give_back("990290010001unknown", "AC04", 50);
        work(&bank).await;
        assert_eq!((bank.balance(&lin).await, suspense(&bank).await), (993_334, 6_666 + 6_665 + 50));
        assert_eq!(kinds(&bank).await, [CaseKind::ReturnUnmatched; 3]);
        agree(&bank).await;

        // It comes before the word that the payment was settled: it waits for that.
        bank.house.answer_times(0);
        let early = sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.give_back(&format!("990290010001{:019}", early.0), "AC01", 6_666);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 993_334);
        work_out(&bank).await;
        assert_eq!(bank.payments.receipt(&lin.web, early).await.unwrap().state, OrderState::Corrected);
        assert_eq!(bank.balance(&lin).await, 993_334);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn staff_give_back_what_came_in_once(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let id = bank.house.pay_in(&number(&lin), "林小满", 500, false);
        work(&bank).await;
        let came = order(&bank, &id).await;
        assert_eq!(bank.payments.return_refusal(came).await.unwrap(), None);
        let back = bank.payments.return_by_hand(came, ReasonCode::read("AC01"), &hand("p1")).await.unwrap();
        assert_eq!(refusal(bank.payments.return_by_hand(came, ReasonCode::read("AC01"), &hand("p2")).await).code, "payments.returned_already");
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        let receipt = bank.payments.receipt(&lin.web, back).await.unwrap();
        assert_eq!((receipt.kind, receipt.direction, receipt.state), (PaymentKind::Return, Direction::Out, OrderState::Paid));
        let out = sent(&bank, &lin, None).await;
        assert_eq!(refusal(bank.payments.return_by_hand(out, ReasonCode::read("AC01"), &hand("p3")).await).code, "payments.not_returnable");
        work(&bank).await;

        // What is spent cannot be given back, and may be tried again later.
        let id = bank.house.pay_in(&number(&lin), "林小满", 500, false);
        work(&bank).await;
        let wang = bank.wang().await;
        let available = bank.accounts.view(&lin.web, lin.account.id).await.unwrap().available.minor;
        bank.pay(&lin, &wang, available).await;
        let came = order(&bank, &id).await;
        assert_eq!(refusal(bank.payments.return_by_hand(came, ReasonCode::read("AC01"), &hand("p4")).await).code, "payments.insufficient_funds");
        bank.pay(&wang, &lin, 500).await;
        bank.payments.return_by_hand(came, ReasonCode::read("AC01"), &hand("p5")).await.unwrap();
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 0);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn money_comes_from_a_bound_card_and_goes_there(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bound(&bank, &lin).await;
        let form = TopUpForm { account: lin.account.id, card, amount: "500.00".to_owned() };
        let receipt = bank.payments.top_up(&lin.web, Some("k1"), form.clone()).await.unwrap();
        assert_eq!((receipt.kind, receipt.direction, receipt.state), (PaymentKind::TopUp, Direction::In, OrderState::Held));
        assert_eq!(bank.payments.top_up(&lin.web, Some("k1"), form.clone()).await.unwrap().order, receipt.order);
        let other = TopUpForm { amount: "501.00".to_owned(), ..form.clone() };
        assert_eq!(refusal(bank.payments.top_up(&lin.web, Some("k1"), other).await).code, "idempotency.conflict");
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_050_000);
        let receipt = bank.payments.receipt(&lin.web, receipt.order).await.unwrap();
        let elsewhere = receipt.elsewhere.unwrap();
        assert_eq!((receipt.state, elsewhere.state, elsewhere.card), (OrderState::Paid, InterbankState::Settled, Some(card)));

        bank.house.reject(&["AM04"]);
        let refused = bank.payments.top_up(&lin.web, Some("k2"), form.clone()).await.unwrap();
        work(&bank).await;
        let refused = bank.payments.receipt(&lin.web, refused.order).await.unwrap();
        assert_eq!((refused.state, refused.refusal.as_deref()), (OrderState::Returned, Some("payments.elsewhere_no_funds")));
        assert_eq!(bank.balance(&lin).await, 1_050_000);

        let form = WithdrawForm { payer: lin.account.id, card, amount: "120.00".to_owned() };
        let draft = bank.payments.withdraw(&lin.web, form).await.unwrap();
        assert_eq!(draft.elsewhere.as_ref().unwrap().card, Some(card));
        let Confirmed::Held(receipt) = bank.confirm(&lin, draft.id).await.unwrap() else { panic!("not held") };
        work(&bank).await;
        assert_eq!(bank.payments.receipt(&lin.web, receipt.order).await.unwrap().state, OrderState::Paid);
        assert_eq!(bank.balance(&lin).await, 1_038_000);
        let told = notices(&bank, &lin).await;
        assert_eq!(told, ["elsewhere_settled", "top_up_refused", "top_up_settled"]);
        let stranger = TopUpForm { account: lin.account.id, card: CardId(7), amount: "1".to_owned() };
        assert_eq!(refusal(bank.payments.top_up(&lin.web, Some("k3"), stranger).await).code, "payments.card_not_found");
        agree(&bank).await;
        bank.stop().await;
    }

    async fn the_bound_card_is_outside_the_limits_of_class_two(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bound(&bank, &lin).await;
        let opening = |product, key: &str| accounts::ClassOpening {
            key: key.to_owned(),
            product,
            nickname: String::new(),
            purpose: accounts::Purpose::Savings,
        };
        let two = bank.accounts.open_class(&lin.web, opening(Product::ClassTwo, "two")).await.unwrap();
        let three = bank.accounts.open_class(&lin.web, opening(Product::ClassThree, "three")).await.unwrap();
        for (key, account, amount, expected) in [
            ("a", two.id, "30000", None),
            ("b", two.id, "30000", None),
            ("c", three.id, "2000.01", Some("payments.payee_limit_exceeded")),
            ("d", three.id, "2000", None),
            ("e", three.id, "0.01", Some("payments.payee_limit_exceeded")),
        ] {
            let form = TopUpForm { account, card, amount: amount.to_owned() };
            let result = bank.payments.top_up(&lin.web, Some(key), form).await;
            match expected {
                None => assert_eq!(result.unwrap().state, OrderState::Held, "{key}"),
                Some(code) => assert_eq!(refusal(result).code, code, "{key}"),
            }
            work(&bank).await;
        }
        let balance = bank.ledger.account(two.id).await.unwrap().unwrap().balance();
        assert_eq!(balance, 6_000_000);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn a_batch_is_collected_sent_together_and_settled_in_its_window(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut orders = Vec::new();
        for _ in 0..3 {
            orders.push(sent(&bank, &lin, Some(Service::Batch)).await);
        }
        let receipt = bank.payments.receipt(&lin.web, orders[0]).await.unwrap();
        let expected = receipt.elsewhere.unwrap().expected.unwrap();
        assert_eq!(bank.calendar.local(expected).to_string(), "2026-11-21T15:00:00");
        work(&bank).await;
        bank.clock.advance_ms(3_000);
        bank.house.mishap(&[Mishap::Down]);
        work_out(&bank).await;
        let messages: std::collections::HashSet<String> = {
            let mut ids = std::collections::HashSet::new();
            for order in &orders {
                let story = bank.payments.interbank_story(*order).await.unwrap();
                assert_eq!(story.payment.state, InterbankState::Sent);
                ids.extend(story.lines.into_iter().map(|line| line.message_id));
            }
            ids
        };
        assert_eq!(messages.len(), 1, "one message carries all, and nobody is asked before the window");
        // The window passes without them: they go with the next, and are asked about now and then.
        bank.clock.set(expected.plus_ms(11_000));
        work(&bank).await;
        let elsewhere = bank.payments.receipt(&lin.web, orders[0]).await.unwrap().elsewhere.unwrap();
        assert_eq!(bank.calendar.local(elsewhere.expected.unwrap()).to_string(), "2026-11-21T17:30:00");
        assert_eq!(elsewhere.state, InterbankState::Sent);
        bank.house.reject(&["AC01"]);
        bank.house.window();
        work(&bank).await;
        let mut states = Vec::new();
        for order in &orders {
            states.push(bank.payments.receipt(&lin.web, *order).await.unwrap().state);
        }
        assert_eq!(states, [OrderState::Returned, OrderState::Paid, OrderState::Paid]);
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 2 * 6_666);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn settlement_days_are_the_networks_and_not_the_clocks(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let today = bank.calendar.day(bank.clock.now());
        let midnight = bank.calendar.at_hour(kit::BankDay(today.0 + 1), 0).unwrap();
        // Handed over before midnight, answered after it: the day is the network's, whatever this bank's clock says.
        bank.clock.set(midnight.plus_ms(-2_000));
        bank.house.keep_back(true);
        let before = sent(&bank, &lin, None).await;
        bank.payments.run_interbank(bank.clock.now()).await.unwrap();
        bank.clock.set(midnight.plus_ms(1_000));
        bank.house.keep_back(false);
        work(&bank).await;
        let after = sent(&bank, &lin, None).await;
        work(&bank).await;
        let mut days = Vec::new();
        for order in [before, after] {
            days.push(bank.payments.interbank_story(order).await.unwrap().payment.settlement_day.unwrap().0 - today.0);
        }
        assert_eq!(days, [0, 1]);
        assert_eq!(bank.payments.receipt(&lin.web, before).await.unwrap().bank_day.0, today.0 + 1);
        assert_eq!(bank.payments.clearing_balance(today).await.unwrap(), -6_666);
        agree(&bank).await;
        bank.stop().await;
    }

    async fn the_tables_are_built_again_as_they_were(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let out = sent(&bank, &lin, None).await;
        work(&bank).await;
        bank.house.reject(&["AC01"]);
        let refused = sent(&bank, &lin, None).await;
        bank.house.pay_in(&number(&lin), "林小满", 700, true);
        bank.house.pay_in(&number(&lin), "别人", 900, true);
        bank.house.give_back(&format!("990290010001{:019}", out.0), "AC04", 6_666);
        work_out(&bank).await;
        agree(&bank).await;
        let mut before = Vec::new();
        for order in [out, refused] {
            before.push(bank.payments.receipt(&lin.web, order).await.unwrap());
        }
        bank.projections.reset("payments.order").await.unwrap();
        bank.projections.caught_up().await;
        for receipt in before {
            assert_eq!(bank.payments.receipt(&lin.web, receipt.order).await.unwrap(), receipt);
        }
        agree(&bank).await;
        bank.stop().await;
    }
}
