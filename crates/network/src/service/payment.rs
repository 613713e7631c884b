//! Payments that arrive, and what becomes of them.

use super::unit::{Occasion, Unit, agent, code_or_unsaid};
use crate::model::fault::FaultKind;
use crate::model::name::{self, Fit};
use crate::model::reason;
use crate::model::rule::{self, Next};
use crate::model::transfer::{Kind, State, Transfer};
use crate::store;
use iso20022::{AccountId, CreditTransfer, DirectDebit, Header, Message, Party, PaymentReturn, Reason, Service};
use kit::{BankDay, Fault};
use money::{Amount, Currency};

/// Why a payment was not taken into the books at all.
async fn refused_before(unit: &mut Unit<'_>, sender: &str, header: &Header, id: &str) -> Result<bool, Fault> {
    let Some(mut known) = unit.transfer(id).await? else { return Ok(false) };
    let code = if known.kind == Kind::Unknown { reason::NEVER_RECEIVED } else { reason::DUPLICATE };
    // The answer is about this message, not about the one that brought the id first, and says nothing of another's payment.
    known.sender = sender.to_owned();
    known.message_id = header.message_id.clone();
    known.end_to_end_id = String::new();
    known.amount_minor = 0;
    unit.refuse_id(sender, &known, code);
    Ok(true)
}

/// A payment with what all kinds have in common.
fn new(unit: &Unit<'_>, kind: Kind, id: &str, sender: &str, header: &Header) -> Transfer {
    Transfer {
        kind,
        state: State::Deciding,
        message_id: header.message_id.clone(),
        reason: None,
        ended: None,
        ..Transfer::never_received(id, sender, unit.now)
    }
}

fn member(agent: &iso20022::Agent) -> String {
    agent.member.clone().unwrap_or_default()
}

fn number_of(account: Option<&AccountId>) -> String {
    account.map(|account| account.text().to_owned()).unwrap_or_default()
}

/// One payment of a `pacs.008` of a participant.
pub(crate) async fn take_credit(
    unit: &mut Unit<'_>,
    sender: &str,
    header: &Header,
    payment: &CreditTransfer,
) -> Result<(), Fault> {
    let id = payment.transaction_id.as_deref().unwrap_or_default();
    unit.told(id, sender, "", "pacs.008", "", "");
    if refused_before(unit, sender, header, id).await? {
        return Ok(());
    }
    let taken = Transfer {
        service: payment.service.unwrap_or(Service::RealTime),
        payer_bank: member(&payment.debtor_agent),
        payee_bank: member(&payment.creditor_agent),
        amount_minor: payment.amount.minor,
        end_to_end_id: payment.end_to_end_id.clone(),
        payer_name: payment.debtor.name.clone(),
        payer_account: number_of(payment.debtor_account.as_ref()),
        payee_name: payment.creditor.name.clone(),
        payee_account: number_of(payment.creditor_account.as_ref()),
        memo: payment.remittance.clone(),
        ..new(unit, Kind::Credit, id, sender, header)
    };
    take(unit, taken, payment.amount.currency).await
}

/// One collection of a `pacs.003` of a participant.
pub(crate) async fn take_debit(
    unit: &mut Unit<'_>,
    sender: &str,
    header: &Header,
    payment: &DirectDebit,
) -> Result<(), Fault> {
    let id = payment.transaction_id.as_deref().unwrap_or_default();
    unit.told(id, sender, "", "pacs.003", "", "");
    if refused_before(unit, sender, header, id).await? {
        return Ok(());
    }
    let taken = Transfer {
        service: payment.service.unwrap_or(Service::RealTime),
        payer_bank: member(&payment.debtor_agent),
        payee_bank: member(&payment.creditor_agent),
        amount_minor: payment.amount.minor,
        end_to_end_id: payment.end_to_end_id.clone(),
        payer_name: payment.debtor.name.clone(),
        payer_account: number_of(payment.debtor_account.as_ref()),
        payee_name: payment.creditor.name.clone(),
        payee_account: number_of(payment.creditor_account.as_ref()),
        memo: payment.remittance.clone(),
        mandate: payment.mandate.clone(),
        ..new(unit, Kind::Debit, id, sender, header)
    };
    take(unit, taken, payment.amount.currency).await
}

/// One return of a `pacs.004` of a participant.
pub(crate) async fn take_return(
    unit: &mut Unit<'_>,
    sender: &str,
    header: &Header,
    payment: &PaymentReturn,
) -> Result<(), Fault> {
    unit.told(&payment.return_id, sender, "", "pacs.004", "", &payment.reason.code);
    if refused_before(unit, sender, header, &payment.return_id).await? {
        return Ok(());
    }
    let original = payment.original_transaction_id.clone().unwrap_or_default();
    // Of another's payment nothing is taken over: what one may not see, one does not learn by giving it back.
    let known = unit.transfer(&original).await?.filter(|known| known.payee_bank == sender);
    let mut taken = new(unit, Kind::Return, &payment.return_id, sender, header);
    taken.payer_bank = sender.to_owned();
    taken.amount_minor = payment.amount.minor;
    taken.end_to_end_id = payment.original_end_to_end_id.clone().unwrap_or_default();
    taken.reason = Some(code_or_unsaid(&payment.reason.code).to_owned());
    taken.original = Some(original);
    if let Some(known) = known {
        taken = mirrored(taken, &known);
    }
    take(unit, taken, payment.amount.currency).await
}

/// A return goes the way of its payment backwards.
fn mirrored(mut taken: Transfer, original: &Transfer) -> Transfer {
    taken.payee_bank.clone_from(&original.payer_bank);
    taken.payee_name.clone_from(&original.payer_name);
    taken.payee_account.clone_from(&original.payer_account);
    taken.payer_name.clone_from(&original.payee_name);
    taken.payer_account.clone_from(&original.payee_account);
    taken.memo.clone_from(&original.memo);
    taken
}

async fn take(unit: &mut Unit<'_>, mut taken: Transfer, currency: Currency) -> Result<(), Fault> {
    taken.occurrence = unit.occurrence(&taken.payee_account, taken.amount_minor).await?;
    unit.put(taken.clone());
    if currency != Currency::CNY {
        return reject(unit, taken, reason::CURRENCY).await;
    }
    if let Some(chance) = unit.strikes(FaultKind::Refuse, &taken, 0) {
        return reject(unit, taken, &chance.code).await;
    }
    if let Some(chance) = unit.strikes(FaultKind::Delay, &taken, 0) {
        taken.due = Some(unit.now.plus_ms(i64::from(chance.ms)));
        unit.put(taken);
        return Ok(());
    }
    decide(unit, taken).await
}

/// Decides on a payment that was taken.
pub(crate) async fn decide(unit: &mut Unit<'_>, taken: Transfer) -> Result<(), Fault> {
    if taken.kind == Kind::Return {
        return decide_return(unit, taken).await;
    }
    let (payer, payee) = (unit.bank(&taken.payer_bank), unit.bank(&taken.payee_bank));
    match rule::next(&taken, Currency::CNY, payer, payee, &unit.house.scheme) {
        Next::Reject(code) => reject(unit, taken, code).await,
        Next::Wait => wait(unit, taken),
        Next::Ask => ask(unit, taken),
        Next::Settle => match accounts_agree(unit, &taken).await? {
            Err(code) => reject(unit, taken, code).await,
            Ok(()) => {
                hold_collected(unit, &taken, 1).await?;
                let day = unit.settlement_day();
                settle(unit, taken, day).await.map(|_| ())
            }
        },
    }
}

fn wait(unit: &mut Unit<'_>, mut taken: Transfer) -> Result<(), Fault> {
    taken.state = State::Waiting;
    taken.due = Some(unit.house.windows.next(&unit.house.calendar, unit.now)?);
    unit.put(taken);
    Ok(())
}

/// Asks the payee's bank whether it takes the money; until it answers, the payer's cap counts it as gone.
fn ask(unit: &mut Unit<'_>, mut taken: Transfer) -> Result<(), Fault> {
    unit.reserve(&taken.payer_bank, taken.amount_minor);
    taken.state = State::Asked;
    taken.due = Some(unit.now.plus_ms(unit.house.scheme.remind_after_ms));
    unit.put(taken.clone());
    let payee_bank = taken.payee_bank.clone();
    unit.told(&taken.id, "", &payee_bank, "pacs.008", "", "");
    unit.line(&payee_bank, "pacs.008", |header| Message::CreditTransfer(header, vec![forwarded(taken)]))
}

/// A payment as the payee's bank hears of it. With a settlement day it is settled already.
pub(crate) fn forwarded(taken: Transfer) -> CreditTransfer {
    CreditTransfer {
        instruction_id: None,
        end_to_end_id: taken.end_to_end_id,
        transaction_id: Some(taken.id),
        amount: Amount::new(taken.amount_minor, Currency::CNY),
        settlement_day: taken.settlement_day,
        service: Some(taken.service),
        debtor: Party { name: taken.payer_name },
        debtor_account: Some(taken.payer_account).filter(|text| !text.is_empty()).map(AccountId::Other),
        debtor_agent: agent(&taken.payer_bank),
        creditor_agent: agent(&taken.payee_bank),
        creditor: Party { name: taken.payee_name },
        creditor_account: Some(taken.payee_account).filter(|text| !text.is_empty()).map(AccountId::Other),
        remittance: taken.memo,
    }
}

/// Whether the accounts at the banks that live here take and give what the payment says.
pub(crate) async fn accounts_agree(unit: &mut Unit<'_>, taken: &Transfer) -> Result<Result<(), &'static str>, Fault> {
    if taken.kind == Kind::Credit && unit.is_local(&taken.payee_bank) {
        let payee = unit.customer(&taken.payee_bank, &taken.payee_account).await?;
        return Ok(payee.map_or(Err(reason::NO_ACCOUNT), |payee| payee.takes(&taken.payee_name)));
    }
    if taken.kind == Kind::Debit {
        let mandate = match &taken.mandate {
            Some(name) => store::card::mandate(&mut unit.tx, name).await?,
            None => None,
        };
        let allows = mandate.is_some_and(|mandate| {
            !mandate.is_released
                && mandate.participant == taken.payee_bank
                && mandate.bank == taken.payer_bank
                && mandate.account == taken.payer_account
        });
        if !allows {
            return Ok(Err(reason::NO_MANDATE));
        }
        let payer = unit.customer(&taken.payer_bank, &taken.payer_account).await?;
        return Ok(match payer {
            None => Err(reason::NO_ACCOUNT),
            Some(payer) if name::fit(&taken.payer_name, &payer.name) == Fit::No => Err(reason::NAME),
            Some(payer) => payer.gives(taken.amount_minor),
        });
    }
    Ok(Ok(()))
}

/// Holds (`1`) or lets go (`-1`) what is collected from a customer. What a customer pays is held from the start.
pub(crate) async fn hold_collected(unit: &mut Unit<'_>, taken: &Transfer, sign: i64) -> Result<(), Fault> {
    if taken.kind == Kind::Debit {
        unit.book(&taken.payer_bank, &taken.payer_account, 0, sign * taken.amount_minor).await?;
    }
    Ok(())
}

/// Settles: positions, entries, customers; tells both banks.
pub(crate) async fn settle(unit: &mut Unit<'_>, taken: Transfer, day: BankDay) -> Result<Transfer, Fault> {
    let settled = unit.settle(taken, day)?;
    let amount = settled.amount_minor;
    if unit.is_local(&settled.payer_bank) {
        unit.book(&settled.payer_bank, &settled.payer_account, -amount, -amount).await?;
    }
    if unit.is_local(&settled.payee_bank) {
        unit.book(&settled.payee_bank, &settled.payee_account, amount, 0).await?;
        if settled.kind == Kind::Credit
            && let Some(chance) = unit.strikes(FaultKind::Return, &settled, 0)
        {
            unit.plan_return(&settled, chance.days, &chance.code);
        }
    }
    unit.tell(&settled.sender.clone(), &settled, Occasion::Final);
    Ok(settled)
}

/// Rejects, lets go what a customer of ours was paying, and tells the sender.
pub(crate) async fn reject(unit: &mut Unit<'_>, taken: Transfer, code: &str) -> Result<(), Fault> {
    let rejected = unit.reject(taken, code)?;
    if rejected.kind == Kind::Credit && unit.is_local(&rejected.sender) {
        unit.book(&rejected.payer_bank, &rejected.payer_account, 0, -rejected.amount_minor).await?;
    }
    unit.tell(&rejected.sender.clone(), &rejected, Occasion::Final);
    Ok(())
}

async fn decide_return(unit: &mut Unit<'_>, taken: Transfer) -> Result<(), Fault> {
    let original = unit.transfer(taken.original.as_deref().unwrap_or_default()).await?;
    let judged = rule::judge_return(original.as_ref(), &taken.payer_bank, taken.amount_minor, Currency::CNY);
    let judged = judged.and_then(|()| match unit.bank(&taken.payer_bank) {
        Some(bank) if bank.bears(taken.amount_minor) => Ok(()),
        _ => Err(reason::CAP),
    });
    if let Err(code) = judged {
        return reject(unit, taken, code).await;
    }
    if let Some(mut original) = original {
        original.returned_by = Some(taken.id.clone());
        unit.put(original);
    }
    let why = taken.reason.clone().unwrap_or_default();
    let day = unit.settlement_day();
    let settled = settle(unit, taken, day).await?;
    if unit.is_local(&settled.payee_bank) {
        return Ok(());
    }
    let payee_bank = settled.payee_bank.clone();
    unit.told(&settled.id, "", &payee_bank, "pacs.004", "", &why);
    let back = PaymentReturn {
        return_id: settled.id,
        original_end_to_end_id: Some(settled.end_to_end_id).filter(|id| !id.is_empty()),
        original_transaction_id: settled.original,
        amount: Amount::new(settled.amount_minor, Currency::CNY),
        settlement_day: settled.settlement_day,
        reason: Reason { code: why, words: String::new() },
    };
    unit.line(&payee_bank, "pacs.004", |header| Message::Return(header, vec![back]))
}

/// A customer of a bank that lives here pays. What they pay is held until the end.
pub(crate) async fn send(unit: &mut Unit<'_>, mut paid: Transfer) -> Result<(), Fault> {
    paid.occurrence = unit.occurrence(&paid.payee_account, paid.amount_minor).await?;
    unit.book(&paid.payer_bank, &paid.payer_account, 0, paid.amount_minor).await?;
    unit.told(&paid.id, &paid.sender.clone(), "", "pacs.008", "", "");
    unit.put(paid.clone());
    decide(unit, paid).await
}

/// A bank that lives here gives a settled payment back; none if its customer no longer has the money.
pub(crate) async fn give_back(unit: &mut Unit<'_>, original: &Transfer, code: &str) -> Result<Option<Transfer>, Fault> {
    let bank = original.payee_bank.clone();
    let payee = unit.customer(&bank, &original.payee_account).await?;
    if payee.is_none_or(|payee| payee.available_minor() < original.amount_minor) {
        return Ok(None);
    }
    let id = format!("{bank}{:019}", unit.number());
    let header = Header { message_id: String::new(), created: unit.now, from: None, to: None };
    let taken = Transfer {
        payer_bank: bank.clone(),
        amount_minor: original.amount_minor,
        end_to_end_id: original.end_to_end_id.clone(),
        reason: Some(code_or_unsaid(code).to_owned()),
        original: Some(original.id.clone()),
        ..new(unit, Kind::Return, &id, &bank, &header)
    };
    let taken = mirrored(taken, original);
    unit.told(&id, &bank, "", "pacs.004", "", code);
    unit.book(&bank, &taken.payer_account, 0, taken.amount_minor).await?;
    unit.put(taken.clone());
    let held = (taken.payer_account.clone(), taken.amount_minor);
    decide_return(unit, taken).await?;
    let after = unit.transfer(&id).await?;
    if after.as_ref().is_some_and(|after| after.state == State::Rejected) {
        unit.book(&bank, &held.0, 0, -held.1).await?;
    }
    Ok(after)
}
