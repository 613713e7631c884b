//! What rides along in the documents of a trade's commands, so that whoever finds one of them can find all of them.

use ledger::{Command, CommandId, Reason};

/// The first bytes of every note: no room's document begins so.
const MARK: [u8; 2] = [1, 0xc1];
const TRADE: u8 = 1;
const LEG: u8 = 2;
const UNDO: u8 = 3;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// On the first command of the first stage: all that was asked, and which of it this command is part of.
    Trade { place: usize, commands: Vec<Command> },
    /// On every other transfer.
    Leg(Leg),
    /// On the void of what was held in vain: why the command it was for is refused.
    Undo(Reason),
}

/// One transfer as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leg {
    /// The partition of the trade's first stage.
    pub(crate) home: u16,
    /// The first command there.
    pub(crate) trade: CommandId,
    /// Which of the commands that were asked for.
    pub(crate) place: usize,
    /// That command; for the payee's side without document, limits and epoch.
    pub(crate) command: Command,
}

impl Note {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MARK.to_vec();
        match self {
            Self::Trade { place, commands } => {
                out.extend([TRADE, *place as u8]);
                ledger::put_commands(&mut out, commands);
            }
            Self::Leg(leg) => {
                out.extend([LEG, leg.place as u8]);
                out.extend(leg.home.to_le_bytes());
                out.extend(leg.trade.0.to_le_bytes());
                ledger::put_commands(&mut out, std::slice::from_ref(&leg.command));
            }
            Self::Undo(reason) => {
                out.push(UNDO);
                ledger::put_refusal(&mut out, reason);
            }
        }
        out
    }

    /// The note, if the document is one.
    pub(crate) fn decode(document: &[u8]) -> Option<Self> {
        let (kind, rest) = document.strip_prefix(&MARK)?.split_first()?;
        if *kind == UNDO {
            return ledger::take_refusal(rest).map(Self::Undo);
        }
        let (place, rest) = rest.split_first()?;
        let place = usize::from(*place);
        match *kind {
            TRADE => {
                let (commands, rest) = ledger::take_commands(rest)?;
                (rest.is_empty() && place < commands.len()).then_some(Self::Trade { place, commands })
            }
            LEG => {
                let (home, rest) = rest.split_first_chunk()?;
                let (trade, rest) = rest.split_first_chunk()?;
                let (mut commands, rest) = ledger::take_commands(rest)?;
                let command = commands.pop().filter(|_| commands.is_empty() && rest.is_empty())?;
                let (home, trade) = (u16::from_le_bytes(*home), CommandId(u128::from_le_bytes(*trade)));
                Some(Self::Leg(Leg { home, trade, place, command }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Action;

    #[test]
    fn notes_come_back_and_other_documents_are_none() {
        let command = Command { id: CommandId(9), time_ms: -4, action: Action::Tick, document: vec![1, 2, 3] };
        let leg = Leg { home: 3, trade: CommandId(u128::MAX - 7), place: 63, command: command.clone() };
        let undo = Note::Undo(Reason::InsufficientFunds { available: 9 });
        for note in [Note::Trade { place: 1, commands: vec![command.clone(), command] }, Note::Leg(leg), undo] {
            let bytes = note.encode();
            assert_eq!(Note::decode(&bytes), Some(note));
            for cut in 0..bytes.len().min(39) {
                assert_eq!(Note::decode(&bytes[..cut]), None, "{cut}");
            }
        }
        assert_eq!(Note::decode(&[1, 1, 2]), None);
        assert_eq!(Note::decode(&[]), None);
    }
}
