//! A bank whose ledger is made of partitions: people live in one each, pay across, and notice nothing of it.

use crate::classes::open;
use crate::invitations;
use accounts::{FreezeScope, Product, chart};
use db::Db;
use kit::{BankDay, Clock};
use payments::{Confirmed, DELAY_MS, OrderState, SliceState, TransferForm, TransferOptions, When};
use testkit::{Bank, Member, refusal};

const PARTITIONS: u16 = 3;

const PEOPLE: [(&str, &str); 8] = [
    ("林小满", "13800005678"),
    ("王建国", "13900006027"),
    ("赵一", "13900000001"),
    ("钱二", "13900000002"),
    ("孙三", "13900000003"),
    ("李四", "13900000004"),
    ("周五", "13900000005"),
    ("吴六", "13900000006"),
];

/// People with 10,000.00 yuan each, one in each partition.
async fn one_in_each(bank: &Bank) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for (name, mobile) in PEOPLE {
        let member = bank.enrol(name, mobile, 1_000_000).await;
        if members.iter().all(|known| known.account.id.partition() != member.account.id.partition()) {
            members.push(member);
        }
    }
    assert_eq!(members.len(), bank.ledger.partitions().len(), "somebody lives in every partition");
    members.sort_by_key(|member| member.account.id.partition());
    members
}

/// What the accounts of a kind have together.
async fn sum_of(bank: &Bank, kind: u32) -> i64 {
    let views = bank.ledger.all_accounts().await.unwrap();
    views.iter().filter(|view| view.terms.kind == kind).map(ledger::AccountView::balance).sum()
}

/// Everything in SQL, as lines of text in an order that does not depend on when they were written.
async fn picture(bank: &Bank) -> Vec<String> {
    bank.projections.caught_up().await;
    assert!(bank.projections.healthy());
    let mut dump = Vec::new();
    bank.db.dump(&mut dump).await.unwrap();
    let mut lines: Vec<String> = String::from_utf8(dump).unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// Nothing is under way, the tables say what the journals say, and again when they are built anew.
async fn whole(bank: &Bank) {
    assert_eq!(sum_of(bank, chart::TRANSIT).await, 0);
    let before = picture(bank).await;
    for name in ["payments.order", "accounts.voucher", "accounts.book", "accounts.movement", "accounts.account"] {
        bank.projections.reset(name).await.unwrap();
    }
    let after = picture(bank).await;
    let differs: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    assert_eq!(after.len(), before.len(), "{differs:#?}");
    assert!(differs.is_empty(), "{differs:#?}");
    let check = bank.accounts.check_books(None).await.unwrap();
    assert!(check.is_equal() && check.transfers > 0, "{check:?}");
    let trial = bank.accounts.trial_balance(BankDay::from_iso("2026-11-30").unwrap()).await.unwrap();
    assert!(trial.balanced);
}

/// Asks for a transfer that waits a day.
async fn delayed(bank: &Bank, from: &Member, to: &Member) -> kit::Result<Confirmed> {
    let form = TransferForm {
        payer: from.account.id,
        payee: to.person.mobile.e164().to_owned(),
        amount: "88.80".to_owned(),
        memo: String::new(),
    };
    let options = TransferOptions { when: When::Delayed, ..TransferOptions::default() };
    let draft = bank.payments.prepare_as(&from.web, form, options).await?;
    bank.confirm(from, draft.id).await
}

db::engine_tests! {
    async fn everybody_pays_everybody_and_all_say_the_same(db: Db) {
        let bank = Bank::with_partitions(db, PARTITIONS).await;
        let members = one_in_each(&bank).await;
        let deposits = sum_of(&bank, chart::PERSONAL_DEPOSITS).await;
        let mut orders = Vec::new();
        for (from, payer) in members.iter().enumerate() {
            for (to, payee) in members.iter().enumerate().filter(|(to, _)| *to != from) {
                let amount = 100 * (from as i64 + 1) + to as i64;
                orders.push((payer, payee, amount, bank.pay(payer, payee, amount).await));
            }
        }
        for (payer, payee, amount, order) in &orders {
            let receipt = bank.payments.receipt(&payer.web, *order).await.unwrap();
            assert_eq!((receipt.state, receipt.amount.minor), (OrderState::Paid, *amount));
            let (paid, received) = (payer.account.number().unwrap(), payee.account.number().unwrap());
            assert_eq!(receipt.counterparty.tail, received.tail());
            let receipt = bank.payments.receipt(&payee.web, *order).await.unwrap();
            assert_eq!(receipt.counterparty.tail, paid.tail(), "not the account that stands for the other partition");
        }
        for member in &members {
            let lines = bank.payments.statement(&member.web, member.account.id, None, 50).await.unwrap().items;
            assert_eq!(lines.len(), 1 + 2 * (members.len() - 1), "what was paid in, and each payment once");
            assert!(lines.iter().all(|line| line.order.is_some() && (line.counterparty.is_bank || !line.counterparty.name.is_empty())));
            assert_eq!(lines[0].balance_after.minor, bank.balance(member).await);
        }
        assert_eq!(sum_of(&bank, chart::PERSONAL_DEPOSITS).await, deposits);
        // Told once each.
        bank.payments.run_due(bank.clock.now()).await.unwrap();
        assert_eq!(bank.payments.run_due(bank.clock.now()).await.unwrap().told, 0);
        // A correction is another partition's word about an order.
        let (_, _, amount, order) = orders[0];
        bank.payments.correct("teller 7", order, "mistake").await.unwrap();
        bank.projections.caught_up().await;
        let corrected = bank.payments.receipt(&members[0].web, order).await.unwrap();
        assert_eq!((corrected.state, corrected.amount.minor), (OrderState::Corrected, amount));
        whole(&bank).await;
        // Each slice is even in every partition.
        bank.clock.advance_ms(10 * 60_000);
        assert!(bank.payments.run_slices().await.unwrap() > 0);
        let slices = bank.payments.slices_of(BankDay::from_iso("2026-11-21").unwrap()).await.unwrap();
        assert!(!slices.is_empty() && slices.iter().all(|slice| slice.state() == SliceState::Even));
        let bank = bank.restart().await;
        whole(&bank).await;
        bank.stop().await;
    }

    async fn what_is_set_aside_for_another_partition_ends_once(db: Db) {
        let bank = Bank::with_partitions(db, PARTITIONS).await;
        let members = one_in_each(&bank).await;
        let (lin, wang) = (&members[0], &members[1]);
        let Confirmed::Held(held) = delayed(&bank, lin, wang).await.unwrap() else { panic!("not held") };
        let Confirmed::Held(recalled) = delayed(&bank, wang, lin).await.unwrap() else { panic!("not held") };
        bank.payments.recall(&wang.web, recalled.order).await.unwrap();
        // The payer's partition would set it aside; the payee's says no.
        bank.accounts.freeze("teller 7", members[2].account.id, FreezeScope::Both, "协助冻结").await.unwrap();
        let code = refusal(delayed(&bank, lin, &members[2]).await).code;
        assert_eq!(code, "payments.payee_frozen");
        assert_eq!(bank.accounts.view(&lin.web, lin.account.id).await.unwrap().available.minor, 991_120);
        bank.projections.caught_up().await;
        assert_eq!(bank.payments.waiting(&lin.web).await.unwrap().len(), 1, "what was refused does not wait");
        whole(&bank).await;
        let bank = bank.restart().await;
        bank.clock.advance_ms(DELAY_MS);
        assert_eq!(bank.payments.run_due(bank.clock.now()).await.unwrap().posted, 1);
        assert_eq!(bank.payments.run_due(bank.clock.now()).await.unwrap().posted, 0);
        assert_eq!((bank.balance(lin).await, bank.balance(wang).await), (991_120, 1_008_880));
        bank.projections.caught_up().await;
        let receipt = bank.payments.receipt(&wang.web, held.order).await.unwrap();
        assert_eq!(receipt.state, OrderState::Paid);
        assert_eq!(bank.payments.receipt(&wang.web, recalled.order).await.unwrap().state, OrderState::Recalled);
        assert_eq!(bank.ledger.open_holds().await.unwrap(), 0);
        whole(&bank).await;
        bank.stop().await;
    }

    async fn what_was_claimed_and_corrected_is_built_again_in_any_order(db: Db) {
        let bank = Bank::with_partitions(db, PARTITIONS).await;
        let members = one_in_each(&bank).await;
        let mut orders = Vec::new();
        // Set aside in each partition, given on by the bank's, corrected where the receiver lives.
        for member in &members {
            orders.push(invitations::invite(&bank, member, "88.80").await);
        }
        let (_, who) = invitations::newcomer(&bank).await;
        let account = invitations::open(&bank, &who, Product::ClassTwo).await;
        bank.clock.advance_ms(5_000);
        assert_eq!(bank.payments.run_due(bank.clock.now()).await.unwrap().claimed, members.len() as u64);
        bank.projections.caught_up().await;
        for order in &orders {
            bank.payments.correct("teller 7", *order, "mistake").await.unwrap();
        }
        assert_eq!(bank.ledger.account(account.id).await.unwrap().unwrap().balance(), 0);
        bank.payments.run_due(bank.clock.now()).await.unwrap();
        for _ in 0..3 {
            whole(&bank).await;
        }
        for (member, order) in members.iter().zip(&orders) {
            assert_eq!(bank.balance(member).await, 1_000_000);
            let receipt = bank.payments.receipt(&member.web, *order).await.unwrap();
            assert_eq!((receipt.state, receipt.counterparty.name.as_str()), (OrderState::Corrected, "赵*"));
        }
        bank.stop().await;
    }

    async fn caps_of_both_sides_hold_each_in_its_own_partition(db: Db) {
        let bank = Bank::with_partitions(db, PARTITIONS).await;
        let members = one_in_each(&bank).await;
        let (lin, wang) = (&members[0], &members[1]);
        // Class III takes in 2,000.00 at most and pays 2,000.00 a day.
        let small = open(&bank, wang, "k", Product::ClassThree).await;
        assert_eq!(small.id.partition(), wang.account.id.partition(), "a customer lives in one partition");
        let now = bank.clock.now();
        let pay = |from, to, minor| crate::classes::pay_at(&bank, from, to, minor, now);
        let ceiling = pay(lin.account, small, 200_001).await;
        assert_eq!(pay(lin.account, small, 150_000).await, "ok");
        let refused = pay(lin.account, small, 60_000).await;
        assert!(["payments.payee_full", crate::classes::PAYEE].contains(&refused.as_str()), "{refused}");
        assert!(["payments.payee_full", crate::classes::PAYEE].contains(&ceiling.as_str()), "{ceiling}");
        assert_eq!(bank.balance(lin).await, 850_000, "what the payee may not take never left");
        bank.accounts.open_day_counters(&[lin.account], 200_000, now).await.unwrap();
        let limited = bank.accounts.by_id(lin.account.id).await.unwrap().unwrap();
        assert_eq!(pay(limited, wang.account, 200_000).await, "ok");
        assert_eq!(pay(limited, wang.account, 1).await, crate::classes::DAY);
        whole(&bank).await;
        bank.stop().await;
    }

    async fn a_bank_may_grow_and_everybody_stays_where_they_are(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 500).await;
        let bank = bank.restart_with(PARTITIONS).await;
        bank.clock.advance_ms(5_000);
        let mut new = Vec::new();
        for (name, mobile) in &PEOPLE[2..] {
            new.push(bank.enrol(name, mobile, 100_000).await);
        }
        assert!(new.iter().any(|member| member.account.id.partition() > 0), "newcomers are spread");
        for member in &new {
            bank.pay(&lin, member, 100).await;
            bank.pay(member, &wang, 50).await;
        }
        let own = bank.accounts.ensure_bank_accounts().await.unwrap();
        assert_eq!(own, bank.own, "the bank's own accounts are those of before");
        let second = open(&bank, &lin, "k", Product::ClassTwo).await;
        assert_eq!((second.holder, second.id.partition()), (lin.account.holder, 0));
        whole(&bank).await;
        let bank = bank.restart().await;
        assert_eq!(bank.balance(&wang).await, 1_000_500 + 50 * new.len() as i64);
        bank.stop().await;
    }
}
