//! Which messages there are, and their versions.

use crate::refused::{Cause, Refused, shown};
use std::fmt;

/// What every ISO 20022 namespace begins with.
pub(crate) const NAMESPACES: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// A kind of message that the bank reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `pacs.008` FIToFICustomerCreditTransfer.
    CreditTransfer,
    /// `pacs.003` FIToFICustomerDirectDebit.
    DirectDebit,
    /// `pacs.004` PaymentReturn.
    Return,
    /// `pacs.002` FIToFIPaymentStatusReport.
    Report,
    /// `pacs.028` FIToFIPaymentStatusRequest.
    Enquiry,
    /// `camt.053` BankToCustomerStatement.
    Statement,
    /// `camt.054` BankToCustomerDebitCreditNotification.
    Notification,
}

/// What is known of a kind.
struct Facts {
    kind: Kind,
    code: &'static str,
    element: &'static str,
    /// The version that we write.
    written: u8,
    /// The oldest version that we read, and from it on the generation of each version.
    first: u8,
    generations: &'static [u8],
}

const FACTS: &[Facts] = &[
    Facts {
        kind: Kind::CreditTransfer,
        code: "pacs.008",
        element: "FIToFICstmrCdtTrf",
        written: 8,
        first: 2,
        generations: &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    },
    Facts {
        kind: Kind::DirectDebit,
        code: "pacs.003",
        element: "FIToFICstmrDrctDbt",
        written: 8,
        first: 2,
        generations: &[2, 3, 4, 5, 6, 7, 8, 9, 11, 12],
    },
    Facts {
        kind: Kind::Return,
        code: "pacs.004",
        element: "PmtRtr",
        written: 9,
        first: 2,
        generations: &[2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13],
    },
    Facts {
        kind: Kind::Report,
        code: "pacs.002",
        element: "FIToFIPmtStsRpt",
        written: 10,
        first: 3,
        generations: &[2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13],
    },
    Facts {
        kind: Kind::Enquiry,
        code: "pacs.028",
        element: "FIToFIPmtStsReq",
        written: 3,
        first: 1,
        generations: &[6, 7, 8, 9, 10, 12],
    },
    Facts {
        kind: Kind::Statement,
        code: "camt.053",
        element: "BkToCstmrStmt",
        written: 8,
        first: 2,
        generations: &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    },
    Facts {
        kind: Kind::Notification,
        code: "camt.054",
        element: "BkToCstmrDbtCdtNtfctn",
        written: 8,
        first: 2,
        generations: &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    },
];

impl Kind {
    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    /// `pacs.008` and so on.
    pub fn code(self) -> &'static str {
        self.facts().code
    }

    /// The element inside of `Document`, such as `FIToFICstmrCdtTrf`.
    pub fn element(self) -> &'static str {
        self.facts().element
    }

    /// The version that the bank writes; the `08` of `pacs.008.001.08`.
    pub fn written(self) -> u8 {
        self.facts().written
    }

    /// The oldest and the newest version that the bank reads.
    pub fn versions(self) -> (u8, u8) {
        let facts = self.facts();
        (facts.first, facts.first + facts.generations.len() as u8 - 1)
    }

    /// The message's name of a version: `pacs.008.001.08`.
    pub fn name(self, version: u8) -> String {
        format!("{}.001.{version:02}", self.code())
    }

    pub(crate) fn namespace(self, version: u8) -> String {
        format!("{NAMESPACES}{}", self.name(version))
    }

    pub(crate) fn generation(self, version: u8) -> Option<u8> {
        let facts = self.facts();
        facts.generations.get(usize::from(version.checked_sub(facts.first)?)).copied()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// Kind and version of a namespace, or why it is not read.
pub(crate) fn identify(namespace: &str) -> Result<(Kind, u8), Refused> {
    let refused = |reason: String| Refused::new(Cause::Unsupported, "Document", reason);
    if namespace.is_empty() {
        return Err(refused("it has no namespace, which would say what message it is".to_owned()));
    }
    let Some(name) = namespace.strip_prefix(NAMESPACES) else {
        return Err(refused(format!("{} is not a namespace of ISO 20022", shown(namespace))));
    };
    let mut parts = name.split('.');
    let (area, number, variant, version) = (parts.next(), parts.next(), parts.next(), parts.next());
    let code = format!("{}.{}", area.unwrap_or_default(), number.unwrap_or_default());
    let Some(facts) = FACTS.iter().find(|facts| facts.code == code) else {
        let known: Vec<_> = FACTS.iter().map(|facts| facts.code).collect();
        return Err(refused(format!("{} is not read here; these are: {}", shown(name), known.join(", "))));
    };
    let version = version.filter(|digits| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let version =
        version.filter(|_| variant == Some("001") && parts.next().is_none()).and_then(|digits| digits.parse().ok());
    match version {
        Some(version) if facts.kind.generation(version).is_some() => Ok((facts.kind, version)),
        _ => {
            let (first, last) = facts.kind.versions();
            let (first, last) = (facts.kind.name(first), facts.kind.name(last));
            Err(refused(format!("{} is not read here; {first} to {last} are", shown(name))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_kinds() {
        for (index, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.kind as usize, index);
            assert!(facts.kind.generation(facts.written).is_some());
            assert_eq!(identify(&facts.kind.namespace(facts.written)), Ok((facts.kind, facts.written)));
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (namespace, reason) in [
            ("", "it has no namespace, which would say what message it is"),
            ("urn:example", "urn:example is not a namespace of ISO 20022"),
            (
                "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
                "pain.001.001.09 is not read here; these are: pacs.008, pacs.003, pacs.004, pacs.002, pacs.028, camt.053, camt.054",
            ),
            (
                "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.01",
                "pacs.008.001.01 is not read here; pacs.008.001.02 to pacs.008.001.13 are",
            ),
            (
                "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.99",
                "pacs.008.001.99 is not read here; pacs.008.001.02 to pacs.008.001.13 are",
            ),
            (
                "urn:iso:std:iso:20022:tech:xsd:pacs.008.002.08",
                "pacs.008.002.08 is not read here; pacs.008.001.02 to pacs.008.001.13 are",
            ),
        ] {
            let refused = identify(namespace).unwrap_err();
            assert_eq!((refused.cause, refused.reason.as_str()), (Cause::Unsupported, reason));
        }
    }
}
