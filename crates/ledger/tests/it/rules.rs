//! What the ledger decides.

use crate::kit::*;
use ledger::*;

#[tokio::test]
async fn money_moves_once_and_a_repeat_gets_the_stored_outcome() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 10_000).await;
    let bob = bench.funded(cash, 0).await;
    let command = bench.command(Action::Transfer(transfer(alice, bob, 8_880)));
    let first = bench.ledger.execute(command.clone()).await.unwrap();
    let mut later = command.clone();
    later.time_ms += 60_000;
    let again = bench.ledger.execute(later).await.unwrap();
    assert_eq!((again.outcome, again.replayed), (first.outcome.clone(), true));
    assert_eq!((bench.balance(alice).await, bench.balance(bob).await), (1_120, 8_880));

    // Another body under the same id is a conflict that names the field, and moves nothing.
    for (field, change) in [
        ("amount", Box::new(|transfer: &mut Transfer| transfer.amount = 1) as Box<dyn Fn(&mut Transfer)>),
        ("debit", Box::new(|transfer| transfer.debit = AccountId(0))),
        ("reference", Box::new(|transfer| transfer.reference = 9)),
        ("mode", Box::new(|transfer| transfer.mode = Mode::Hold { expires_ms: None })),
    ] {
        let mut body = transfer(alice, bob, 8_880);
        change(&mut body);
        let altered = Command { action: Action::Transfer(body), ..command.clone() };
        assert_eq!(bench.ledger.execute(altered).await, Err(SubmitError::Conflict { field }));
    }
    let altered = Command { document: b"x".to_vec(), ..command.clone() };
    assert_eq!(bench.ledger.execute(altered).await, Err(SubmitError::Conflict { field: "document" }));

    // It is the same after a restart.
    bench.ledger.close().await;
    let ledger = open(bench.dir.path());
    let again = ledger.execute(command).await.unwrap();
    assert_eq!((again.outcome, again.replayed), (first.outcome, true));
    ledger.close().await;
}

#[tokio::test]
async fn a_refusal_spends_the_id_and_moves_nothing() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let bob = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 1_000).await;
    let command = bench.command(Action::Transfer(limited(transfer(alice, bob, 101), &[day])));
    let refusal = bench.ledger.execute(command.clone()).await.unwrap();
    assert_eq!(refused(refusal.outcome), Reason::InsufficientFunds { available: 100 });
    assert_eq!(bench.used(day).await, (0, 0));
    bench.pay(cash, alice, 1_000).await;
    let again = bench.ledger.execute(command).await.unwrap();
    assert!(again.replayed);
    assert_eq!(refused(again.outcome), Reason::InsufficientFunds { available: 100 });
    bench.verified().await;
}

#[tokio::test]
async fn refusals_come_in_their_order_of_precedence() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let bob = bench.funded(cash, 0).await;
    let dollars = bench.account_with(|terms| terms.currency = 840).await;
    let abroad = bench.account_with(|terms| (terms.institution, terms.currency) = (2, 840)).await;
    let closed = bench.account_with(|_| {}).await;
    assert_eq!(bench.run(Action::CloseAccount { account: closed }).await, Outcome::Done(Effect::Updated));
    let frozen = bench.funded(cash, 100).await;
    bench.run(Action::SetFreeze { account: frozen, debits: true, credits: true }).await;
    let full = bench.account_with(|terms| terms.ceiling = Some(50)).await;
    let tight = bench.counter(Window::Day, 10).await;
    let stale = Some(EpochCheck { holder: HolderId(0), epoch: 7 });
    let no_account = AccountId(99);
    // Each row is wrong in every way that a later row is wrong, too, where that is possible.
    let rows = [
        (transfer(no_account, no_account, 0), Reason::AmountOutOfRange),
        (transfer(no_account, no_account, 1), Reason::DebitAccountUnknown),
        (transfer(alice, no_account, 1), Reason::CreditAccountUnknown),
        (
            Transfer { epoch: Some(EpochCheck { holder: HolderId(9), epoch: 0 }), ..transfer(alice, alice, 1) },
            Reason::HolderUnknown,
        ),
        (limited(transfer(alice, alice, 1), &[CounterId(77)]), Reason::CounterUnknown),
        (transfer(alice, alice, 1), Reason::SameAccount),
        (transfer(alice, abroad, 1), Reason::InstitutionDiffers),
        (transfer(alice, dollars, 1), Reason::CurrencyDiffers),
        (transfer(closed, closed, 1), Reason::SameAccount),
        (Transfer { epoch: stale, ..transfer(closed, frozen, 1_000) }, Reason::DebitAccountClosed),
        (Transfer { epoch: stale, ..transfer(frozen, closed, 1_000) }, Reason::CreditAccountClosed),
        (Transfer { epoch: stale, ..transfer(frozen, full, 1_000) }, Reason::DebitFrozen),
        (Transfer { epoch: stale, ..transfer(alice, frozen, 1_000) }, Reason::CreditFrozen),
        (limited(Transfer { epoch: stale, ..transfer(alice, full, 1_000) }, &[tight]), Reason::EpochStale),
        (
            limited(transfer(alice, full, 1_000), &[tight]),
            Reason::LimitExceeded { counter: tight, window: Window::Day, by_count: false, cap: 10, used: 0 },
        ),
        (transfer(alice, full, 1_000), Reason::InsufficientFunds { available: 100 }),
        (transfer(alice, full, 51), Reason::CeilingExceeded { room: 50 }),
    ];
    for (row, (transfer, reason)) in rows.into_iter().enumerate() {
        assert_eq!(refused(bench.run(Action::Transfer(transfer)).await), reason, "row {row}");
    }
    assert_eq!(bench.balance(alice).await, 100);
    assert!(matches!(bench.pay(alice, bob, 100).await, Outcome::Done(_)));
    assert!(matches!(bench.pay(alice, bob, AMOUNT_MAX + 1).await, Outcome::Refused(Reason::AmountOutOfRange)));
    bench.verified().await;
}

#[tokio::test]
async fn a_hold_reserves_then_posts_in_part_and_gives_the_rest_back() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let bob = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 900).await;
    let hold = bench.hold(limited(transfer(alice, bob, 800), &[day]), None).await;
    assert_eq!((bench.balance(alice).await, bench.available(alice).await), (1_000, 200));
    assert_eq!(bench.used(day).await, (800, 1));
    assert_eq!(refused(bench.pay(alice, bob, 201).await), Reason::InsufficientFunds { available: 200 });
    assert_eq!(refused(bench.run(Action::Post { hold, amount: Some(801) }).await), Reason::HoldExceeded);
    let posted = bench.run(Action::Post { hold, amount: Some(300) }).await;
    assert!(matches!(posted, Outcome::Done(Effect::Posted(Posted { amount: 300, debit_balance: 700, .. }))));
    assert_eq!(bench.used(day).await, (300, 1));
    assert_eq!((bench.balance(alice).await, bench.available(alice).await), (700, 700));
    assert_eq!(refused(bench.run(Action::Post { hold, amount: None }).await), Reason::HoldPosted);
    assert_eq!(refused(bench.run(Action::Void { hold }).await), Reason::HoldPosted);
    bench.verified().await;
}

#[tokio::test]
async fn a_void_and_an_expiry_give_everything_back_once() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let bob = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 1_000).await;
    let voided = bench.hold(limited(transfer(alice, bob, 400), &[day]), None).await;
    let due = bench.time_ms.get() + 1_000;
    let expiring = bench.hold(limited(transfer(alice, bob, 600), &[day]), Some(due)).await;
    assert_eq!(bench.run(Action::Void { hold: voided }).await, Outcome::Done(Effect::Voided { amount: 400 }));
    assert_eq!(refused(bench.run(Action::Void { hold: voided }).await), Reason::HoldVoided);
    bench.time_ms.set(due - 1);
    assert_eq!(bench.run(Action::Tick).await, Outcome::Done(Effect::Ticked { expired: vec![] }));
    bench.time_ms.set(due);
    assert_eq!(bench.run(Action::Tick).await, Outcome::Done(Effect::Ticked { expired: vec![expiring] }));
    assert_eq!(refused(bench.run(Action::Post { hold: expiring, amount: None }).await), Reason::HoldExpired);
    assert_eq!(bench.used(day).await, (0, 0));
    assert_eq!(bench.available(alice).await, 1_000);
    assert_eq!(refused(bench.run(Action::Void { hold: CommandId(123_456) }).await), Reason::HoldUnknown);
    // An id that is known but made no hold.
    let command = bench.command(Action::Transfer(transfer(alice, bob, 1)));
    let hold = command.id;
    bench.ledger.execute(command).await.unwrap();
    assert_eq!(refused(bench.run(Action::Void { hold }).await), Reason::NotAHold);
    bench.verified().await;
}

#[tokio::test]
async fn a_hold_over_midnight_stays_on_its_own_day() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let bob = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 500).await;
    // One millisecond before the bank's midnight, which is 16:00 UTC.
    let midnight = (bench.time_ms.get() + 8 * 3_600_000) / 86_400_000 * 86_400_000 + 86_400_000 - 8 * 3_600_000;
    bench.time_ms.set(midnight - 1);
    let hold = bench.hold(limited(transfer(alice, bob, 500), &[day]), None).await;
    let more = limited(transfer(alice, bob, 1), &[day]);
    assert!(matches!(refused(bench.run(Action::Transfer(more.clone())).await), Reason::LimitExceeded { .. }));
    bench.time_ms.set(midnight);
    assert!(matches!(bench.run(Action::Transfer(limited(transfer(alice, bob, 500), &[day]))).await, Outcome::Done(_)));
    assert!(matches!(bench.run(Action::Post { hold, amount: None }).await, Outcome::Done(_)));
    assert!(matches!(refused(bench.run(Action::Transfer(more)).await), Reason::LimitExceeded { used: 500, .. }));
    bench.verified().await;
}

#[tokio::test]
async fn a_chain_takes_effect_wholly_or_not_at_all() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let bob = bench.funded(cash, 0).await;
    let fee = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 1_000).await;
    let chain = |first, second| {
        let first = bench.command(Action::Transfer(limited(transfer(alice, bob, first), &[day])));
        vec![first, bench.command(Action::Transfer(transfer(bob, fee, second)))]
    };
    let broken = chain(100, 101);
    let answers = bench.ledger.submit(broken.clone()).unwrap().await.unwrap();
    let outcomes: Vec<_> = answers.into_iter().map(|answer| refused(answer.outcome)).collect();
    assert_eq!(outcomes, [Reason::ChainBroken, Reason::InsufficientFunds { available: 100 }]);
    assert_eq!((bench.balance(alice).await, bench.balance(bob).await), (100, 0));
    assert_eq!(bench.used(day).await, (0, 0));

    let whole = chain(100, 30);
    let answers = bench.ledger.submit(whole.clone()).unwrap().await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer.outcome, Outcome::Done(_))));
    assert_eq!((bench.balance(bob).await, bench.balance(fee).await), (70, 30));
    // A repeat of the whole chain is answered from store; a part of it alone is a conflict.
    assert!(bench.ledger.submit(whole.clone()).unwrap().await.unwrap().iter().all(|answer| answer.replayed));
    let part = bench.ledger.submit(whole[..1].to_vec()).unwrap().await;
    assert_eq!(part, Err(SubmitError::Conflict { field: "chain" }));
    let stretched = vec![bench.command(Action::Transfer(transfer(bob, fee, 1))), whole[0].clone()];
    assert_eq!(bench.ledger.submit(stretched).unwrap().await, Err(SubmitError::Conflict { field: "chain" }));
    bench.verified().await;
}

#[tokio::test]
async fn settings_change_in_a_chain_wholly_or_not_at_all() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 500).await;
    let bob = bench.account_with(|terms| terms.ceiling = Some(100)).await;
    let day = bench.counter(Window::Day, 100).await;
    assert!(matches!(bench.run(Action::Transfer(limited(transfer(alice, bob, 60), &[day]))).await, Outcome::Done(_)));
    let settings = |last: Action| {
        let actions = [
            Action::SetBounds { account: bob, floor: Some(0), ceiling: None },
            Action::SetCaps { counter: day, cap_amount: Some(1_000), cap_count: Some(2) },
            Action::SetFreeze { account: alice, debits: true, credits: true },
            last,
        ];
        actions.map(|action| bench.command(action)).to_vec()
    };
    // The last member is refused: the ceiling, the cap and the freeze are as they were.
    let broken = settings(Action::SetCaps { counter: CounterId(99), cap_amount: None, cap_count: None });
    let answers = bench.ledger.submit(broken).unwrap().await.unwrap();
    assert_eq!(refused(answers[3].outcome.clone()), Reason::CounterUnknown);
    assert!(answers[..3].iter().all(|answer| answer.outcome == Outcome::Refused(Reason::ChainBroken)));
    let more = || Action::Transfer(limited(transfer(alice, bob, 41), &[day]));
    assert!(matches!(refused(bench.run(more()).await), Reason::LimitExceeded { cap: 100, used: 60, .. }));
    let by_ceiling = refused(bench.run(Action::Transfer(transfer(alice, bob, 41))).await);
    assert_eq!(by_ceiling, Reason::CeilingExceeded { room: 40 });

    // All together: what was used stays used, and a movement of money may stand among them.
    let whole = settings(Action::SetFreeze { account: alice, debits: false, credits: false });
    let again = whole.clone();
    let answers = bench.ledger.submit(whole).unwrap().await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer.outcome, Outcome::Done(Effect::Updated))));
    assert!(bench.ledger.submit(again).unwrap().await.unwrap().iter().all(|answer| answer.replayed));
    assert!(matches!(bench.run(more()).await, Outcome::Done(_)));
    assert_eq!(bench.used(day).await, (101, 2));
    let frozen = settings(more());
    let answers = bench.ledger.submit(frozen).unwrap().await.unwrap();
    assert_eq!(refused(answers[3].outcome.clone()), Reason::DebitFrozen, "a chain sees its own settings");
    assert!(!bench.ledger.account(alice).await.unwrap().unwrap().debits_frozen);

    let opening = vec![bench.command(more()), bench.command(Action::OpenHolder)];
    assert!(matches!(bench.ledger.submit(opening), Err(SubmitError::Malformed(_))));
    bench.verified().await;
}

#[tokio::test]
async fn a_balancing_transfer_moves_what_there_is() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 70).await;
    let small = bench.account_with(|terms| terms.ceiling = Some(50)).await;
    let sweep = |side| Action::Transfer(Transfer { balancing: Some(side), ..transfer(alice, small, 1_000) });
    assert_eq!(refused(bench.run(sweep(Side::Debit)).await), Reason::CeilingExceeded { room: 50 });
    assert!(matches!(bench.run(sweep(Side::Credit)).await, Outcome::Done(Effect::Posted(Posted { amount: 50, .. }))));
    let bob = bench.funded(cash, 0).await;
    let rest = Action::Transfer(Transfer { balancing: Some(Side::Debit), ..transfer(alice, bob, 1_000) });
    assert!(matches!(bench.run(rest.clone()).await, Outcome::Done(Effect::Posted(Posted { amount: 20, .. }))));
    assert_eq!(refused(bench.run(rest).await), Reason::InsufficientFunds { available: 0 });
    bench.verified().await;
}

#[tokio::test]
async fn a_ceiling_counts_pending_credits() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let small = bench.account_with(|terms| terms.ceiling = Some(100)).await;
    let hold = bench.hold(transfer(alice, small, 60), None).await;
    assert_eq!(refused(bench.pay(alice, small, 41).await), Reason::CeilingExceeded { room: 40 });
    assert!(matches!(bench.pay(alice, small, 40).await, Outcome::Done(_)));
    assert!(matches!(bench.run(Action::Post { hold, amount: None }).await, Outcome::Done(_)));
    assert_eq!(bench.balance(small).await, 100);
    bench.verified().await;
}

#[tokio::test]
async fn raising_the_epoch_stops_what_was_authorised_before() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let bob = bench.funded(cash, 0).await;
    let under = |epoch| {
        Action::Transfer(Transfer { epoch: Some(EpochCheck { holder: HolderId(0), epoch }), ..transfer(alice, bob, 1) })
    };
    assert!(matches!(bench.run(under(0)).await, Outcome::Done(_)));
    let raised = bench.run(Action::RaiseEpoch { holder: HolderId(0) }).await;
    assert_eq!(raised, Outcome::Done(Effect::EpochRaised(1)));
    assert_eq!(refused(bench.run(under(0)).await), Reason::EpochStale);
    assert!(matches!(bench.run(under(1)).await, Outcome::Done(_)));
    assert_eq!(bench.ledger.epoch(HolderId(0)).await, Ok(Some(1)));
    bench.verified().await;
}

#[tokio::test]
async fn an_account_closes_only_when_empty_and_for_ever() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let bob = bench.funded(cash, 0).await;
    let close = Action::CloseAccount { account: alice };
    assert_eq!(refused(bench.run(close.clone()).await), Reason::AccountNotEmpty);
    bench.pay(alice, bob, 100).await;
    assert_eq!(bench.run(close.clone()).await, Outcome::Done(Effect::Updated));
    assert_eq!(refused(bench.run(close).await), Reason::AccountClosed);
    assert_eq!(refused(bench.pay(bob, alice, 1).await), Reason::CreditAccountClosed);
    let crossed = Action::SetBounds { account: bob, floor: Some(1), ceiling: Some(0) };
    assert_eq!(refused(bench.run(crossed).await), Reason::BoundsCrossed);
    bench.verified().await;
}

#[tokio::test]
async fn what_can_never_be_decided_is_malformed_and_spends_nothing() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 100).await;
    let good = bench.command(Action::Transfer(transfer(alice, cash, 1)));
    let counter = LimitUse { counter: CounterId(0), side: Side::Debit };
    let twice = Transfer { limits: vec![counter, counter], ..transfer(alice, cash, 1) };
    let bad = [
        vec![],
        vec![Command { id: CommandId(0), ..good.clone() }],
        vec![Command { id: CommandId(u128::MAX), ..good.clone() }],
        vec![good.clone(), good.clone()],
        vec![Command { document: vec![0; DOCUMENT_MAX + 1], ..good.clone() }],
        vec![Command { action: Action::Transfer(twice), ..good.clone() }],
        vec![good.clone(), Command { action: Action::Tick, id: CommandId(999), ..good.clone() }],
    ];
    for commands in bad {
        assert!(matches!(bench.ledger.submit(commands), Err(SubmitError::Malformed(_))));
    }
    assert!(!bench.ledger.execute(good).await.unwrap().replayed);
    bench.verified().await;
}

#[tokio::test]
async fn history_is_paged_newest_first_and_entries_are_found_by_id() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let bob = bench.funded(cash, 0).await;
    let mut last = CommandId(0);
    for amount in 1..=25 {
        let mut command = bench.command(Action::Transfer(transfer(alice, bob, amount)));
        command.document = format!("no. {amount}").into_bytes();
        last = command.id;
        bench.ledger.execute(command).await.unwrap();
    }
    let entry = bench.ledger.entry(last).await.unwrap().unwrap();
    assert_eq!(entry.command.document, b"no. 25");
    assert!(bench.ledger.entry(CommandId(9_999)).await.unwrap().is_none());
    let mut amounts = Vec::new();
    let mut before = None;
    loop {
        let page = bench.ledger.history(bob, before, 10).await.unwrap();
        let Some(oldest) = page.last() else { break };
        before = Some(oldest.sequence);
        amounts.extend(page.iter().map(|entry| match &entry.outcome {
            Outcome::Done(Effect::Posted(posted)) => posted.amount,
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(amounts, (1..=25).rev().collect::<Vec<_>>());
    bench.verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_at_once_never_pass_a_balance_or_a_limit() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let poor = bench.funded(cash, 1_000).await;
    let rich = bench.funded(cash, 1_000_000).await;
    let bob = bench.funded(cash, 0).await;
    let day = bench.counter(Window::Day, 1_000).await;
    let mut tasks = Vec::new();
    for _ in 0..20 {
        for transfer in [transfer(poor, bob, 101), limited(transfer(rich, bob, 101), &[day])] {
            let command = bench.command(Action::Transfer(transfer));
            let ledger = bench.ledger.clone();
            tasks.push(kit::spawn("payer", async move { ledger.execute(command).await.unwrap().outcome }));
        }
    }
    let mut done = 0;
    for task in tasks {
        done += usize::from(matches!(task.await.unwrap().unwrap(), Outcome::Done(_)));
    }
    assert_eq!(done, 18, "nine from the balance, nine within the limit");
    assert_eq!(bench.balance(poor).await, 1_000 - 9 * 101);
    assert_eq!(bench.used(day).await, (909, 9));
    bench.verified().await;
}

#[tokio::test]
async fn a_full_queue_answers_busy_and_spends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.queue_capacity = 1;
    let ledger = Ledger::open(dir.path(), options).unwrap();
    let command = |id| Command { id: CommandId(id), time_ms: 0, action: Action::OpenHolder, document: Vec::new() };
    let results: Vec<_> = (1..500).map(|id| (id, ledger.submit(vec![command(id)]))).collect();
    let mut busy = None;
    for (id, result) in results {
        match result {
            Ok(pending) => assert!(pending.await.is_ok()),
            Err(error) => {
                assert_eq!(error, SubmitError::Busy);
                busy = Some(id);
            }
        }
    }
    let busy = busy.expect("499 requests at once cannot all find room in a queue of one");
    let answer = ledger.submit_waiting(vec![command(busy)]).await.unwrap().await.unwrap();
    assert!(!answer[0].replayed);
    ledger.close().await;
    assert_eq!(ledger.execute(command(1)).await, Err(SubmitError::Stopped));
}

#[tokio::test]
async fn a_copy_while_in_use_is_a_whole_ledger_at_its_position() {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let position = bench.ledger.head().position;
    bench.pay(alice, cash, 10).await;
    let to = tempfile::tempdir().unwrap();
    let head = copy(bench.dir.path(), to.path(), position).unwrap();
    assert_eq!(head.position, position);
    assert_eq!(verify(to.path()).unwrap().problems, Vec::<String>::new());
    let ledger = open(to.path());
    assert_eq!(ledger.account(alice).await.unwrap().unwrap().balance(), 1_000);
    ledger.close().await;
    assert!(copy(bench.dir.path(), to.path(), position + 50).is_err());
    bench.verified().await;
}
