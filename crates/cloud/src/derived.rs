//! Ids of the commands that a trade needs beside those that were asked for. Whoever goes on with a trade makes the same
//! ones, so that each step takes effect at most once however often it is sent.

use crate::trade::Transit;
use ledger::CommandId;

/// Sets these ids apart from whatever else is hashed; no secret.
const KEY: &[u8; 32] = b"tongbao cloud 2026 derived steps";

/// Keeps the upper half, where time stands in ids that are made in order: the ledger looks those up fastest.
fn derive(id: CommandId, what: &str) -> CommandId {
    let mut hasher = blake3::Hasher::new_keyed(KEY);
    hasher.update(&id.0.to_le_bytes());
    hasher.update(what.as_bytes());
    let hash = hasher.finalize();
    let lower = hash.as_bytes().first_chunk().map_or(0, |lower| u64::from_le_bytes(*lower));
    CommandId((id.0 >> 64 << 64 | u128::from(lower)).clamp(1, u128::MAX - 1))
}

/// The part of a transfer at the payee.
pub(crate) fn credit(transfer: CommandId) -> CommandId {
    derive(transfer, "credit")
}

/// The post of a hold.
pub(crate) fn post(hold: CommandId) -> CommandId {
    derive(hold, "post")
}

/// The void of what was held in vain.
pub(crate) fn void(hold: CommandId) -> CommandId {
    derive(hold, "void")
}

/// The end of the payee's side of a hold that was given back or ran out at the payer.
pub(crate) fn lapse(hold: CommandId) -> CommandId {
    derive(hold, "lapse")
}

/// A tick in another partition than the first.
pub(crate) fn tick(tick: CommandId, partition: u16) -> CommandId {
    derive(tick, &format!("tick {partition}"))
}

/// Whoever owns the transit accounts of a partition.
pub(crate) fn transit_holder(partition: u16) -> CommandId {
    derive(CommandId(1), &format!("transit holder {partition}"))
}

/// A transit account.
pub(crate) fn transit(transit: &Transit) -> CommandId {
    let Transit { at, towards, class } = transit;
    derive(CommandId(1), &format!("transit {at} {towards} {} {}", class.institution, class.currency))
}

/// A number to spread by, of ids that may be in order.
pub(crate) fn spread(id: CommandId) -> u64 {
    let mixed = (id.0 as u64 ^ (id.0 >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 32
}
