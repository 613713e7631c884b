//! The messages.

use crate::parts::{AccountId, Agent, EntryState, Mark, Party, Reason, Service, Status};
use kit::{BankDay, Timestamp};
use money::Amount;

/// What every message begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `MsgId`, up to 35 characters; unique for its sender for ever.
    pub message_id: String,
    /// `CreDtTm`.
    pub created: Timestamp,
    /// `InstgAgt`: who sends; of a statement or notification `Acct/Svcr`, who keeps the account.
    pub from: Option<Agent>,
    /// `InstdAgt`: who receives; of a statement or notification `MsgRcpt`.
    pub to: Option<Agent>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// `pacs.008`: pay the creditors.
    CreditTransfer(Header, Vec<CreditTransfer>),
    /// `pacs.003`: collect from the debtors.
    DirectDebit(Header, Vec<DirectDebit>),
    /// `pacs.004`: money of earlier payments comes back.
    Return(Header, Vec<PaymentReturn>),
    /// `pacs.002`: where payments stand.
    Report(Header, Report),
    /// `pacs.028`: where do they stand?
    Enquiry(Header, Vec<Enquiry>),
    /// `camt.053`: an account's entries of a day.
    Statement(Header, Vec<Statement>),
    /// `camt.054`: entries as they happen.
    Notification(Header, Vec<Notification>),
}

/// One payment of a `pacs.008`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransfer {
    /// `InstrId`.
    pub instruction_id: Option<String>,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `TxId`: names the payment for all banks on its way, for ever.
    pub transaction_id: Option<String>,
    /// `IntrBkSttlmAmt`, above 0.
    pub amount: Amount,
    /// `IntrBkSttlmDt`, of the transaction or of the group.
    pub settlement_day: Option<BankDay>,
    /// By which service.
    pub service: Option<Service>,
    /// Who pays.
    pub debtor: Party,
    /// From which account.
    pub debtor_account: Option<AccountId>,
    /// At which bank.
    pub debtor_agent: Agent,
    /// To which bank.
    pub creditor_agent: Agent,
    /// Who is paid.
    pub creditor: Party,
    /// Into which account.
    pub creditor_account: Option<AccountId>,
    /// `RmtInf/Ustrd`, joined.
    pub remittance: String,
}

/// One collection of a `pacs.003`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectDebit {
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `TxId`.
    pub transaction_id: Option<String>,
    /// `IntrBkSttlmAmt`, above 0.
    pub amount: Amount,
    /// `IntrBkSttlmDt`.
    pub settlement_day: Option<BankDay>,
    /// By which service.
    pub service: Option<Service>,
    /// `DrctDbtTx/MndtRltdInf/MndtId`: what allows it.
    pub mandate: Option<String>,
    /// Who collects.
    pub creditor: Party,
    /// Into which account.
    pub creditor_account: Option<AccountId>,
    /// At which bank.
    pub creditor_agent: Agent,
    /// Who pays.
    pub debtor: Party,
    /// From which account.
    pub debtor_account: Option<AccountId>,
    /// At which bank.
    pub debtor_agent: Agent,
    /// `RmtInf/Ustrd`, joined.
    pub remittance: String,
}

/// One return of a `pacs.004`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReturn {
    /// `RtrId`: names the return for ever.
    pub return_id: String,
    /// `OrgnlEndToEndId`.
    pub original_end_to_end_id: Option<String>,
    /// `OrgnlTxId`.
    pub original_transaction_id: Option<String>,
    /// `RtrdIntrBkSttlmAmt`, above 0.
    pub amount: Amount,
    /// `IntrBkSttlmDt`.
    pub settlement_day: Option<BankDay>,
    /// `RtrRsnInf`.
    pub reason: Reason,
}

/// What a `pacs.002` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// `OrgnlGrpInfAndSts/OrgnlMsgId`: the message that is answered.
    pub original_message_id: Option<String>,
    /// `OrgnlMsgNmId`: what kind of message that was, such as `pacs.008.001.08`; it goes with the id.
    pub original_message_name: Option<String>,
    /// `GrpSts`, where the whole message is answered.
    pub group_status: Option<Status>,
    /// `StsRsnInf` of the group.
    pub group_reason: Option<Reason>,
    /// Payments one by one.
    pub transactions: Vec<TransactionStatus>,
}

/// Where one payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionStatus {
    /// `OrgnlEndToEndId`.
    pub original_end_to_end_id: Option<String>,
    /// `OrgnlTxId`; of a return its `RtrId`.
    pub original_transaction_id: Option<String>,
    /// `TxSts`, else the group's.
    pub status: Status,
    /// `StsRsnInf`.
    pub reason: Option<Reason>,
    /// `OrgnlTxRef/IntrBkSttlmAmt`, where the answer repeats it.
    pub amount: Option<Amount>,
    /// `OrgnlTxRef/IntrBkSttlmDt`, else `FctvIntrBkSttlmDt`: the day on which it is settled.
    pub settlement_day: Option<BankDay>,
}

/// One question of a `pacs.028`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquiry {
    /// `OrgnlEndToEndId`.
    pub original_end_to_end_id: Option<String>,
    /// `OrgnlTxId`; of a return its `RtrId`.
    pub original_transaction_id: Option<String>,
}

/// A day of an account: `camt.053`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `Stmt/Id`.
    pub id: String,
    /// `Acct/Id`.
    pub account: AccountId,
    /// The date of the balance `CLBD`, else the last day of `FrToDt`: the day it is about.
    pub day: Option<BankDay>,
    /// Booked at the day's start (`OPBD`, else `PRCD`), below 0 where the owner owes.
    pub opening: Option<Amount>,
    /// Booked at the day's end (`CLBD`).
    pub closing: Option<Amount>,
    /// `Ntry`.
    pub entries: Vec<Entry>,
}

/// Entries as they happen: `camt.054`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `Ntfctn/Id`.
    pub id: String,
    /// `Acct/Id`.
    pub account: AccountId,
    /// `Ntry`.
    pub entries: Vec<Entry>,
}

/// A line of a statement or a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `Amt`, never below 0.
    pub amount: Amount,
    /// `CdtDbtInd`.
    pub mark: Mark,
    /// `Sts`: only booked entries are part of the booked balances.
    pub state: EntryState,
    /// `BookgDt`.
    pub booked: Option<BankDay>,
    /// `NtryDtls/TxDtls/Refs/TxId` where the entry is of one payment, else `NtryRef`; empty where neither is said.
    pub transaction_id: String,
    /// `AddtlNtryInf`.
    pub words: String,
}
