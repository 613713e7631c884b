//! What a partition's journal says to those who make tables of it: each command that was asked for once, in the payer's
//! partition, with its own id and document and what became of it in the end; and what the payee gets, in the payee's. A hold that was
//! asked for is shown when the payer's money is held; where the payee's partition refuses it, it is shown again, as refused.

use crate::derived;
use crate::note::{Leg, Note};
use kit::Fault;
use ledger::{Action, Command, CommandId, Effect, Entry, Ledger, Mode, Outcome, Transfer, number_in};
use std::collections::HashMap;

/// Holds that are remembered until they end; beyond that they are looked up.
const REMEMBER: usize = 100_000;

/// What a note says of its own command.
struct Told {
    /// As it was asked for; of what the payee gets without a document.
    asked: Command,
    transfer: Transfer,
    is_step: bool,
}

/// Shows an entry, with its partition in its numbers, as it was asked for; none if it is a step that concerns nobody. Its
/// transfer names the accounts that were asked for; what moved, or is held, says the outcome: a transit account there where
/// one of them lives elsewhere. What the payee gets has the id of its own step and no document. `made` is the transfer that made
/// the hold which a post or void ends.
pub fn show(entry: Entry, made: Option<&Entry>) -> Option<Entry> {
    let partition = number_in(entry.sequence).0;
    match &entry.command.action {
        Action::Transfer(_) => match told(&entry.command) {
            Some(told) => transfer(entry, told, partition),
            None => Some(entry),
        },
        Action::Post { hold, .. } | Action::Void { hold } => {
            let hold = *hold;
            match made.and_then(|made| told(&made.command)) {
                Some(told) => end(entry, hold, told, partition),
                None => Some(entry),
            }
        }
        _ => Some(entry),
    }
}

fn told(command: &Command) -> Option<Told> {
    let Action::Transfer(here) = &command.action else { return None };
    let asked = match Note::decode(&command.document)? {
        Note::Trade { place, commands } => commands.into_iter().nth(place)?,
        Note::Leg(Leg { command, .. }) => command,
        Note::Undo(_) => return None,
    };
    let Action::Transfer(transfer) = &asked.action else { return None };
    let transfer = transfer.clone();
    let is_step = transfer.mode == Mode::Immediate && here.mode != Mode::Immediate;
    Some(Told { asked, transfer, is_step })
}

impl Told {
    fn is_payees_alone(&self, partition: u16) -> bool {
        self.transfer.debit.partition() != partition
    }

    /// The command as it is shown at the payee, or at the payer.
    fn shown(self, payees: Option<CommandId>) -> Command {
        match payees {
            Some(id) => Command { id, document: Vec::new(), ..self.asked },
            None => self.asked,
        }
    }
}

fn transfer(mut entry: Entry, told: Told, partition: u16) -> Option<Entry> {
    let is_payees = told.is_payees_alone(partition);
    match &entry.outcome {
        Outcome::Done(Effect::Posted(_)) if is_payees => {}
        _ if is_payees => return None,
        Outcome::Done(Effect::Held { .. }) if told.is_step => return None,
        _ => {}
    }
    entry.command = told.shown(is_payees.then_some(entry.command.id));
    Some(entry)
}

fn end(mut entry: Entry, hold: CommandId, told: Told, partition: u16) -> Option<Entry> {
    let is_payees = told.is_payees_alone(partition);
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
        entry.command = told.shown(None);
    } else if id == derived::post(hold) {
        let Outcome::Done(Effect::Posted(_)) = entry.outcome else { return None };
        let mut command = told.shown(is_payees.then_some(id));
        if let Action::Transfer(transfer) = &mut command.action {
            transfer.mode = Mode::Immediate;
        }
        entry.command = command;
    }
    Some(entry)
}

/// An entry with its command as it was asked for.
pub(crate) fn as_asked(mut entry: Entry) -> Entry {
    if let Some(told) = told(&entry.command) {
        entry.command = told.asked;
    }
    entry
}

/// Shows the entries of one partition's journal, in its order.
pub struct Show {
    ledger: Ledger,
    /// Holds that have not ended, as far as was read; none for what no trade made.
    made: HashMap<CommandId, Option<Entry>>,
}

impl Show {
    /// Who has read nothing yet.
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger, made: HashMap::new() }
    }

    /// These entries as they were asked for, without the steps that concern nobody.
    pub async fn all(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, Fault> {
        let mut shown = Vec::with_capacity(entries.len());
        for entry in entries {
            let made = match &entry.command.action {
                Action::Transfer(_) => {
                    self.remember(&entry);
                    None
                }
                Action::Post { hold, .. } | Action::Void { hold } => match self.made.remove(hold) {
                    Some(made) => made,
                    None => self.ledger.entry(*hold).await?,
                },
                _ => None,
            };
            shown.extend(show(entry, made.as_ref()));
        }
        Ok(shown)
    }

    fn remember(&mut self, entry: &Entry) {
        if matches!(entry.outcome, Outcome::Done(Effect::Held { .. })) {
            if self.made.len() >= REMEMBER {
                self.made.clear();
            }
            let is_trades = Note::decode(&entry.command.document).is_some();
            self.made.insert(entry.command.id, is_trades.then(|| entry.clone()));
        }
    }
}
