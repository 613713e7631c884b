//! Snapshots: the state at one journal position, so that a restart costs what changed since.
//!
//! A file `<position>.snap` holds magic, format version, position, sequence and hash of the journal head, then the
//! state, then the BLAKE3 hash of all that. The last part of the state's encoding is also what
//! [`state_hash`] hashes, so two machines can compare their states in one line.

use crate::journal::Head;
use crate::journal::segment::sync_dir;
use crate::model::codec::{Put, Take, Undecodable, put_window, take_window};
use crate::model::counter::Counter;
use crate::model::hold::{Hold, Holds};
use crate::model::slab::Slab;
use crate::model::state::{Account, State};
use kit::BankDay;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const MAGIC: u64 = u64::from_le_bytes(*b"TBSNAP\0\x01");
const VERSION: u32 = 1;
/// How many are kept.
const KEEP: usize = 2;

/// Writes and hashes at once; keeps the first error.
struct Hashing<W> {
    out: W,
    hasher: blake3::Hasher,
    error: Option<io::Error>,
}

impl<W: Write> Put for Hashing<W> {
    fn put(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if self.error.is_none() {
            self.error = self.out.write_all(bytes).err();
        }
    }
}

/// A hash of everything the state machine knows.
pub(crate) fn state_hash(state: &State) -> blake3::Hash {
    let mut hashing = Hashing { out: io::sink(), hasher: blake3::Hasher::new(), error: None };
    put_state(&mut hashing, state);
    hashing.hasher.finalize()
}

fn put_state(out: &mut impl Put, state: &State) {
    out.put_i64(state.time_ms);
    out.put_u64(state.sequence);
    out.put_u64(state.holders.len() as u64);
    for epoch in state.holders.iter() {
        out.put_u32(*epoch);
    }
    out.put_u64(state.accounts.len() as u64);
    for account in state.accounts.iter() {
        put_account(out, account);
    }
    out.put_u64(state.counters.len() as u64);
    for counter in state.counters.iter() {
        put_counter(out, counter);
    }
    let holds = state.holds.slots();
    out.put_u64(holds.len() as u64);
    for hold in holds.iter() {
        put_hold(out, hold);
    }
}

fn take_state(take: &mut Take<'_>) -> Result<State, Undecodable> {
    let mut state = State::new();
    state.time_ms = take.i64()?;
    state.sequence = take.u64()?;
    for _ in 0..take.u64()? {
        state.holders.push(take.u32()?);
    }
    for _ in 0..take.u64()? {
        state.accounts.push(take_account(take)?);
    }
    for _ in 0..take.u64()? {
        state.counters.push(take_counter(take)?);
    }
    let mut holds = Slab::new();
    for _ in 0..take.u64()? {
        holds.push(take_hold(take)?);
    }
    state.holds = Holds::from_slots(holds);
    Ok(state)
}

fn put_account(out: &mut impl Put, account: &Account) {
    let Account { debits_pending, debits_posted, credits_pending, credits_posted, floor, ceiling, .. } = *account;
    for amount in [debits_pending, debits_posted, credits_pending, credits_posted, floor, ceiling] {
        out.put_i64(amount);
    }
    out.put_u32(account.holder);
    out.put_u32(account.kind);
    out.put_u32(account.flags);
    out.put_u16(account.institution);
    out.put_u16(account.currency);
}

fn take_account(take: &mut Take<'_>) -> Result<Account, Undecodable> {
    Ok(Account {
        debits_pending: take.i64()?,
        debits_posted: take.i64()?,
        credits_pending: take.i64()?,
        credits_posted: take.i64()?,
        floor: take.i64()?,
        ceiling: take.i64()?,
        holder: take.u32()?,
        kind: take.u32()?,
        flags: take.u32()?,
        institution: take.u16()?,
        currency: take.u16()?,
    })
}

fn put_counter(out: &mut impl Put, counter: &Counter) {
    out.put_u16(counter.institution);
    put_window(out, counter.window);
    out.put_i64(counter.cap_amount);
    out.put_u32(counter.cap_count);
    out.put_i32(counter.newest);
    for place in 0..2 {
        out.put_i64(counter.amounts[place]);
        out.put_u32(counter.counts[place]);
    }
}

fn take_counter(take: &mut Take<'_>) -> Result<Counter, Undecodable> {
    let mut counter = Counter {
        institution: take.u16()?,
        window: take_window(take)?,
        cap_amount: take.i64()?,
        cap_count: take.u32()?,
        newest: take.i32()?,
        ..Counter::default()
    };
    for place in 0..2 {
        counter.amounts[place] = take.i64()?;
        counter.counts[place] = take.u32()?;
    }
    Ok(counter)
}

fn put_hold(out: &mut impl Put, hold: &Hold) {
    out.put_u128(hold.id);
    if hold.id == 0 {
        return;
    }
    out.put_u64(hold.debit);
    out.put_u64(hold.credit);
    out.put_i64(hold.amount);
    out.put_i64(hold.expires_ms);
    out.put_i32(hold.day.0);
    out.put_u8(hold.counters.len() as u8);
    for counter in &hold.counters {
        out.put_u64(*counter);
    }
}

fn take_hold(take: &mut Take<'_>) -> Result<Hold, Undecodable> {
    let id = take.u128()?;
    if id == 0 {
        return Ok(Hold::default());
    }
    Ok(Hold {
        id,
        debit: take.u64()?,
        credit: take.u64()?,
        amount: take.i64()?,
        expires_ms: take.i64()?,
        day: BankDay(take.i32()?),
        counters: {
            let count = usize::from(take.u8()?);
            let mut counters = Vec::with_capacity(count);
            for _ in 0..count {
                counters.push(take.u64()?);
            }
            counters.into()
        },
    })
}

/// Writes a snapshot and removes the oldest ones. Only for a head that is durable.
pub(crate) fn write(dir: &Path, head: &Head, state: &State) -> io::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join(format!("{:020}.snap", head.position));
    let partial = path.with_extension("new");
    let file = File::create(&partial)?;
    let mut out = Hashing { out: BufWriter::with_capacity(1 << 20, file), hasher: blake3::Hasher::new(), error: None };
    out.put_u64(MAGIC);
    out.put_u32(VERSION);
    out.put_u64(head.position);
    out.put_u64(head.sequence);
    out.put(&head.hash);
    put_state(&mut out, state);
    let hash = out.hasher.finalize();
    out.put(hash.as_bytes());
    if let Some(error) = out.error {
        return Err(error);
    }
    out.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&partial, &path)?;
    sync_dir(dir)?;
    let mut kept = list(dir)?;
    while kept.len() > KEEP {
        std::fs::remove_file(kept.remove(0))?;
    }
    Ok(path)
}

/// Snapshot files, oldest first.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    match std::fs::read_dir(dir) {
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "snap") {
                    paths.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    paths.sort();
    Ok(paths)
}

/// Reads and checks a snapshot; says what is wrong with it otherwise.
pub(crate) fn read(path: &Path) -> Result<(Head, State), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let (content, hash) = bytes.split_last_chunk::<32>().ok_or("it is too short")?;
    if blake3::hash(content).as_bytes() != hash {
        return Err("its hash does not match".to_owned());
    }
    let mut take = Take::new(content);
    let mut parse = || {
        let magic = take.u64()?;
        let version = take.u32()?;
        if magic != MAGIC || version != VERSION {
            return Err(Undecodable("this program does not know its format"));
        }
        let position = take.u64()?;
        let sequence = take.u64()?;
        let hash = take.bytes(32)?.try_into().unwrap_or([0; 32]);
        let state = take_state(&mut take)?;
        if take.is_empty() {
            Ok((Head { position, sequence, hash }, state))
        } else {
            Err(Undecodable("it is too long"))
        }
    };
    parse().map_err(|error| error.0.to_owned())
}
