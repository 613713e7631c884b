//! Payments that come in: whose they are, whether they may be credited, and the answer to the network.
//!
//! The ledger decides: a payment is set aside, or booked, by a command that is named by its bank and its id, so what is read
//! twice counts once, and what was decided at the first reading stands. Money that is settled already and cannot be credited
//! goes to suspense and back to where it came from.

use super::NewCase;
use super::receive::{Reading, standing};
use crate::Payments;
use crate::model::card::OtherBank;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::elsewhere::Service;
use crate::model::hold::{HoldReason, HoldTerms};
use crate::model::instruction::{OrderNumber, PaymentInstruction, foreign_command_id, return_command_of};
use crate::model::interbank::{CaseKind, Ending, InterbankState, InterbankWay, ReasonCode};
use crate::model::name_check::{NameMatch, compare};
use crate::network::Mail;
use crate::service::submit::{Decided, Submitted, is_conflict};
use crate::store::interbank::StoredInterbank;
use accounts::{AccountNumber, AccountRef, Product};
use iso20022::{CreditTransfer, Message, Status};
use kit::{Error, Fault, Refusal};
use ledger::{AccountView, CommandId};
use std::collections::HashMap;

/// Names of the commands, by what they do.
const CREDIT: &str = "payments.interbank.in";
const SUSPEND: &str = "payments.interbank.suspense";
/// Most characters that are kept of what the payer elsewhere wrote.
const REMITTANCE_CHARACTERS: usize = 140;
/// Most characters that are kept of the payer's name.
const NAME_CHARACTERS: usize = 140;

/// What was decided about a payment that comes in.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    order: OrderNumber,
    account: Option<AccountRef>,
    command: CommandId,
    is_own_card: Option<crate::CardId>,
    name_match: Option<NameMatch>,
    /// Why it is not credited; none if it is, or is set aside.
    refused: Option<ReasonCode>,
}

/// A payment that comes in and is being decided.
struct Candidate<'a> {
    transfer: &'a CreditTransfer,
    transaction_id: &'a str,
    account: Option<AccountRef>,
    verdict: Verdict,
    pending: Option<Submitted>,
}

impl Reading<'_> {
    /// Decides about every payment that comes in with this mail and is not known yet.
    pub(super) async fn decide_arrivals(&mut self, read: &[(Mail, Result<Message, String>)]) -> Result<(), Fault> {
        let mut candidates = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for message in read.iter().filter_map(|(_, message)| message.as_ref().ok()) {
            let Message::CreditTransfer(_, transfers) = message else { continue };
            for transfer in transfers {
                let Some(transaction_id) = transfer.transaction_id.as_deref() else { continue };
                if !self.touched.contains_key(transaction_id) && seen.insert(transaction_id) {
                    candidates.push(self.candidate(transfer, transaction_id).await?);
                }
            }
        }
        if candidates.is_empty() {
            return Ok(());
        }
        self.look_at_accounts(&mut candidates).await?;
        for candidate in &mut candidates {
            self.submit(candidate).await?;
        }
        for mut candidate in candidates {
            self.hear(&mut candidate).await?;
            self.verdicts.insert(candidate.transaction_id.to_owned(), candidate.verdict);
        }
        Ok(())
    }

    async fn candidate<'t>(
        &self,
        transfer: &'t CreditTransfer,
        transaction_id: &'t str,
    ) -> Result<Candidate<'t>, Fault> {
        let payments = self.payments;
        let number = transfer.creditor_account.as_ref().and_then(|account| AccountNumber::parse(account.text()).ok());
        let account = match number {
            Some(number) => payments.inner.accounts.by_number(number).await?,
            None => None,
        };
        // The bank's own accounts are nobody's payee.
        let account = account.filter(|account| account.customer.is_some());
        let verdict = Verdict {
            order: OrderNumber(payments.inner.ids.next()),
            account,
            command: foreign_command_id(CREDIT, bank_code(transfer), transaction_id),
            is_own_card: None,
            name_match: None,
            refused: account.is_none().then_some(ReasonCode::WRONG_ACCOUNT),
        };
        Ok(Candidate { transfer, transaction_id, account, verdict, pending: None })
    }

    /// What speaks against each as far as it is seen before the ledger decides.
    async fn look_at_accounts(&self, candidates: &mut [Candidate<'_>]) -> Result<(), Fault> {
        let payments = self.payments;
        let accounts: Vec<AccountRef> = candidates.iter().filter_map(|candidate| candidate.account).collect();
        let ids: Vec<ledger::AccountId> = accounts.iter().map(|account| account.id).collect();
        let views = payments.inner.ledger.accounts(&ids).await.map_err(super::receive::later)?;
        let views: HashMap<u64, AccountView> = views.into_iter().flatten().map(|view| (view.id.0, view)).collect();
        let names = payments.names(&accounts).await?;
        for candidate in candidates {
            let Some(account) = candidate.account else { continue };
            let view = views.get(&account.id.0);
            let own = account.customer.and_then(|customer| names.get(&customer));
            let name = own.map_or("", |name| name.name.full());
            let found = compare(&candidate.transfer.creditor.name, name);
            candidate.verdict.name_match = Some(found);
            candidate.verdict.refused = if view.is_none_or(|view| view.closed) {
                Some(ReasonCode::CLOSED)
            } else if found == NameMatch::No {
                Some(ReasonCode::WRONG_NAME)
            } else if view.is_some_and(|view| view.credits_frozen) {
                Some(ReasonCode::BLOCKED)
            } else if candidate.transfer.amount.currency.numeric() != account.currency {
                Some(ReasonCode::WRONG_CURRENCY)
            } else {
                None
            };
            // Only Class II tells its owner's own money from others'.
            if let (Product::ClassTwo, Some(customer), Some(from)) =
                (account.product, account.customer, &candidate.transfer.debtor_account)
            {
                candidate.verdict.is_own_card = payments.card_of(customer, from.text()).await?;
            }
        }
        Ok(())
    }

    async fn submit(&self, candidate: &mut Candidate<'_>) -> Result<(), Fault> {
        let payments = self.payments;
        let is_settled = candidate.transfer.settlement_day.is_some();
        // What an earlier reading decided stands, whatever has changed since.
        if is_settled || candidate.verdict.refused.is_some() {
            let suspended = foreign_command_id(SUSPEND, bank_code(candidate.transfer), candidate.transaction_id);
            if is_settled && let Some(decided) = payments.decided(suspended).await? {
                candidate.verdict.order = decided.result.order;
                candidate.verdict.refused.get_or_insert(ReasonCode::NOT_SAID);
                // The ledger answers the same once more.
                return Ok(());
            }
            if let Some(decided) = payments.decided(candidate.verdict.command).await? {
                take(&mut candidate.verdict, &decided);
                return Ok(());
            }
        }
        let (None, Some(account)) = (candidate.verdict.refused, candidate.account) else { return Ok(()) };
        let clearing = payments.clearing_account().await?;
        let instruction = self.instruction(candidate, clearing, account);
        candidate.pending = Some(payments.submit_waiting(&instruction).await.map_err(fault)?);
        Ok(())
    }

    fn instruction(&self, candidate: &Candidate<'_>, payer: AccountRef, payee: AccountRef) -> PaymentInstruction {
        let (verdict, transfer) = (&candidate.verdict, candidate.transfer);
        let (kind, channel) = (PaymentKind::InterbankIn, Channel::Clearing);
        let (id, order) = (verdict.command, verdict.order);
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, transfer.amount.minor, self.now);
        let hold = match transfer.settlement_day {
            None => Some(HoldTerms { reason: HoldReason::Clearing, until: self.now }),
            Some(_) => None,
        };
        PaymentInstruction {
            memo: remittance(transfer),
            hold,
            settlement: transfer.settlement_day,
            is_own_card: verdict.is_own_card.is_some(),
            ..base
        }
    }

    /// Hears what the ledger decided; what is settled and refused goes to suspense.
    async fn hear(&self, candidate: &mut Candidate<'_>) -> Result<(), Fault> {
        let payments = self.payments;
        if let Some(pending) = candidate.pending.take() {
            match pending.await {
                Ok(result) => {
                    candidate.verdict.order = result.order;
                    candidate.verdict.refused = result.refusal.as_ref().map(code_of);
                }
                Err(error) if is_conflict(&error) => {
                    let decided = payments.decided(candidate.verdict.command).await?;
                    take(&mut candidate.verdict, &decided.ok_or_else(|| Fault::new("a decided payment is gone"))?);
                }
                Err(error) => return Err(fault(error)),
            }
        }
        if candidate.verdict.refused.is_some() && candidate.transfer.settlement_day.is_some() {
            let suspense = payments.suspense().await?;
            let id = foreign_command_id(SUSPEND, bank_code(candidate.transfer), candidate.transaction_id);
            candidate.verdict.command = id;
            let clearing = payments.clearing_account().await?;
            let instruction = PaymentInstruction { attempt: 2, ..self.instruction(candidate, clearing, suspense) };
            candidate.verdict.order = payments.booked(&instruction).await?;
            candidate.verdict.account = Some(suspense);
        }
        Ok(())
    }

    /// Takes in a payment that came; what is to be answered to the network, if it has an id to answer about.
    pub(super) async fn arrived(
        &mut self,
        message: i64,
        transfer: CreditTransfer,
    ) -> Result<Option<(Option<OrderNumber>, Status, Option<ReasonCode>)>, Fault> {
        let Some(transaction_id) = transfer.transaction_id.clone() else {
            let case = NewCase::new(CaseKind::UnknownPayment).message(message).fact("why", "it has no TxId");
            self.cases.push(case.fact("amount_minor", transfer.amount.minor.to_string()));
            return Ok(Some((None, Status::Rejected, Some(ReasonCode::read("FF01")))));
        };
        if let Some(known) = self.payment(Some(&transaction_id)) {
            return Ok(Some(self.arrived_again(message, &known, &transfer)));
        }
        let Some(verdict) = self.verdicts.remove(&transaction_id) else {
            return Err(Fault::new("a payment came in that was not decided"));
        };
        let payment = self.new_payment(&transfer, transaction_id, &verdict).await?;
        let answer = standing(&payment);
        let says = verdict.refused.map(|code| format!("RJCT {}", code.text())).unwrap_or_default();
        let order = payment.order;
        if payment.state == InterbankState::Settled {
            if verdict.refused.is_some() {
                self.give_back(&payment, verdict.refused.unwrap_or(ReasonCode::NOT_SAID))?;
                self.cases.push(NewCase::about(CaseKind::InSuspense, &payment).message(message).fact("why", &says));
            } else {
                self.notices.extend(super::notice("elsewhere_received", &payment));
            }
        }
        self.begin(payment, Some(message), &says);
        Ok(Some((Some(order), answer.0, answer.1)))
    }

    /// A second message about a payment: the same one is answered again, another under its name is refused.
    fn arrived_again(
        &mut self,
        message: i64,
        known: &StoredInterbank,
        transfer: &CreditTransfer,
    ) -> (Option<OrderNumber>, Status, Option<ReasonCode>) {
        let is_same = known.way == InterbankWay::In
            && known.bank.code == bank_code(transfer)
            && known.amount_minor == transfer.amount.minor
            && known.end_to_end_id == transfer.end_to_end_id;
        self.link(message, known, "");
        if is_same {
            let (status, reason) = standing(known);
            return (Some(known.order), status, reason);
        }
        let case = NewCase::about(CaseKind::UnknownPayment, known).message(message);
        self.cases.push(case.fact("why", "another payment under a known TxId"));
        (Some(known.order), Status::Rejected, Some(ReasonCode::DUPLICATE))
    }

    async fn new_payment(
        &self,
        transfer: &CreditTransfer,
        transaction_id: String,
        verdict: &Verdict,
    ) -> Result<StoredInterbank, Fault> {
        let payments = self.payments;
        let customer = verdict.account.and_then(|account| account.customer);
        let person = match customer {
            Some(customer) => payments.inner.passport.person_of(customer).await?,
            None => None,
        };
        let is_settled = transfer.settlement_day.is_some();
        let state = match (is_settled, verdict.refused) {
            (true, _) => InterbankState::Settled,
            (false, None) => InterbankState::Sent,
            (false, Some(_)) => InterbankState::Refused,
        };
        let is_over = state != InterbankState::Sent;
        let own_service = if is_settled { Service::Batch } else { Service::RealTime };
        Ok(StoredInterbank {
            order: verdict.order,
            way: InterbankWay::In,
            service: own_service,
            tx_id: transaction_id,
            end_to_end_id: transfer.end_to_end_id.clone(),
            bank: payments.bank_for_row(bank_code(transfer)).await,
            account_text: transfer.debtor_account.as_ref().map_or("", |account| account.text()).to_owned(),
            name: clean(&transfer.debtor.name, NAME_CHARACTERS),
            account: match verdict.account {
                Some(account) => account.id,
                // What was never credited anywhere is noted under the account that mirrors the network.
                None => payments.clearing_account().await?.id,
            },
            customer,
            person,
            amount_minor: transfer.amount.minor,
            currency: transfer.amount.currency.numeric(),
            memo: remittance(transfer),
            command: verdict.command,
            state,
            ending: Ending { day: transfer.settlement_day, reason: verdict.refused },
            expected: (!is_over).then(|| self.now.plus_ms(self.clearing.terms.answer_within_ms)),
            next: self.now.plus_ms(self.clearing.terms.answer_within_ms),
            tries: 0,
            message: None,
            related: None,
            card: verdict.is_own_card,
            mandate: None,
            name_match: verdict.name_match,
            created: self.now,
            sent: None,
            checking: None,
            ended: is_over.then_some(self.now),
            returned: None,
        })
    }

    /// Begins to give money back that lies in suspense.
    fn give_back(&mut self, original: &StoredInterbank, reason: ReasonCode) -> Result<(), Fault> {
        let payments = self.payments;
        let returned = payments.new_return(original, original.account, reason, self.now)?;
        self.begin(returned, None, "");
        self.wakes = true;
        Ok(())
    }
}

impl Payments {
    /// A return of money that came in, from this account, not yet kept.
    pub(super) fn new_return(
        &self,
        original: &StoredInterbank,
        account: ledger::AccountId,
        reason: ReasonCode,
        now: kit::Timestamp,
    ) -> Result<StoredInterbank, Fault> {
        let order = OrderNumber(self.inner.ids.next());
        let tx_id = self.transaction_id(order).map_err(|refusal| Fault::new(refusal.to_string()))?;
        Ok(StoredInterbank {
            order,
            way: InterbankWay::Return,
            service: Service::RealTime,
            tx_id,
            account,
            command: return_command_of(order),
            state: InterbankState::Written,
            ending: Ending { day: None, reason: Some(reason) },
            expected: Some(now.plus_ms(10_000)),
            next: now,
            tries: 0,
            message: None,
            related: Some(original.order),
            name_match: None,
            created: now,
            sent: None,
            checking: None,
            ended: None,
            returned: None,
            ..original.clone()
        })
    }

    /// Books a payment of the bank's own that cannot be refused, once; its order.
    pub(super) async fn booked(&self, instruction: &PaymentInstruction) -> Result<OrderNumber, Fault> {
        let submitted = self.submit_waiting(instruction).await.map_err(fault)?;
        let result = match submitted.await {
            Ok(result) => result,
            Err(error) if is_conflict(&error) => {
                let decided = self.decided(instruction.id).await?;
                decided.ok_or_else(|| Fault::new("a decided payment is gone"))?.result
            }
            Err(error) => return Err(fault(error)),
        };
        match result.refusal {
            None => Ok(result.order),
            Some(refusal) => Err(Fault::new(format!("the bank's own books refused money: {refusal}"))),
        }
    }

    /// A bank for a row: with its names, as far as the directory has them.
    pub(super) async fn bank_for_row(&self, code: &str) -> OtherBank {
        let known = self.banks().await.ok();
        let found = known.as_ref().and_then(|banks| banks.iter().find(|bank| bank.code == code));
        match found {
            Some(bank) => OtherBank { bins: Vec::new(), ..bank.clone() },
            None => OtherBank {
                code: code.to_owned(),
                name_zh: code.to_owned(),
                name_en: code.to_owned(),
                bins: Vec::new(),
            },
        }
    }
}

/// What the ledger decided at an earlier reading.
fn take(verdict: &mut Verdict, decided: &Decided) {
    verdict.order = decided.result.order;
    verdict.refused = decided.result.refusal.as_ref().map(code_of);
}

/// What a refusal of the ledger is in the words of the network.
fn code_of(refusal: &Refusal) -> ReasonCode {
    match refusal.code {
        "payments.payee_closed" => ReasonCode::CLOSED,
        "payments.payee_frozen" => ReasonCode::BLOCKED,
        "payments.payee_full" | "payments.payee_limit_exceeded" | "payments.amount_too_large" => {
            ReasonCode::ABOVE_ALLOWED
        }
        "payments.currency_differs" => ReasonCode::WRONG_CURRENCY,
        _ => ReasonCode::NOT_SAID,
    }
}

/// The code of the bank that pays.
fn bank_code(transfer: &CreditTransfer) -> &str {
    transfer.debtor_agent.member.as_deref().or(transfer.debtor_agent.bic.as_deref()).unwrap_or_default()
}

fn remittance(transfer: &CreditTransfer) -> String {
    clean(&transfer.remittance, REMITTANCE_CHARACTERS)
}

/// Without what cannot be seen.
fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(most).collect::<String>().trim().to_owned()
}

/// The ledger could not decide now: the mailbox is read again.
fn fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        Error::Refusal(refusal) => Fault::new(format!("the mailbox has to wait: {refusal}")),
    }
}
