use crate::kit::{Bench, TRANSIT, held, open, posted, transfer};
use cloud::OpenError;
use ledger::*;

#[tokio::test]
async fn a_transfer_across_two_partitions_is_answered_like_any_other() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(0, 1_000).await, bench.customer(1, 50).await);
    let command = bench.command(Action::Transfer(transfer(payer, payee, 300)));
    let answer = bench.cloud.execute(command.clone()).await.unwrap();
    let expected = Posted { debit: payer, credit: payee, amount: 300, debit_balance: 700, credit_balance: 350 };
    assert_eq!(answer.outcome, Outcome::Done(Effect::Posted(expected)));
    assert_eq!((bench.balance(payer).await, bench.balance(payee).await), (700, 350));

    let again = bench.cloud.execute(command.clone()).await.unwrap();
    assert_eq!((again.outcome, again.replayed), (answer.outcome.clone(), true));
    // Another time is no difference, as inside a partition.
    let later = Command { time_ms: command.time_ms + 60_000, ..command.clone() };
    let again = bench.cloud.execute(later).await.unwrap();
    assert_eq!((again.outcome, again.replayed), (answer.outcome.clone(), true));
    let entry = bench.cloud.entry(command.id).await.unwrap().unwrap();
    assert_eq!((&entry.command, &entry.outcome), (&command, &answer.outcome));
    assert_eq!(bench.cloud.asked(command.id).await.unwrap().unwrap().command, command);
    assert_eq!((bench.balance(payer).await, bench.balance(payee).await), (700, 350));

    for (change, field) in [
        (Box::new(|transfer: &mut Transfer| transfer.amount = 301) as Box<dyn Fn(&mut Transfer)>, "amount"),
        (Box::new(move |transfer: &mut Transfer| transfer.reference = 9), "reference"),
        (Box::new(move |transfer: &mut Transfer| transfer.mode = Mode::Hold { expires_ms: None }), "mode"),
    ] {
        let mut changed = transfer(payer, payee, 300);
        change(&mut changed);
        let other = Command { action: Action::Transfer(changed), ..command.clone() };
        assert_eq!(bench.cloud.execute(other).await, Err(SubmitError::Conflict { field }));
    }
    bench.verified().await;
}

#[tokio::test]
async fn each_side_refuses_by_its_own_rules_and_nothing_stays_held() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(0, 1_000).await, bench.customer(1, 0).await);
    let poor = bench.pay(payer, payee, 1_001).await;
    assert_eq!(poor, Outcome::Refused(Reason::InsufficientFunds { available: 1_000 }));

    let full = bench.account_with(1, |terms| terms.ceiling = Some(100)).await;
    let command = bench.command(Action::Transfer(transfer(payer, full, 101)));
    let refused = Outcome::Refused(Reason::CeilingExceeded { room: 100 });
    assert_eq!(bench.cloud.execute(command.clone()).await.unwrap().outcome, refused);
    assert_eq!(bench.available(payer).await, 1_000);
    let again = bench.cloud.execute(command.clone()).await.unwrap();
    assert_eq!((again.outcome, again.replayed), (refused.clone(), true));
    assert_eq!(bench.cloud.entry(command.id).await.unwrap().unwrap().outcome, refused);

    let dollars = bench.account_with(1, |terms| terms.currency = 840).await;
    assert_eq!(bench.pay(payer, dollars, 5).await, Outcome::Refused(Reason::CurrencyDiffers));
    let elsewhere = bench.account_with(1, |terms| terms.institution = 2).await;
    assert_eq!(bench.pay(payer, elsewhere, 5).await, Outcome::Refused(Reason::InstitutionDiffers));
    let nobody = AccountId(payee.0 + 1_000);
    assert_eq!(bench.pay(payer, nobody, 5).await, Outcome::Refused(Reason::CreditAccountUnknown));
    assert_eq!(bench.pay(nobody, payer, 5).await, Outcome::Refused(Reason::DebitAccountUnknown));
    let beyond = AccountId(numbered(9, 0));
    assert_eq!(bench.pay(payer, beyond, 5).await, Outcome::Refused(Reason::CreditAccountUnknown));
    assert_eq!(bench.pay(beyond, payee, 5).await, Outcome::Refused(Reason::DebitAccountUnknown));

    let freeze = Action::SetFreeze { account: payee, debits: false, credits: true };
    assert_eq!(bench.run(freeze).await, Outcome::Done(Effect::Updated));
    assert_eq!(bench.pay(payer, payee, 5).await, Outcome::Refused(Reason::CreditFrozen));
    assert_eq!((bench.available(payer).await, bench.cloud.open_holds().await.unwrap()), (1_000, 0));
    bench.verified().await;
}

#[tokio::test]
async fn caps_of_both_sides_are_charged_where_they_live() {
    let bench = Bench::new(3);
    let (payer, payee) = (bench.customer(1, 1_000).await, bench.customer(2, 0).await);
    let (paid, received) = (bench.counter(1, 500).await, bench.counter(2, 300).await);
    let limits =
        vec![LimitUse { counter: paid, side: Side::Debit }, LimitUse { counter: received, side: Side::Credit }];
    let limited = |amount| Action::Transfer(Transfer { limits: limits.clone(), ..transfer(payer, payee, amount) });
    posted(bench.run(limited(200)).await);
    assert_eq!((bench.used(paid).await, bench.used(received).await), ((200, 1), (200, 1)));
    // The payee's cap speaks against it: what the payer's was charged is given back.
    let refused = bench.run(limited(101)).await;
    assert!(
        matches!(refused, Outcome::Refused(Reason::LimitExceeded { counter, cap: 300, used: 200, .. }) if counter == received),
        "{refused:?}"
    );
    assert_eq!((bench.used(paid).await, bench.used(received).await), ((200, 1), (200, 1)));
    let refused = bench.run(limited(301)).await;
    assert!(
        matches!(refused, Outcome::Refused(Reason::LimitExceeded { counter, .. }) if counter == paid),
        "{refused:?}"
    );

    let stranger = bench.counter(0, 1).await;
    let strange = vec![LimitUse { counter: stranger, side: Side::Debit }];
    let command = bench.command(Action::Transfer(Transfer { limits: strange, ..transfer(payer, payee, 1) }));
    assert!(matches!(bench.cloud.execute(command).await, Err(SubmitError::Malformed(_))));
    bench.verified().await;
}

#[tokio::test]
async fn a_refusal_stands_when_the_account_that_was_missing_is_there() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(0, 1_000).await, bench.customer(1, 0).await);
    // After the payer, its cash, and the transit account that the chain opens.
    let missing = AccountId(payer.0 + 3);
    let alone = vec![bench.command(Action::Transfer(transfer(missing, payee, 5)))];
    let chain = vec![
        bench.command(Action::Transfer(transfer(payer, payee, 5))),
        bench.command(Action::Transfer(transfer(missing, payee, 5))),
    ];
    let outcomes = async |commands: &Vec<Command>| -> Vec<Outcome> {
        let answers = bench.cloud.submit(commands.clone()).unwrap().await.unwrap();
        answers.into_iter().map(|answer| answer.outcome).collect()
    };
    let unknown = Outcome::Refused(Reason::DebitAccountUnknown);
    let broken = Outcome::Refused(Reason::ChainBroken);
    assert_eq!(outcomes(&alone).await, vec![unknown.clone()]);
    assert_eq!(outcomes(&chain).await, [broken.clone(), unknown.clone()]);
    assert_eq!(bench.account_with(0, |terms| terms.floor = None).await, missing);
    assert_eq!(outcomes(&alone).await, vec![unknown.clone()]);
    assert_eq!(outcomes(&chain).await, [broken, unknown]);
    assert_eq!((bench.balance(payer).await, bench.balance(payee).await), (1_000, 0));
    bench.verified().await;
}

#[tokio::test]
async fn an_old_epoch_stops_a_payment_at_the_payer() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(0, 1_000).await, bench.customer(1, 0).await);
    let holder = bench.cloud.account(payer).await.unwrap().unwrap().terms.holder;
    let signed =
        |epoch| Action::Transfer(Transfer { epoch: Some(EpochCheck { holder, epoch }), ..transfer(payer, payee, 1) });
    posted(bench.run(signed(0)).await);
    assert_eq!(bench.run(Action::RaiseEpoch { holder }).await, Outcome::Done(Effect::EpochRaised(1)));
    assert_eq!(bench.run(signed(0)).await, Outcome::Refused(Reason::EpochStale));
    posted(bench.run(signed(1)).await);
    bench.verified().await;
}

#[tokio::test]
async fn a_trade_of_several_legs_takes_effect_wholly_or_not_at_all() {
    let bench = Bench::new(4);
    let payer = bench.customer(0, 1_000).await;
    let merchant = bench.account_with(1, |_| {}).await;
    let (fees, partner) =
        (bench.account_with(2, |_| {}).await, bench.account_with(3, |terms| terms.ceiling = Some(40)).await);
    // The merchant pays fee and share out of what it gets in the same trade.
    let trade = |share: i64| {
        let legs = [(payer, merchant, 300), (merchant, fees, 6), (merchant, partner, share)];
        legs.map(|(debit, credit, amount)| bench.command(Action::Transfer(transfer(debit, credit, amount)))).to_vec()
    };
    let balances = async || {
        let mut all = Vec::new();
        for account in [payer, merchant, fees, partner] {
            all.push((bench.balance(account).await, bench.available(account).await));
        }
        all
    };
    let refused = trade(41);
    let answers = bench.cloud.submit(refused.clone()).unwrap().await.unwrap();
    let outcomes: Vec<_> = answers.into_iter().map(|answer| answer.outcome).collect();
    let broken = Outcome::Refused(Reason::ChainBroken);
    assert_eq!(outcomes, [broken.clone(), broken, Outcome::Refused(Reason::CeilingExceeded { room: 40 })]);
    assert_eq!(balances().await, [(1_000, 1_000), (0, 0), (0, 0), (0, 0)]);

    let done = trade(40);
    let answers = bench.cloud.submit(done.clone()).unwrap().await.unwrap();
    let movements: Vec<_> = answers.iter().map(|answer| posted(answer.outcome.clone())).collect();
    assert_eq!((movements[0].debit, movements[0].credit, movements[0].debit_balance), (payer, merchant, 700));
    assert_eq!((movements[1].debit, movements[1].credit, movements[1].credit_balance), (merchant, fees, 6));
    assert_eq!((movements[2].debit_balance, movements[2].credit_balance), (254, 40));
    assert_eq!(balances().await, [(700, 700), (254, 254), (6, 6), (40, 40)]);
    let again = bench.cloud.submit(done.clone()).unwrap().await.unwrap();
    assert!(again.iter().all(|answer| answer.replayed));
    for (command, answer) in done.iter().zip(&answers) {
        let entry = bench.cloud.entry(command.id).await.unwrap().unwrap();
        assert_eq!((&entry.command, &entry.outcome), (command, &answer.outcome));
    }
    assert_eq!(bench.cloud.open_holds().await.unwrap(), 0);
    bench.verified().await;
}

#[tokio::test]
async fn a_hold_across_partitions_is_posted_in_part_voided_or_runs_out_on_both_sides() {
    let bench = Bench::new(2);
    let (payer, payee) =
        (bench.customer(1, 1_000).await, bench.account_with(0, |terms| terms.ceiling = Some(500)).await);
    let hold = bench.command(held(payer, payee, 400, None));
    let answer = bench.cloud.execute(hold.clone()).await.unwrap();
    assert_eq!(answer.outcome, Outcome::Done(Effect::Held { amount: 400 }));
    assert_eq!(bench.available(payer).await, 600);
    // The payee's ceiling counts what is held for it.
    assert_eq!(bench.pay(payer, payee, 101).await, Outcome::Refused(Reason::CeilingExceeded { room: 100 }));
    let post = bench.command(Action::Post { hold: hold.id, amount: Some(150) });
    let done = posted(bench.cloud.execute(post.clone()).await.unwrap().outcome);
    assert_eq!(
        (done.debit, done.credit, done.amount, done.debit_balance, done.credit_balance),
        (payer, payee, 150, 850, 150)
    );
    assert_eq!(posted(bench.cloud.entry(post.id).await.unwrap().unwrap().outcome), done);
    assert_eq!(bench.run(Action::Void { hold: hold.id }).await, Outcome::Refused(Reason::HoldPosted));
    assert_eq!((bench.available(payer).await, bench.cloud.open_holds().await.unwrap()), (850, 0));

    let hold = bench.command(held(payer, payee, 50, None));
    bench.cloud.execute(hold.clone()).await.unwrap();
    assert_eq!(bench.run(Action::Void { hold: hold.id }).await, Outcome::Done(Effect::Voided { amount: 50 }));
    assert_eq!((bench.available(payer).await, bench.cloud.open_holds().await.unwrap()), (850, 0));

    let due = bench.time_ms.get() + 1_000;
    let hold = bench.command(held(payer, payee, 60, Some(due)));
    bench.cloud.execute(hold.clone()).await.unwrap();
    assert_eq!(bench.cloud.next_expiry().await.unwrap(), Some(due));
    bench.time_ms.set(due);
    assert_eq!(bench.run(Action::Tick).await, Outcome::Done(Effect::Ticked { expired: vec![hold.id] }));
    assert_eq!((bench.available(payer).await, bench.cloud.open_holds().await.unwrap()), (850, 0));
    let late = Action::Post { hold: hold.id, amount: None };
    assert_eq!(bench.run(late).await, Outcome::Refused(Reason::HoldExpired));
    bench.verified().await;
}

#[tokio::test]
async fn a_chain_may_end_a_hold_across_and_pay_across() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(1, 1_000).await, bench.customer(0, 0).await);
    let hold = bench.command(held(payer, payee, 400, None));
    bench.cloud.execute(hold.clone()).await.unwrap();
    let chain = vec![
        bench.command(Action::Void { hold: hold.id }),
        bench.command(Action::Transfer(transfer(payer, payee, 1_000))),
    ];
    let answers = bench.cloud.submit(chain.clone()).unwrap().await.unwrap();
    assert_eq!(answers[0].outcome, Outcome::Done(Effect::Voided { amount: 400 }));
    assert_eq!(posted(answers[1].outcome.clone()).credit_balance, 1_000);
    for later in [0, 60_000] {
        let chain = chain.iter().map(|one| Command { time_ms: one.time_ms + later, ..one.clone() }).collect();
        let again = bench.cloud.submit(chain).unwrap().await.unwrap();
        assert_eq!(
            again.iter().map(|answer| &answer.outcome).collect::<Vec<_>>(),
            answers.iter().map(|answer| &answer.outcome).collect::<Vec<_>>()
        );
    }
    assert_eq!((bench.balance(payer).await, bench.cloud.open_holds().await.unwrap()), (0, 0));
    bench.verified().await;
}

#[tokio::test]
async fn the_steps_of_a_trade_are_nobodys_to_end() {
    let bench = Bench::new(2);
    let (payer, payee) = (bench.customer(0, 1_000).await, bench.customer(1, 0).await);
    let command = bench.command(Action::Transfer(transfer(payer, payee, 300)));
    posted(bench.cloud.execute(command.clone()).await.unwrap().outcome);
    for hold in [command.id, CommandId(77)] {
        let void = bench.command(Action::Void { hold });
        assert_eq!(bench.cloud.execute(void).await, Err(SubmitError::Malformed("there is no such hold")));
    }
    assert_eq!(bench.balance(payee).await, 300);
    bench.verified().await;
}

#[tokio::test]
async fn thousands_at_once_go_step_by_step_beside_each_other() {
    let bench = Bench::new(2);
    let mut accounts = Vec::new();
    for place in 0..10 {
        accounts.push(bench.customer(place % 2, 10_000).await);
    }
    let commands: Vec<_> = (0..1_000)
        .map(|number: usize| {
            let (debit, credit) = (accounts[number % 10], accounts[(number * 7 + 3) % 10]);
            let amount = if number.is_multiple_of(50) { 1 << 40 } else { 1 + number as i64 % 9 };
            bench.command(Action::Transfer(transfer(debit, credit, amount)))
        })
        .collect();
    let decided = bench.cloud.submit_many(commands.clone()).await.unwrap().await.unwrap();
    for (number, answer) in decided.iter().enumerate() {
        let outcome = &answer.as_ref().unwrap().outcome;
        assert_eq!(matches!(outcome, Outcome::Refused(_)), number.is_multiple_of(50), "{number} {outcome:?}");
    }
    let again = bench.cloud.submit_many(commands).await.unwrap().await.unwrap();
    assert!(again.iter().all(|answer| answer.as_ref().unwrap().replayed));
    let mut sum = 0;
    for account in &accounts {
        sum += bench.balance(*account).await;
    }
    assert_eq!((sum, bench.cloud.open_holds().await.unwrap()), (100_000, 0));
    bench.verified().await;
}

#[tokio::test]
async fn there_may_be_more_partitions_later_never_fewer() {
    let mut bench = Bench::new(1);
    let payer = bench.customer(0, 1_000).await;
    bench.cloud.close().await;
    bench.cloud = open(bench.dir.path(), 3);
    let payee = bench.customer(2, 0).await;
    posted(bench.pay(payer, payee, 10).await);
    bench.cloud.close().await;
    let options = Options::new(std::sync::Arc::new(|_, _| ::kit::BankDay(1)));
    let fewer = cloud::Cloud::open(bench.dir.path(), 2, &options, TRANSIT).err().unwrap();
    assert!(matches!(fewer, OpenError::Fewer { there: 3, asked: 2 }), "{fewer}");
    bench.cloud = open(bench.dir.path(), 3);
    assert_eq!((bench.balance(payer).await, bench.balance(payee).await), (990, 10));
    bench.verified().await;
}
