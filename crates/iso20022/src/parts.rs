//! What messages are made of.

/// Who holds an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// `Nm`, up to 140 characters.
    pub name: String,
}

/// A bank, by its number in a clearing system, by its BIC, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agent {
    /// `ClrSysMmbId/MmbId`, up to 35 characters.
    pub member: Option<String>,
    /// `BICFI` (older versions: `BIC`).
    pub bic: Option<String>,
    /// `Nm`.
    pub name: Option<String>,
}

/// The number of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountId {
    /// `IBAN`, check digits checked.
    Iban(String),
    /// `Othr/Id`, up to 34 characters.
    Other(String),
}

impl AccountId {
    /// The number alone.
    pub fn text(&self) -> &str {
        match self {
            Self::Iban(text) | Self::Other(text) => text,
        }
    }
}

/// By which of the network's services a payment goes: `PmtTpInf/LclInstrm/Prtry`, or none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// `RTPS`: real-time, one by one.
    RealTime,
    /// `BTCH`: netted, in settlement windows.
    Batch,
}

/// Where a transaction stands: `TxSts` of `pacs.002`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// `RCVD`: received.
    Received,
    /// `ACTC`: technically accepted.
    Valid,
    /// `ACCP`: accepted by the customer's profile.
    CustomerAccepted,
    /// `ACSP`: accepted, settlement in process.
    InProcess,
    /// `ACSC`: settled; final.
    Settled,
    /// `ACCC`: settled, and the creditor's account is credited; final.
    Credited,
    /// `PDNG`: pending.
    Pending,
    /// `RJCT`: rejected; final.
    Rejected,
}

/// Why a transaction was rejected or returned: a code of the external code set, such as `AC04`, and words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// Up to 4 characters; empty when only words were given (`Prtry` goes into the words).
    pub code: String,
    /// `AddtlInf`, joined.
    pub words: String,
}

/// `CRDT` or `DBIT`: whose side of an account grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The account's owner has more.
    Credit,
    /// The account's owner has less.
    Debit,
}
