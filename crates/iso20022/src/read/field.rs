//! One field out of a tree that its schema allows.

use crate::limits::{REASON_CHARACTERS, REMITTANCE_CHARACTERS};
use crate::parts::{AccountId, Agent, Mark, Party, Reason, Service};
use crate::refused::{Cause, Refused};
use crate::schema;
use crate::xml::Element;
use kit::{BankDay, Timestamp};
use money::{Amount, Currency};

pub(super) fn contradiction(at: Element<'_>, reason: impl Into<String>) -> Refused {
    Refused::new(Cause::Content, at.path(), reason)
}

pub(super) fn unsupported(at: Element<'_>, reason: impl Into<String>) -> Refused {
    Refused::new(Cause::Unsupported, at.path(), reason)
}

pub(super) fn text(from: Element<'_>, way: &str) -> Option<String> {
    from.text_of(way).map(str::to_owned)
}

pub(super) fn moment(from: Element<'_>, way: &str) -> Result<Option<Timestamp>, Refused> {
    let read =
        |at: Element<'_>| schema::moment(at.text().trim()).ok_or_else(|| contradiction(at, "this is not a moment"));
    from.get(way).map(read).transpose()
}

pub(super) fn day(from: Element<'_>, way: &str) -> Result<Option<BankDay>, Refused> {
    let read = |at: Element<'_>| schema::date(at.text().trim()).ok_or_else(|| contradiction(at, "this is not a date"));
    from.get(way).map(read).transpose()
}

/// A day that is said as `Dt` or as a moment `DtTm`, of which the written day counts.
pub(super) fn day_or_moment(from: Element<'_>, way: &str) -> Result<Option<BankDay>, Refused> {
    let Some(at) = from.get(way) else { return Ok(None) };
    match at.text_of("DtTm") {
        Some(moment) => Ok(moment.trim().get(..10).and_then(BankDay::from_iso)),
        None => day(at, "Dt"),
    }
}

/// An amount that the bank acts on: of a currency that it knows, and within 64 bits.
pub(super) fn amount(at: Element<'_>) -> Result<Amount, Refused> {
    let code = at.attribute("Ccy").unwrap_or_default();
    let currency =
        Currency::from_code(code).ok_or_else(|| unsupported(at, "a currency that this bank does not keep"))?;
    let text = at.text().trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = format!("{whole}{decimals:0<width$}", width = currency.exponent() as usize);
    let minor = digits.parse().map_err(|_| contradiction(at, "the amount is too large"))?;
    Ok(Amount::new(minor, currency))
}

pub(super) fn amount_at(from: Element<'_>, way: &str) -> Result<Option<Amount>, Refused> {
    from.get(way).map(amount).transpose()
}

/// An amount that must be there and more than nothing.
pub(super) fn amount_to_pay(from: Element<'_>, name: &str) -> Result<Amount, Refused> {
    let at = from.get(name).ok_or_else(|| contradiction(from, format!("{name} is missing")))?;
    let amount = amount(at)?;
    if amount.is_positive() { Ok(amount) } else { Err(contradiction(at, "the amount must be above 0")) }
}

pub(super) fn mark(from: Element<'_>) -> Mark {
    if from.text_of("CdtDbtInd") == Some("DBIT") { Mark::Debit } else { Mark::Credit }
}

/// A party, where newer versions may say an agent instead.
pub(super) fn party(from: Element<'_>, way: &str) -> Party {
    let at = from.get(way);
    let name =
        at.and_then(|at| at.text_of("Nm").or_else(|| at.text_of("Pty/Nm")).or_else(|| at.text_of("Agt/FinInstnId/Nm")));
    Party { name: name.unwrap_or_default().to_owned() }
}

pub(super) fn agent(at: Element<'_>) -> Agent {
    Agent {
        member: text(at, "FinInstnId/ClrSysMmbId/MmbId"),
        bic: text(at, "FinInstnId/BICFI").or_else(|| text(at, "FinInstnId/BIC")),
        name: text(at, "FinInstnId/Nm"),
    }
}

pub(super) fn agent_at(from: Element<'_>, way: &str) -> Option<Agent> {
    from.get(way).map(agent)
}

/// `Fr` or `To` of an application header: a bank, or an organisation.
pub(super) fn header_party(at: Element<'_>) -> Agent {
    agent_at(at, "FIId").or_else(|| at.get("OrgId").map(organisation)).unwrap_or_default()
}

/// A party that is meant as a bank, by a number, a BIC or a name.
pub(super) fn organisation(at: Element<'_>) -> Agent {
    Agent {
        member: text(at, "Id/OrgId/Othr/Id"),
        bic: text(at, "Id/OrgId/AnyBIC").or_else(|| text(at, "Id/OrgId/BICOrBEI")),
        name: text(at, "Nm"),
    }
}

pub(super) fn account(from: Element<'_>, way: &str) -> Option<AccountId> {
    let id = from.get(way)?.get("Id")?;
    text(id, "IBAN").map(AccountId::Iban).or_else(|| text(id, "Othr/Id").map(AccountId::Other))
}

/// The service that a transaction names, else its group.
pub(super) fn service(group: Element<'_>, transaction: Element<'_>) -> Option<Service> {
    let named = |at: Element<'_>| at.text_of("PmtTpInf/LclInstrm/Prtry").and_then(Service::from_code);
    named(transaction).or_else(|| named(group))
}

/// Several texts as one: a full one goes on in the next without a break, any other ends a line.
pub(super) fn joined<'t>(texts: impl Iterator<Item = &'t str>, full: usize) -> String {
    let mut all = String::new();
    let mut goes_on = true;
    for text in texts {
        if !goes_on {
            all.push('\n');
        }
        all.push_str(text);
        goes_on = text.chars().count() == full;
    }
    all
}

pub(super) fn remittance(from: Element<'_>) -> String {
    let texts = from.get("RmtInf").into_iter().flat_map(|at| at.all("Ustrd")).map(Element::text);
    joined(texts, REMITTANCE_CHARACTERS)
}

/// The first reason of this name; words of a proprietary one come before the others.
pub(super) fn reason(from: Element<'_>, name: &str) -> Option<Reason> {
    let at = from.get(name)?;
    let own = at.text_of("Rsn/Prtry");
    let words = joined(at.all("AddtlInf").map(Element::text), REASON_CHARACTERS);
    let words = match own {
        Some(own) if words.is_empty() => own.to_owned(),
        Some(own) => format!("{own}\n{words}"),
        None => words,
    };
    Some(Reason { code: text(at, "Rsn/Cd").unwrap_or_default(), words })
}
