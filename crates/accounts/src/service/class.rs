//! Accounts of Class II and III: opened online, bound, moved up, looked at.

use crate::model::account::{AccountRef, ClassOpening};
use crate::model::class::{Bound, ClassCounters, ClassRule, class_rule, counter_terms};
use crate::model::document::{Document, command_id};
use crate::model::product::Product;
use crate::model::purpose::check_nickname;
use crate::model::restriction::EventKind;
use crate::model::usage::{Usage, Used};
use crate::service::ledger_error;
use crate::service::open::{answer, opened_account, opened_counter};
use crate::store::account::StoredAccount;
use crate::{Accounts, store};
use kit::{Fault, Refusal, Result};
use ledger::{
    AccountId, Action, Command, CommandId, CounterId, Entry, HolderId, OpenAccount, OpenCounter, Outcome, Reason,
    SubmitError,
};
use passport::{Acting, CustomerId};

impl Accounts {
    /// Opens an account of Class II or III for a customer whose name is proven, or gives the one that this key opened
    /// before. It is bound at once to the customer's Class I account, if there is one here.
    ///
    /// Refuses with `accounts.not_verified`, `accounts.product_invalid`, `accounts.nickname_invalid`,
    /// `accounts.class_full` and, when the key opened something else, `accounts.opening_conflict`.
    pub async fn open_class(&self, who: &Acting, opening: ClassOpening) -> Result<AccountRef> {
        check_verified(who)?;
        let rule = self.rule_today(opening.product)?;
        let opening = ClassOpening { nickname: check_nickname(&opening.nickname)?, ..opening };
        let mut name = who.customer.0.to_be_bytes().to_vec();
        name.extend_from_slice(opening.key.as_bytes());
        let id = command_id("accounts.class", &name);

        let door = self.inner.doors.enter(who.customer).await;
        let account = match self.inner.ledger.entry(id).await? {
            Some(entry) => {
                let opened = opened_before(&entry, who.customer, &opening)?;
                self.must_be_up_to_date().await?;
                let account = self.by_id(opened).await?;
                account.ok_or_else(|| Fault::new(format!("account {opened} was opened and is not known")))?
            }
            None => self.open_new_class(who.customer, id, &rule, &opening).await?,
        };
        drop(door);
        self.fresh().await;
        Ok(account)
    }

    async fn open_new_class(
        &self,
        customer: CustomerId,
        id: CommandId,
        rule: &ClassRule,
        opening: &ClassOpening,
    ) -> Result<AccountRef> {
        let theirs = self.all_of(customer).await?;
        check_room(&theirs, rule)?;
        let now = self.inner.clock.now();
        let holders = self.ensure_holders(std::iter::once(Some(customer)), now).await?;
        let holder = *holders.get(&Some(customer)).ok_or_else(|| Fault::new("a holder was not opened"))?;
        let (institution, currency) = (self.inner.terms.institution, self.inner.terms.currency.numeric());
        // The counters come first and the account names them: there is never an account without its limits.
        let mut counters = [CounterId(0); 4];
        for (place, terms) in counter_terms(rule, institution).into_iter().enumerate() {
            let name = [&id.0.to_be_bytes()[..], &[place as u8]].concat();
            let command = command_id("accounts.class_counter", &name);
            counters[place] = self.open_counter(holder, command, terms, &Document::ClassCounter).await?;
        }
        let (product, class) = (opening.product, ClassCounters::of(counters));
        let bound = open_class_one(&theirs).map(|one| Bound::Here(one.account.id));
        let document = Document::ClassAccount {
            customer,
            product,
            purpose: opening.purpose,
            nickname: opening.nickname.clone(),
            bound,
            counters: class,
        };
        let kind = product.kind().ok_or_else(|| Fault::new("a class has no kind of account"))?;
        let action = Action::OpenAccount(OpenAccount {
            holder,
            institution,
            currency,
            kind,
            normal_side: Product::side_of(kind),
            floor: product.floor_minor(),
            ceiling: rule.ceiling_minor,
        });
        let command = Command { id, time_ms: now.as_ms(), action, document: document.encode() };
        let pending = self.inner.ledger.submit_waiting(vec![command]).await.map_err(ledger_error)?;
        let account = AccountRef {
            id: opened_account(&answer(pending, conflict).await?)?,
            customer: Some(customer),
            holder,
            institution,
            currency,
            product,
            day_counter: None,
            class: Some(class),
            bound,
        };
        account.number().ok_or_else(|| Fault::new("the range of account numbers is used up"))?;
        self.inner.directory.remember(None, account);
        Ok(account)
    }

    /// Binds an account of Class II or III that is bound to none to the same customer's Class I account.
    ///
    /// Refuses with `accounts.not_found`, `accounts.bound_invalid`, `accounts.bound_already`, `accounts.closed`.
    pub async fn bind(&self, who: &Acting, id: AccountId, class_one: AccountId) -> Result<AccountRef> {
        let _door = self.inner.doors.enter(who.customer).await;
        let theirs = self.all_of(who.customer).await?;
        let stored = one_of(&theirs, id)?;
        let invalid = || Refusal::new("accounts.bound_invalid", 422).with("field", "bound");
        let to = one_of(&theirs, class_one)?;
        if !stored.account.product.is_limited_class() || to.account.product != Product::ClassOne || to.closed.is_some()
        {
            return Err(invalid().into());
        }
        let bound = Some(Bound::Here(class_one));
        if stored.account.bound == bound {
            return Ok(stored.account);
        }
        if stored.account.bound.is_some() {
            return Err(Refusal::new("accounts.bound_already", 409).into());
        }
        let view = self.inner.ledger.account(id).await.map_err(ledger_error)?.ok_or_else(not_found)?;
        let changed = StoredAccount { account: AccountRef { bound, ..stored.account }, ..stored.clone() };
        // The bounds stay as they are: the command is there to carry its document.
        let (floor, ceiling) = (view.terms.floor, view.terms.ceiling);
        let action = Action::SetBounds { account: id, floor, ceiling };
        self.change(&changed, EventKind::Bound, None, "", action, Vec::new()).await?;
        Ok(changed.account)
    }

    /// Moves an account of Class III up to Class II: caps and ceiling change in one step of the ledger, and what was used
    /// of the day and the year stays used. Asking again is harmless.
    ///
    /// Refuses with `accounts.not_verified`, `accounts.not_found`, `accounts.not_class_3`, `accounts.class_full`,
    /// `accounts.closed`.
    pub async fn upgrade(&self, who: &Acting, id: AccountId) -> Result<AccountRef> {
        check_verified(who)?;
        let _door = self.inner.doors.enter(who.customer).await;
        let theirs = self.all_of(who.customer).await?;
        let stored = one_of(&theirs, id)?;
        let rule = self.rule_today(Product::ClassTwo)?;
        if stored.account.product == Product::ClassTwo && self.was_upgraded(id).await? {
            return Ok(stored.account);
        }
        let Some(counters) = stored.account.class.filter(|_| stored.account.product == Product::ClassThree) else {
            return Err(Refusal::new("accounts.not_class_3", 409).into());
        };
        check_room(&theirs, &rule)?;
        let product = Product::ClassTwo;
        let changed = StoredAccount { account: AccountRef { product, ..stored.account }, ..stored.clone() };
        let action = Action::SetBounds { account: id, floor: product.floor_minor(), ceiling: rule.ceiling_minor };
        let terms = counter_terms(&rule, stored.account.institution);
        let caps = counters.all().into_iter().zip(terms).map(|(counter, terms)| Action::SetCaps {
            counter,
            cap_amount: terms.cap_amount,
            cap_count: terms.cap_count,
        });
        self.change(&changed, EventKind::Upgraded, None, "", action, caps.collect()).await?;
        Ok(changed.account)
    }

    async fn was_upgraded(&self, id: AccountId) -> Result<bool> {
        let events = store::account::events(&self.inner.db, id).await?;
        Ok(events.iter().any(|event| event.kind == EventKind::Upgraded))
    }

    /// Gives an account another name for people. Refuses with `accounts.not_found`, `accounts.nickname_invalid`.
    pub async fn rename(&self, who: &Acting, id: AccountId, nickname: &str) -> Result<()> {
        let nickname = check_nickname(nickname)?;
        self.own(who, id).await?;
        store::account::rename(&self.inner.db, id, &nickname, self.inner.clock.now()).await?;
        self.inner.shelves.faces.forget(&id.to_string());
        Ok(())
    }

    /// What is used of an account's class limits; none for an account without. Refuses with `accounts.not_found`.
    pub async fn usage(&self, who: &Acting, id: AccountId) -> Result<Option<Usage>> {
        let account = self.own(who, id).await?;
        self.usage_of(&account).await
    }

    /// The same of any customer's account, for staff who may look.
    pub async fn usage_of(&self, account: &AccountRef) -> Result<Option<Usage>> {
        let Some(class) = account.class else { return Ok(None) };
        let view = self.inner.ledger.account(account.id).await.map_err(ledger_error)?.ok_or_else(not_found)?;
        let [paid_day, paid_year, received_day, received_year] = self.used(class.all()).await?;
        Ok(Some(Usage { paid_day, paid_year, received_day, received_year, ceiling_minor: view.terms.ceiling }))
    }

    /// What is used of these counters in the window of this moment.
    pub(crate) async fn used<const N: usize>(&self, counters: [CounterId; N]) -> Result<[Used; N]> {
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        let views = self.inner.ledger.counters(&counters).await.map_err(ledger_error)?;
        let mut used = [Used::default(); N];
        for (place, view) in views.into_iter().enumerate() {
            let view = view.ok_or_else(|| Fault::new("the ledger does not know a limit counter"))?;
            used[place] = Used::of(&view, today);
        }
        Ok(used)
    }

    /// Opens a counter where a holder's accounts live, or gives the one that this command opened before, under whatever caps.
    pub(crate) async fn open_counter(
        &self,
        holder: HolderId,
        id: CommandId,
        terms: OpenCounter,
        document: &Document,
    ) -> Result<CounterId> {
        let time_ms = self.inner.clock.now().as_ms();
        let command = Command { id, time_ms, action: Action::OpenCounter(terms), document: document.encode() };
        let nearby = self.inner.ledger.beside(holder).map_err(ledger_error)?;
        let pending = nearby.submit_waiting(vec![command]).await.map_err(ledger_error)?;
        match pending.await {
            Ok(answers) => {
                let answer = answers.first().ok_or_else(|| Fault::new("the ledger gave no answer"))?;
                Ok(opened_counter(&answer.outcome)?)
            }
            Err(SubmitError::Conflict { .. }) => {
                let entry = nearby.entry(id).await?;
                let entry = entry.ok_or_else(|| Fault::new("a command that conflicts is not in the journal"))?;
                Ok(opened_counter(&entry.outcome)?)
            }
            Err(error) => Err(ledger_error(error)),
        }
    }

    /// Everything a customer has here, closed accounts too, as it is now. To be called behind the customer's door.
    /// Refuses with `ledger.busy` while the tables are too far behind to tell.
    pub(crate) async fn all_of(&self, customer: CustomerId) -> Result<Vec<StoredAccount>> {
        self.must_be_up_to_date().await?;
        Ok(store::account::of_customer(&self.inner.db, customer).await?)
    }

    pub(crate) async fn must_be_up_to_date(&self) -> Result<(), Refusal> {
        let whole = self.up_to_date().await;
        if whole { Ok(()) } else { Err(Refusal::new("ledger.busy", 503).with("retry_after_s", 2)) }
    }

    fn rule_today(&self, product: Product) -> Result<ClassRule, Refusal> {
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        let invalid = || Refusal::new("accounts.product_invalid", 422).with("field", "product");
        class_rule(product, today).ok_or_else(invalid)
    }

    /// Changes an account in one step of the ledger and remembers what it is now. `more` stands in a chain behind the
    /// action. To be called behind the customer's door, with everything the account is afterwards.
    ///
    /// Refuses with `accounts.closed` and `accounts.not_empty`.
    pub(crate) async fn change(
        &self,
        after: &StoredAccount,
        kind: EventKind,
        by: Option<&str>,
        reason: &str,
        action: Action,
        more: Vec<Action>,
    ) -> Result<()> {
        let account = after.account;
        let document = Document::Event {
            account: account.id,
            kind,
            restrictions: after.restrictions,
            product: account.product,
            bound: account.bound,
            by: by.map(str::to_owned),
            reason: reason.to_owned(),
        };
        // The number of the event before names this one: it happens at most once, however often it is asked.
        let before = store::account::last_event(&self.inner.db, account.id).await?.unwrap_or(-1);
        let time_ms = self.inner.clock.now().as_ms();
        let mut commands = Vec::with_capacity(1 + more.len());
        for (place, action) in std::iter::once(action).chain(more).enumerate() {
            let name = [account.id.0.to_be_bytes(), before.to_be_bytes(), (place as u64).to_be_bytes()].concat();
            let document = if place == 0 { document.encode() } else { Vec::new() };
            commands.push(Command { id: command_id("accounts.event", &name), time_ms, action, document });
        }
        let pending = self.inner.ledger.submit_waiting(commands).await.map_err(ledger_error)?;
        let answers = pending.await.map_err(ledger_error)?;
        for answer in &answers {
            match answer.outcome {
                Outcome::Done(_) | Outcome::Refused(Reason::ChainBroken) => {}
                Outcome::Refused(Reason::AccountClosed) => return Err(Refusal::new("accounts.closed", 409).into()),
                Outcome::Refused(Reason::AccountNotEmpty) => return Err(Refusal::new("accounts.not_empty", 409).into()),
                Outcome::Refused(reason) => {
                    return Err(Fault::new(format!("account {} was not changed: {reason:?}", account.id)).into());
                }
            }
        }
        self.inner.directory.update(account);
        self.fresh().await;
        Ok(())
    }
}

/// Whether the wish that opened an account before is the same; gives the account.
fn opened_before(entry: &Entry, customer: CustomerId, opening: &ClassOpening) -> Result<AccountId> {
    let same = match Document::decode(&entry.command.document).map_err(Fault::from)? {
        Some(Document::ClassAccount { customer: of, product, purpose, nickname, .. }) => {
            of == customer && product == opening.product && purpose == opening.purpose && nickname == opening.nickname
        }
        _ => false,
    };
    if !same {
        return Err(conflict().into());
    }
    match entry.outcome {
        Outcome::Done(ledger::Effect::AccountOpened(id)) => Ok(id),
        ref other => Err(Fault::new(format!("an account was not opened: {other:?}")).into()),
    }
}

fn check_verified(who: &Acting) -> Result<(), Refusal> {
    if who.verified() { Ok(()) } else { Err(Refusal::new("accounts.not_verified", 403)) }
}

/// Whether one more account of this class may be open.
fn check_room(theirs: &[StoredAccount], rule: &ClassRule) -> Result<(), Refusal> {
    let open = theirs.iter().filter(|stored| stored.account.product == rule.product && stored.closed.is_none()).count();
    if (open as i64) < rule.most {
        return Ok(());
    }
    Err(Refusal::new("accounts.class_full", 409).with("product", rule.product.code()).with("most", rule.most))
}

fn open_class_one(theirs: &[StoredAccount]) -> Option<&StoredAccount> {
    theirs.iter().find(|stored| stored.account.product == Product::ClassOne && stored.closed.is_none())
}

pub(crate) fn one_of(theirs: &[StoredAccount], id: AccountId) -> Result<&StoredAccount, Refusal> {
    theirs.iter().find(|stored| stored.account.id == id).ok_or_else(not_found)
}

pub(crate) fn not_found() -> Refusal {
    Refusal::new("accounts.not_found", 404)
}

fn conflict() -> Refusal {
    Refusal::new("accounts.opening_conflict", 409)
}
