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

impl Service {
    /// The service of a local instrument.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "RTPS" => Some(Self::RealTime),
            "BTCH" => Some(Self::Batch),
            _ => None,
        }
    }

    /// `RTPS` or `BTCH`.
    pub fn code(self) -> &'static str {
        match self {
            Self::RealTime => "RTPS",
            Self::Batch => "BTCH",
        }
    }
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
    /// `PART`: some of the group's transactions are accepted, others not.
    Partial,
    /// Another code of the external code set, such as `ACWC` or `CANC`: nothing to act on by itself.
    Other([u8; 4]),
}

impl Status {
    const CODES: [(Self, &'static str); 9] = [
        (Self::Received, "RCVD"),
        (Self::Valid, "ACTC"),
        (Self::CustomerAccepted, "ACCP"),
        (Self::InProcess, "ACSP"),
        (Self::Settled, "ACSC"),
        (Self::Credited, "ACCC"),
        (Self::Pending, "PDNG"),
        (Self::Rejected, "RJCT"),
        (Self::Partial, "PART"),
    ];

    /// The status of a code of four capitals or digits; the names above come first.
    pub fn from_code(code: &str) -> Option<Self> {
        if let Some((status, _)) = Self::CODES.iter().find(|(_, known)| *known == code) {
            return Some(*status);
        }
        let four: [u8; 4] = code.as_bytes().try_into().ok()?;
        four.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).then_some(Self::Other(four))
    }

    /// The code, such as `ACSC`.
    pub fn code(&self) -> &str {
        match self {
            Self::Other(four) => std::str::from_utf8(four).unwrap_or_default(),
            known => Self::CODES.iter().find(|(status, _)| status == known).map_or("", |(_, code)| code),
        }
    }
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

/// Whether an entry of a statement is booked: `Sts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EntryState {
    /// `BOOK`: part of the booked balance.
    #[default]
    Booked,
    /// `PDNG`: not yet booked, and may never be.
    Pending,
    /// `INFO`: told only.
    Information,
    /// `FUTR`: to be booked on a later day.
    Future,
}

impl EntryState {
    /// The state of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "BOOK" => Some(Self::Booked),
            "PDNG" => Some(Self::Pending),
            "INFO" => Some(Self::Information),
            "FUTR" => Some(Self::Future),
            _ => None,
        }
    }

    /// `BOOK` and so on.
    pub fn code(self) -> &'static str {
        match self {
            Self::Booked => "BOOK",
            Self::Pending => "PDNG",
            Self::Information => "INFO",
            Self::Future => "FUTR",
        }
    }
}
