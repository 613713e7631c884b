//! Customers, and who may act for them.

use crate::{CustomerId, Mobile, Name, PersonId};
use kit::Timestamp;

/// What sort of customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CustomerKind {
    /// A natural person.
    Person,
    /// A company, shop, authority or association.
    Organisation,
}

impl CustomerKind {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "person" => Some(Self::Person),
            "organisation" => Some(Self::Organisation),
            _ => None,
        }
    }
}

/// In which role a person acts for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MandateRole {
    /// The customer's own person, or an organisation's owner: everything.
    Owner,
}

impl MandateRole {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        (code == Self::Owner.code()).then_some(Self::Owner)
    }
}

/// What a person may do for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MandateView {
    /// For whom.
    pub customer: CustomerId,
    /// In which role.
    pub role: MandateRole,
    /// Since when.
    pub since: Timestamp,
}

/// A person whom the bank knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// Their own relation with the institution.
    pub customer: CustomerId,
    /// Where they are reached, and their sign-in name.
    pub mobile: Mobile,
    /// Their name; empty until it is proven.
    pub name: Name,
    /// `zh` or `en`.
    pub language: String,
    /// When their name was proven; without it they are a visitor, whose name is empty.
    pub verified: Option<Timestamp>,
}

/// A customer's name, and how much of it others see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerName {
    /// What sort of customer.
    pub kind: CustomerKind,
    /// The name.
    pub name: Name,
}

impl CustomerName {
    /// The name as others see it: a person's is masked, an organisation's is public.
    pub fn shown(&self) -> String {
        match self.kind {
            CustomerKind::Person => self.name.masked(),
            CustomerKind::Organisation => self.name.full().to_owned(),
        }
    }
}

/// A customer to be taken over from elsewhere, without a sign-in of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSeed {
    /// Names it at most once in the institution.
    pub reference: String,
    /// What sort of customer.
    pub kind: CustomerKind,
    /// Its name; not checked.
    pub name: String,
}

/// Someone whom the caller knows by name, such as a person at the counter.
#[derive(Clone)]
pub struct NewPerson {
    /// Their mobile number, the caller having seen it proven.
    pub mobile: Mobile,
    /// Their name.
    pub name: Name,
    /// `zh` or `en`.
    pub language: String,
    /// The password they chose.
    pub password: String,
}

/// Someone who registers from afar: the number is proven by the code, the name is not known yet.
#[derive(Clone)]
pub struct Registration {
    /// The number, as typed.
    pub mobile: String,
    /// The code, as typed.
    pub code: String,
    /// The password they chose.
    pub password: String,
    /// `zh` or `en`.
    pub language: String,
}

/// Someone who forgot the password.
#[derive(Clone)]
pub struct Reset {
    /// The number, as typed.
    pub mobile: String,
    /// The code, as typed.
    pub code: String,
    /// The new password.
    pub password: String,
}
