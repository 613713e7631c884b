//! What a partition's journal says to those who make tables of it: each command that was asked for once, in the payer's
//! partition, with its own id and document and what became of it in the end; and what the payee gets, in the payee's. A hold that was
//! asked for is shown when the payer's money is held; where the payee's partition refuses it, it is shown again, as refused.

use crate::derived;
use crate::note::Note;
use ledger::{AccountId, Action, Command, CommandId, Effect, Entry, Mode, Outcome, Posted, Transfer, number_in};

/// An entry as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// With the id and document that were asked for; of what the payee gets, the id of its own step and no document. Accounts
    /// are those that moved here: a transit account in place of one that lives elsewhere.
    pub entry: Entry,
    /// Debited and credited account as they were asked for, where one of them lives elsewhere.
    pub parties: Option<(AccountId, AccountId)>,
}

/// What a note says of its own command.
struct Told {
    debit: AccountId,
    credit: AccountId,
    document: Vec<u8>,
    is_step: bool,
}

/// Shows an entry with its partition in its numbers; none if it is a step that concerns nobody. `made` is the transfer that
/// made the hold which a post or void ends.
pub fn show(entry: Entry, made: Option<&Entry>) -> Option<Shown> {
    let partition = number_in(entry.sequence).0;
    match &entry.command.action {
        Action::Transfer(_) => match told(&entry.command) {
            Some(told) => transfer(entry, told, partition),
            None => Some(Shown { entry, parties: None }),
        },
        Action::Post { hold, .. } | Action::Void { hold } => {
            let hold = *hold;
            match made.and_then(|made| Some((made, told(&made.command)?))) {
                Some((made, told)) => end(entry, hold, made, told, partition),
                None => Some(Shown { entry, parties: None }),
            }
        }
        _ => Some(Shown { entry, parties: None }),
    }
}

fn told(command: &Command) -> Option<Told> {
    let Action::Transfer(here) = &command.action else { return None };
    match Note::decode(&command.document)? {
        Note::Trade { place, commands } => {
            let asked = commands.into_iter().nth(place)?;
            let Action::Transfer(transfer) = asked.action else { return None };
            let is_step = transfer.mode == Mode::Immediate && here.mode != Mode::Immediate;
            Some(Told { debit: transfer.debit, credit: transfer.credit, document: asked.document, is_step })
        }
        Note::Leg(leg) => {
            Some(Told { debit: leg.debit, credit: leg.credit, document: leg.document, is_step: leg.is_step })
        }
        Note::Undo(_) => None,
    }
}

impl Told {
    fn is_payees_alone(&self, partition: u16) -> bool {
        self.debit.partition() != partition
    }

    fn parties(&self) -> Option<(AccountId, AccountId)> {
        (self.debit.partition() != self.credit.partition()).then_some((self.debit, self.credit))
    }
}

fn transfer(mut entry: Entry, told: Told, partition: u16) -> Option<Shown> {
    let (parties, is_payees) = (told.parties(), told.is_payees_alone(partition));
    match &entry.outcome {
        Outcome::Done(Effect::Posted(_)) if is_payees => entry.command.document = Vec::new(),
        _ if is_payees => return None,
        Outcome::Done(Effect::Held { .. }) if told.is_step => return None,
        _ => entry.command.document = told.document,
    }
    Some(Shown { entry, parties })
}

fn end(mut entry: Entry, hold: CommandId, made: &Entry, told: Told, partition: u16) -> Option<Shown> {
    let (parties, is_payees) = (told.parties(), told.is_payees_alone(partition));
    let id = entry.command.id;
    if id == derived::lapse(hold) {
        return None;
    }
    if id == derived::void(hold) {
        // What was held in vain: the command that it was for is refused.
        let Some(Note::Undo(reason)) = Note::decode(&entry.command.document) else { return None };
        if is_payees {
            return None;
        }
        entry.outcome = Outcome::Refused(reason);
        entry.command = as_asked(made, made.command.id, None, told.document);
    } else if id == derived::post(hold) {
        let Outcome::Done(Effect::Posted(Posted { amount, .. })) = entry.outcome else { return None };
        entry.command = if is_payees {
            as_asked(made, id, Some(amount), Vec::new())
        } else {
            as_asked(made, made.command.id, None, told.document)
        };
    }
    Some(Shown { entry, parties })
}

/// The transfer that a step was made of: at once.
fn as_asked(made: &Entry, id: CommandId, amount: Option<i64>, document: Vec<u8>) -> Command {
    let action = match &made.command.action {
        Action::Transfer(transfer) => Action::Transfer(Transfer {
            mode: Mode::Immediate,
            amount: amount.unwrap_or(transfer.amount),
            ..transfer.clone()
        }),
        other => other.clone(),
    };
    Command { id, time_ms: made.command.time_ms, action, document }
}
