//! A ledger in a temporary folder and short words for what tests ask of it.

use kit::BankDay;
use ledger::*;
use std::path::Path;
use std::sync::Arc;

/// The bank's midnight of these tests is UTC's plus eight hours.
pub fn options() -> Options {
    let day = |_institution: u16, time_ms: i64| BankDay((time_ms + 8 * 3_600_000).div_euclid(86_400_000) as i32);
    let mut options = Options::new(Arc::new(day));
    options.segment_bytes = 8 << 20;
    options.on_fatal = Arc::new(|what| eprintln!("fatal: {what}"));
    options
}

pub struct Bench {
    pub ledger: Ledger,
    pub dir: tempfile::TempDir,
    next: std::cell::Cell<u128>,
    pub time_ms: std::cell::Cell<i64>,
}

pub fn open(dir: &Path) -> Ledger {
    Ledger::open(dir, options()).unwrap()
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let time_ms = 1_760_000_000_000;
        Self { ledger: open(dir.path()), dir, next: 1.into(), time_ms: time_ms.into() }
    }

    pub fn id(&self) -> CommandId {
        let id = self.next.get();
        self.next.set(id + 1);
        CommandId(id)
    }

    pub fn command(&self, action: Action) -> Command {
        Command { id: self.id(), time_ms: self.time_ms.get(), action, document: Vec::new() }
    }

    pub async fn run(&self, action: Action) -> Outcome {
        self.ledger.execute(self.command(action)).await.unwrap().outcome
    }

    pub async fn holder(&self) -> HolderId {
        match self.run(Action::OpenHolder).await {
            Outcome::Done(Effect::HolderOpened(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub async fn account_with(&self, change: impl FnOnce(&mut OpenAccount)) -> AccountId {
        let mut terms = OpenAccount {
            holder: HolderId(0),
            institution: 1,
            currency: 156,
            kind: 2011,
            normal_side: Side::Credit,
            floor: Some(0),
            ceiling: None,
        };
        change(&mut terms);
        match self.run(Action::OpenAccount(terms)).await {
            Outcome::Done(Effect::AccountOpened(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    /// A customer's account that holds so much, funded from the cash account.
    pub async fn funded(&self, cash: AccountId, amount: i64) -> AccountId {
        let account = self.account_with(|_| {}).await;
        if amount > 0 {
            assert!(matches!(self.pay(cash, account, amount).await, Outcome::Done(_)));
        }
        account
    }

    /// A holder and the bank's cash account.
    pub async fn cash(&self) -> AccountId {
        self.holder().await;
        self.account_with(|terms| {
            terms.normal_side = Side::Debit;
            terms.kind = 1001;
            terms.floor = None;
        })
        .await
    }

    pub async fn counter(&self, window: Window, cap_amount: i64) -> CounterId {
        let terms = OpenCounter { institution: 1, window, cap_amount: Some(cap_amount), cap_count: None };
        match self.run(Action::OpenCounter(terms)).await {
            Outcome::Done(Effect::CounterOpened(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub async fn pay(&self, debit: AccountId, credit: AccountId, amount: i64) -> Outcome {
        self.run(Action::Transfer(transfer(debit, credit, amount))).await
    }

    pub async fn hold(&self, transfer: Transfer, expires_ms: Option<i64>) -> CommandId {
        let command = self.command(Action::Transfer(Transfer { mode: Mode::Hold { expires_ms }, ..transfer }));
        let id = command.id;
        let outcome = self.ledger.execute(command).await.unwrap().outcome;
        assert!(matches!(outcome, Outcome::Done(Effect::Held { .. })), "{outcome:?}");
        id
    }

    pub async fn balance(&self, account: AccountId) -> i64 {
        self.ledger.account(account).await.unwrap().unwrap().balance()
    }

    pub async fn available(&self, account: AccountId) -> i64 {
        self.ledger.account(account).await.unwrap().unwrap().available()
    }

    pub async fn used(&self, counter: CounterId) -> (i64, u32) {
        let view = self.ledger.counters(&[counter]).await.unwrap()[0].unwrap();
        (view.used_amount, view.used_count)
    }

    pub async fn verified(self) -> Report {
        self.ledger.close().await;
        let report = verify(self.dir.path()).unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
        assert_eq!(report.index.problems, Vec::<String>::new());
        report
    }
}

pub fn transfer(debit: AccountId, credit: AccountId, amount: i64) -> Transfer {
    Transfer {
        debit,
        credit,
        amount,
        code: 1,
        reference: 0,
        mode: Mode::Immediate,
        balancing: None,
        limits: Vec::new(),
        epoch: None,
    }
}

pub fn limited(mut transfer: Transfer, counters: &[CounterId]) -> Transfer {
    transfer.limits = counters.iter().map(|counter| LimitUse { counter: *counter, side: Side::Debit }).collect();
    transfer
}

pub fn refused(outcome: Outcome) -> Reason {
    match outcome {
        Outcome::Refused(reason) => reason,
        other => panic!("expected a refusal, got {other:?}"),
    }
}
