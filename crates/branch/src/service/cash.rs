//! Cash over the counter, the teller's box, and the vault.

use crate::model::act;
use crate::model::work::{CashWay, MoveWay, Work};
use crate::service::account::of_account;
use crate::service::customer::card_seen;
use crate::{Desk, Done};
use accounts::{AccountRef, DaySums, Movement, Product, command_id};
use kit::{Refusal, Result};
use ledger::{AccountId, CommandId};
use money::{Amount, Currency};
use payments::{CounterCash, OrderNumber, PaymentKind, amount_invalid};
use staff::{StaffId, StaffSession};

/// Movements of a box that its teller sees.
const BOX_SHOWN: u32 = 30;

/// Cash that a teller takes in or pays out.
#[derive(Debug, Clone)]
pub struct CashForm {
    /// Which way it goes.
    pub way: CashWay,
    /// The customer's account.
    pub account: AccountId,
    /// How much, as typed.
    pub amount: String,
    /// For the customer's statement; may be empty.
    pub memo: String,
    /// Why, where a supervisor must agree.
    pub reason: String,
    /// Whether card and face were compared; needed for paying out.
    pub seen: bool,
    /// Names this form, so that it counts once however often it is sent.
    pub key: String,
}

/// Cash that goes from or to the vault.
#[derive(Debug, Clone)]
pub struct MoveForm {
    /// Which way it goes.
    pub way: MoveWay,
    /// How much, as typed.
    pub amount: String,
    /// Why.
    pub reason: String,
    /// Names this form.
    pub key: String,
}

/// A teller's box.
#[derive(Debug, Clone)]
pub struct BoxView {
    /// What is in it.
    pub balance: Amount,
    /// What went in and out today.
    pub today: DaySums,
    /// The newest movements.
    pub movements: Vec<Movement>,
}

impl Desk {
    /// Takes cash in or pays it out, from and into the teller's own box. Above the teller's limit it becomes a proposal.
    ///
    /// Refuses with `staff.not_allowed`, `branch.card_not_seen`, `payments.amount_invalid`, `payments.amount_zero`,
    /// `branch.class_one_only`, `branch.box_short`, `accounts.not_found`, `accounts.closed`, and for every reason of the
    /// ledger. Nothing moved then.
    pub async fn cash(&self, session: &StaffSession, form: &CashForm) -> Result<Done> {
        let act = match form.way {
            CashWay::In => &act::CASH_IN,
            CashWay::Out => &act::CASH_OUT,
        };
        let subject = of_account(form.account);
        self.inner.staff.allow(session, act, &subject).await?;
        if form.way == CashWay::Out {
            card_seen(form.seen)?;
        }
        let amount = parse_amount(&form.amount)?;
        self.cash_account(form.account).await?;
        let cash_box = box_name(session.member.id);
        let work = Work::Cash {
            way: form.way,
            account: form.account.0,
            amount_minor: amount.minor,
            cash_box: cash_box.clone(),
            memo: form.memo.trim().to_owned(),
        };
        if amount.minor > self.inner.rules.cash_limit_minor {
            return self.proposed(session, act, subject, &work, &form.reason, &form.key).await;
        }
        let id = form_command(session, &form.key)?;
        let booked = self.book_cash(id, form.way, form.account, amount.minor, &cash_box, &form.memo);
        let detail = format!("{} {cash_box}", amount.plain());
        Ok(Done::Booked(self.inner.staff.acting(session, act, &subject, &detail, booked).await?))
    }

    /// Proposes that cash goes from the vault into the teller's box, or back. Refuses with `staff.not_allowed`,
    /// `payments.amount_invalid`, `payments.amount_zero`, `branch.reason_invalid`, `branch.box_short`.
    pub async fn move_cash(&self, session: &StaffSession, form: &MoveForm) -> Result<Done> {
        let cash_box = box_name(session.member.id);
        let subject = of_box(&cash_box);
        self.inner.staff.allow(session, &act::CASH_BOX, &subject).await?;
        let amount = parse_amount(&form.amount)?;
        if form.way == MoveWay::ToVault {
            self.box_holds(&cash_box, amount.minor).await?;
        }
        let work = Work::Move { way: form.way, amount_minor: amount.minor, cash_box };
        self.proposed(session, &act::CASH_BOX, subject, &work, &form.reason, &form.key).await
    }

    /// The teller's own box. Refuses with `staff.not_allowed`.
    pub async fn own_box(&self, session: &StaffSession) -> Result<BoxView> {
        let cash_box = box_name(session.member.id);
        self.inner.staff.looked(session, &act::CASH_BOX, &of_box(&cash_box), "").await?;
        let account = self.inner.accounts.cash_box(&cash_box).await?;
        let today = self.inner.accounts.terms().calendar.day(self.inner.clock.now());
        Ok(BoxView {
            balance: self.inner.accounts.balance_for_staff(&account).await?,
            today: self.inner.accounts.day_sums(account.id, today).await?,
            movements: self.inner.accounts.movements_for_staff(account.id, BOX_SHOWN).await?,
        })
    }

    /// Puts cash from the vault into a box of the demonstration, once.
    pub async fn fill_box_for_show(&self, member: StaffId, amount_minor: i64) -> Result<()> {
        let id = command_id("branch.show", &member.0.to_be_bytes());
        self.book_move(id, MoveWay::FromVault, amount_minor, &box_name(member)).await.map(|_| ())
    }

    /// An account that cash may go to and from: open, a customer's, of Class I.
    async fn cash_account(&self, id: AccountId) -> Result<AccountRef> {
        let summary = self.customers_account(id).await?;
        if summary.closed {
            return Err(Refusal::new("accounts.closed", 409).into());
        }
        if summary.account.product != Product::ClassOne {
            return Err(Refusal::new("branch.class_one_only", 422).with("field", "amount").into());
        }
        Ok(summary.account)
    }

    /// Books cash over the counter under this id, once.
    pub(crate) async fn book_cash(
        &self,
        id: CommandId,
        way: CashWay,
        account: AccountId,
        amount_minor: i64,
        cash_box: &str,
        memo: &str,
    ) -> Result<OrderNumber> {
        let account = self.cash_account(account).await?;
        let own = self.inner.accounts.cash_box(cash_box).await?;
        let (kind, payer, payee) = match way {
            CashWay::In => (PaymentKind::CashIn, own, account),
            CashWay::Out => (PaymentKind::CashOut, account, own),
        };
        let cash = CounterCash { id, kind, payer, payee, amount_minor, memo: memo.to_owned() };
        self.booked(cash, cash_box, way == CashWay::Out).await
    }

    /// Books cash between vault and box under this id, once.
    pub(crate) async fn book_move(
        &self,
        id: CommandId,
        way: MoveWay,
        amount_minor: i64,
        cash_box: &str,
    ) -> Result<OrderNumber> {
        let own = self.inner.accounts.cash_box(cash_box).await?;
        let vault = self.inner.accounts.ensure_bank_accounts().await?.cash;
        // Both are assets: a debit fills.
        let (payer, payee) = match way {
            MoveWay::FromVault => (own, vault),
            MoveWay::ToVault => (vault, own),
        };
        let cash = CounterCash { id, kind: PaymentKind::CashMove, payer, payee, amount_minor, memo: String::new() };
        self.booked(cash, cash_box, way == MoveWay::ToVault).await
    }

    async fn booked(&self, cash: CounterCash, cash_box: &str, takes_from_box: bool) -> Result<OrderNumber> {
        let amount_minor = cash.amount_minor;
        let result = self.inner.payments.counter_cash(cash).await?;
        match result.refusal {
            None => Ok(result.order),
            // The ledger does not say whose money was too little, account's or box's.
            Some(refusal) if refusal.code == "payments.insufficient_funds" && takes_from_box => {
                self.box_holds(cash_box, amount_minor).await?;
                Err(refusal.into())
            }
            Some(refusal) => Err(refusal.into()),
        }
    }

    /// Refuses with `branch.box_short` when there is less in the box.
    async fn box_holds(&self, cash_box: &str, amount_minor: i64) -> Result<()> {
        let account = self.inner.accounts.cash_box(cash_box).await?;
        let held = self.inner.accounts.balance_for_staff(&account).await?;
        if held.minor >= amount_minor {
            return Ok(());
        }
        let refusal = Refusal::new("branch.box_short", 422).with("field", "amount");
        Err(refusal.with("box_minor", held.minor).with("currency", held.currency.code()).into())
    }
}

/// The box of a member of staff.
pub(crate) fn box_name(member: StaffId) -> String {
    format!("teller/{member}")
}

pub(crate) fn of_box(name: &str) -> String {
    format!("box:{name}")
}

/// A form's own command, apart from everybody else's.
fn form_command(session: &StaffSession, key: &str) -> Result<CommandId, Refusal> {
    let plain = (16..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !plain {
        return Err(Refusal::new("branch.key_invalid", 400));
    }
    Ok(command_id("branch.cash", format!("{}/{key}", session.member.id).as_bytes()))
}

fn parse_amount(text: &str) -> Result<Amount, Refusal> {
    let amount = Amount::parse(text.trim(), Currency::CNY).map_err(amount_invalid)?;
    if !amount.is_positive() {
        return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount"));
    }
    Ok(amount)
}
