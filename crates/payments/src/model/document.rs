//! What rides along with a payment in the journal: enough to build the tables of orders and attempts again. A card
//! payment's document takes 9 bytes.

use super::channel::{Channel, Factor, PaymentKind};
use super::hold::{HoldReason, HoldTerms};
use super::idempotency::BodyHash;
use accounts::wire::{Reader, Unreadable, Writer};
use kit::{BankDay, Timestamp};
use ledger::CommandId;
use passport::PersonId;

pub(crate) const VERSION: u8 = 1;
/// This room's mark in the second byte, so that no room reads another's documents.
pub(crate) const ROOM: u8 = 2;

const HAS_MEMO: u8 = 1;
const HAS_INITIATOR: u8 = 2;
const HAS_BODY_HASH: u8 = 4;
const HAS_CORRECTION: u8 = 8;
const HAS_HOLD: u8 = 16;
const HAS_CLAIM: u8 = 32;
const HAS_SETTLEMENT: u8 = 64;
const KNOWN: u8 = 127;

/// A payment's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaymentDocument {
    pub(crate) kind: PaymentKind,
    pub(crate) channel: Channel,
    pub(crate) factor: Factor,
    /// Number of this attempt at the order, from 1.
    pub(crate) attempt: u8,
    /// ISO 4217 numeric code of what is owed.
    pub(crate) currency: u16,
    pub(crate) memo: String,
    /// The person who asked for it.
    pub(crate) initiator: Option<PersonId>,
    /// With an idempotency key: what was asked with it.
    pub(crate) body_hash: Option<BodyHash>,
    /// What a contra entry takes back.
    pub(crate) correction: Option<Correction>,
    /// With money that is set aside: why, and how long.
    pub(crate) hold: Option<HoldTerms>,
    /// With money that goes on to an invited person: the hold out of which it comes.
    pub(crate) claim: Option<CommandId>,
    /// With money that is settled between the banks already: on which day.
    pub(crate) settlement: Option<BankDay>,
}

/// What a contra entry takes back, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    /// The order that was paid.
    pub(crate) order: i64,
    /// The command that paid it.
    pub(crate) command: CommandId,
    /// Who decided it: a staff name, no customer's.
    pub(crate) by: String,
    pub(crate) reason: String,
}

impl PaymentDocument {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new([VERSION, ROOM, self.kind.number() as u8]);
        writer.u8(self.channel.number());
        writer.u8(self.factor.number());
        writer.u8(self.attempt);
        writer.u64(u64::from(self.currency));
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        writer.u8(flag(!self.memo.is_empty(), HAS_MEMO)
            | flag(self.initiator.is_some(), HAS_INITIATOR)
            | flag(self.body_hash.is_some(), HAS_BODY_HASH)
            | flag(self.correction.is_some(), HAS_CORRECTION)
            | flag(self.hold.is_some(), HAS_HOLD)
            | flag(self.claim.is_some(), HAS_CLAIM)
            | flag(self.settlement.is_some(), HAS_SETTLEMENT));
        if !self.memo.is_empty() {
            writer.text(&self.memo);
        }
        if let Some(initiator) = self.initiator {
            writer.i64(initiator.0);
        }
        if let Some(hash) = &self.body_hash {
            writer.raw(hash);
        }
        if let Some(correction) = &self.correction {
            writer.i64(correction.order);
            writer.raw(&correction.command.0.to_be_bytes());
            writer.text(&correction.by);
            writer.text(&correction.reason);
        }
        if let Some(hold) = &self.hold {
            writer.u8(hold.reason.number());
            writer.i64(hold.until.as_ms());
        }
        if let Some(claim) = self.claim {
            writer.raw(&claim.0.to_be_bytes());
        }
        if let Some(day) = self.settlement {
            writer.i64(i64::from(day.0));
        }
        writer.done()
    }

    /// Nothing if it is another room's.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, Unreadable> {
        let [version, room, kind, rest @ ..] = bytes else { return Ok(None) };
        if *room != ROOM {
            return Ok(None);
        }
        if *version != VERSION {
            return Err(Unreadable);
        }
        let mut reader = Reader::new(rest);
        let kind = PaymentKind::from_number(u16::from(*kind)).ok_or(Unreadable)?;
        let channel = Channel::from_number(reader.u8()?).ok_or(Unreadable)?;
        let factor = Factor::from_number(reader.u8()?).ok_or(Unreadable)?;
        let attempt = reader.u8()?;
        let currency = u16::try_from(reader.u64()?).map_err(|_| Unreadable)?;
        let flags = reader.u8()?;
        if flags & !KNOWN != 0 {
            return Err(Unreadable);
        }
        let has = |flag: u8| flags & flag != 0;
        let memo = if has(HAS_MEMO) { reader.text()?.to_owned() } else { String::new() };
        let initiator = if has(HAS_INITIATOR) { Some(PersonId(reader.i64()?)) } else { None };
        let body_hash = if has(HAS_BODY_HASH) { Some(reader.array()?) } else { None };
        let correction = if has(HAS_CORRECTION) { Some(correction(&mut reader)?) } else { None };
        let hold = if has(HAS_HOLD) { Some(hold(&mut reader)?) } else { None };
        let claim = if has(HAS_CLAIM) { Some(CommandId(u128::from_be_bytes(reader.array()?))) } else { None };
        let settlement = if has(HAS_SETTLEMENT) { Some(day(&mut reader)?) } else { None };
        reader.end()?;
        Ok(Some(Self {
            kind,
            channel,
            factor,
            attempt,
            currency,
            memo,
            initiator,
            body_hash,
            correction,
            hold,
            claim,
            settlement,
        }))
    }
}

fn day(reader: &mut Reader<'_>) -> Result<BankDay, Unreadable> {
    Ok(BankDay(i32::try_from(reader.i64()?).map_err(|_| Unreadable)?))
}

fn hold(reader: &mut Reader<'_>) -> Result<HoldTerms, Unreadable> {
    let reason = HoldReason::from_number(reader.u8()?).ok_or(Unreadable)?;
    Ok(HoldTerms { reason, until: Timestamp(reader.i64()?) })
}

fn correction(reader: &mut Reader<'_>) -> Result<Correction, Unreadable> {
    Ok(Correction {
        order: reader.i64()?,
        command: CommandId(u128::from_be_bytes(reader.array()?)),
        by: reader.text()?.to_owned(),
        reason: reader.text()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> PaymentDocument {
        PaymentDocument {
            kind: PaymentKind::CardPayment,
            channel: Channel::CardTerminal,
            factor: Factor::None,
            attempt: 1,
            currency: 156,
            memo: String::new(),
            initiator: None,
            body_hash: None,
            correction: None,
            hold: None,
            claim: None,
            settlement: None,
        }
    }

    #[test]
    fn documents_read_back() {
        let correction = Correction {
            order: 99,
            command: CommandId(u128::MAX / 3),
            by: "teller 7".to_owned(),
            reason: "重复入账".to_owned(),
        };
        let full = PaymentDocument {
            kind: PaymentKind::Correction,
            channel: Channel::Counter,
            factor: Factor::Password,
            attempt: 3,
            currency: 840,
            memo: "午饭".to_owned(),
            initiator: Some(PersonId(8_812_345)),
            body_hash: Some([7; 16]),
            correction: Some(correction),
            hold: Some(HoldTerms { reason: HoldReason::Invitation, until: Timestamp(1_795_238_768_000) }),
            claim: Some(CommandId(u128::MAX / 5)),
            settlement: Some(BankDay(20_778)),
        };
        for document in [card(), full] {
            let bytes = document.encode();
            assert_eq!(PaymentDocument::decode(&bytes), Ok(Some(document)));
            assert_eq!(PaymentDocument::decode(&bytes[..bytes.len() - 1]), Err(Unreadable));
        }
        assert_eq!(card().encode().len(), 9);
    }

    #[test]
    fn other_rooms_documents_are_left_alone_and_newer_ones_are_not_guessed() {
        assert_eq!(PaymentDocument::decode(&[]), Ok(None));
        assert_eq!(PaymentDocument::decode(&[1, 1, 2, 0, 0]), Ok(None));
        let mut newer = card().encode();
        newer[0] = 2;
        assert_eq!(PaymentDocument::decode(&newer), Err(Unreadable));
    }
}
