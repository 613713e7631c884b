//! A cloud in a temporary folder and short words for what tests ask of it.

use ::kit::BankDay;
use cloud::Cloud;
use ledger::*;
use std::cell::Cell;
use std::sync::Arc;

pub const TRANSIT: u32 = 1999;
pub const CUSTOMERS: u32 = 2011;

pub struct Bench {
    pub cloud: Cloud,
    pub dir: tempfile::TempDir,
    next: Cell<u128>,
    pub time_ms: Cell<i64>,
}

pub fn open(dir: &std::path::Path, partitions: u16) -> Cloud {
    let day = |_institution: u16, time_ms: i64| BankDay((time_ms + 8 * 3_600_000).div_euclid(86_400_000) as i32);
    let mut options = Options::new(Arc::new(day));
    options.segment_bytes = 8 << 20;
    // A test that fails takes its folder away while threads still write: it should tell what failed.
    options.on_fatal = Arc::new(|what| eprintln!("fatal: {what}"));
    Cloud::open(dir, partitions, &options, TRANSIT).unwrap()
}

impl Bench {
    pub fn new(partitions: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { cloud: open(dir.path(), partitions), dir, next: 1.into(), time_ms: 1_760_000_000_000.into() }
    }

    pub fn command(&self, action: Action) -> Command {
        let id = CommandId(self.next.replace(self.next.get() + 1) << 64);
        Command { id, time_ms: self.time_ms.get(), action, document: b"for the flowers".to_vec() }
    }

    pub async fn run(&self, action: Action) -> Outcome {
        self.cloud.execute(self.command(action)).await.unwrap().outcome
    }

    /// A holder in this partition; they are spread by their ids.
    pub async fn holder(&self, partition: u16) -> HolderId {
        loop {
            let Outcome::Done(Effect::HolderOpened(id)) = self.run(Action::OpenHolder).await else { panic!() };
            if id.partition() == partition {
                return id;
            }
        }
    }

    pub async fn account_with(&self, partition: u16, change: impl FnOnce(&mut OpenAccount)) -> AccountId {
        let holder = self.holder(partition).await;
        let mut terms = OpenAccount {
            holder,
            institution: 1,
            currency: 156,
            kind: CUSTOMERS,
            normal_side: Side::Credit,
            floor: Some(0),
            ceiling: None,
        };
        change(&mut terms);
        match self.run(Action::OpenAccount(terms)).await {
            Outcome::Done(Effect::AccountOpened(id)) => {
                assert_eq!(id.partition(), partition);
                id
            }
            other => panic!("{other:?}"),
        }
    }

    /// A customer's account with so much on it.
    pub async fn customer(&self, partition: u16, amount: i64) -> AccountId {
        let account = self.account_with(partition, |_| {}).await;
        if amount > 0 {
            let cash = self.account_with(partition, |terms| terms.floor = None).await;
            assert!(matches!(self.pay(cash, account, amount).await, Outcome::Done(_)));
        }
        account
    }

    pub async fn pay(&self, debit: AccountId, credit: AccountId, amount: i64) -> Outcome {
        self.run(Action::Transfer(transfer(debit, credit, amount))).await
    }

    pub async fn counter(&self, partition: u16, cap_amount: i64) -> CounterId {
        let terms = OpenCounter { institution: 1, window: Window::Day, cap_amount: Some(cap_amount), cap_count: None };
        let ledger = &self.cloud.partitions()[usize::from(partition)];
        match ledger.execute(self.command(Action::OpenCounter(terms))).await.unwrap().outcome {
            Outcome::Done(Effect::CounterOpened(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub async fn balance(&self, account: AccountId) -> i64 {
        self.cloud.account(account).await.unwrap().unwrap().balance()
    }

    pub async fn available(&self, account: AccountId) -> i64 {
        self.cloud.account(account).await.unwrap().unwrap().available()
    }

    pub async fn used(&self, counter: CounterId) -> (i64, u32) {
        let view = self.cloud.counters(&[counter]).await.unwrap()[0].unwrap();
        (view.used_amount, view.used_count)
    }

    /// Nothing is under way: transit accounts mirror each other, every partition is in balance and its journal whole.
    pub async fn verified(self) {
        let accounts = self.cloud.all_accounts().await.unwrap();
        let transit: i64 = accounts.iter().filter(|view| view.terms.kind == TRANSIT).map(AccountView::balance).sum();
        assert_eq!(transit, 0, "{accounts:?}");
        self.cloud.close().await;
        for partition in 0..self.cloud.partitions().len() {
            let report = ledger::verify(&partition_folder(self.dir.path(), partition as u16)).unwrap();
            assert_eq!(report.problems, Vec::<String>::new());
        }
    }
}

pub fn transfer(debit: AccountId, credit: AccountId, amount: i64) -> Transfer {
    Transfer {
        debit,
        credit,
        amount,
        code: 7,
        reference: 70,
        mode: Mode::Immediate,
        balancing: None,
        limits: Vec::new(),
        epoch: None,
    }
}

pub fn held(debit: AccountId, credit: AccountId, amount: i64, expires_ms: Option<i64>) -> Action {
    Action::Transfer(Transfer { mode: Mode::Hold { expires_ms }, ..transfer(debit, credit, amount) })
}

pub fn posted(outcome: Outcome) -> Posted {
    match outcome {
        Outcome::Done(Effect::Posted(posted)) => posted,
        other => panic!("expected a posting, got {other:?}"),
    }
}
