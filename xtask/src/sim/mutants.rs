//! The deliberate breaks.

/// One break of a room's source.
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// What is broken, in words.
    pub(crate) what: &'static str,
    /// The file that is broken, in the workspace.
    pub(crate) path: &'static str,
    /// A text that must stand in it exactly once, and what stands there instead.
    change: (&'static str, &'static str),
}

impl Mutant {
    /// The broken text.
    pub(crate) fn edit(&self, text: &str) -> Result<String, String> {
        let (find, replace) = self.change;
        match text.matches(find).count() {
            1 => Ok(text.replacen(find, replace, 1)),
            count => Err(format!("`{find}` stands {count} times in {}", self.path)),
        }
    }
}

const fn mutant(
    name: &'static str,
    what: &'static str,
    path: &'static str,
    change: (&'static str, &'static str),
) -> Mutant {
    Mutant { name, what, path, change }
}

pub(crate) const MUTANTS: [Mutant; 41] = [
    mutant(
        "no-checksum",
        "a record's checksum is not compared",
        "crates/storage/src/journal/record.rs",
        ("if crc != self.crc {", "if crc == self.crc && crc != self.crc {"),
    ),
    mutant(
        "no-chain",
        "a record need not follow the one before it, nor be the one of the head file",
        "crates/storage/src/journal/cursor.rs",
        ("if header.previous_hash != self.head.hash {", "if header.previous_hash.len() != 32 {"),
    ),
    mutant(
        "no-truncation",
        "what was torn beyond the head stays where it is",
        "crates/ledger/src/recovery.rs",
        (
            "    if waste > 0 {\n        let file = disk.open(&path, OpenMode::Write)?;",
            "    if waste == u64::MAX {\n        let file = disk.open(&path, OpenMode::Write)?;",
        ),
    ),
    mutant(
        "no-head-check",
        "a journal that ends before the head file's position is opened",
        "crates/ledger/src/recovery.rs",
        ("if head.position < slot.head.position {", "if head.position == u64::MAX {"),
    ),
    mutant(
        "no-sync",
        "the journal is not synced",
        "crates/storage/src/journal/segment.rs",
        (
            "        self.file.write_all_at(record, self.offset)?;\n        self.file.sync_data()?;",
            "        self.file.write_all_at(record, self.offset)?;",
        ),
    ),
    mutant(
        "retry-sync",
        "a sync that failed is tried again, and believed",
        "crates/storage/src/journal/segment.rs",
        (
            "        self.file.write_all_at(record, self.offset)?;\n        self.file.sync_data()?;",
            "        self.file.write_all_at(record, self.offset)?;\n        self.file.sync_data().or_else(|_| self.file.sync_data())?;",
        ),
    ),
    mutant(
        "unproven-tail",
        "records after the head are taken over without writing them again",
        "crates/ledger/src/recovery.rs",
        ("        segment::rewrite(disk, dir, location, &record)?;", "        let _ = (location, record);"),
    ),
    mutant(
        "no-dir-sync",
        "a new segment's name is not made durable",
        "crates/storage/src/journal/segment.rs",
        (
            "            disk.rename(&partial, &path)?;\n            disk.sync_dir(dir)",
            "            disk.rename(&partial, &path)",
        ),
    ),
    mutant(
        "early-answer",
        "an answer leaves before its batch is written",
        "crates/ledger/src/machine.rs",
        (
            "                let location = self.journal.append(",
            "                let releases: Vec<Release> = releases.into_iter().filter_map(|release| { release.leave(); None }).collect();\n                let location = self.journal.append(",
        ),
    ),
    mutant(
        "early-read",
        "a read is answered before what it saw is durable",
        "crates/ledger/src/engine.rs",
        ("self.releases.push(Release::Read(tell));", "tell();"),
    ),
    mutant(
        "no-dedupe",
        "ids that became a run are forgotten",
        "crates/ledger/src/index/ids.rs",
        ("        found.extend(self.runs.commands(self.keys, id)?);\n", "        found.truncate(99);\n"),
    ),
    mutant(
        "no-dedupe-in-cut",
        "ids are forgotten while they become a run",
        "crates/ledger/src/index/ids.rs",
        ("self.cuts.push_back((sequence, table.clone()));", "let _ = sequence;"),
    ),
    mutant(
        "lost-run",
        "merged runs are dropped and nothing takes their place",
        "crates/ledger/src/index/mod.rs",
        ("        list.insert(0, run);\n", "        drop(run);\n"),
    ),
    mutant(
        "index-skips",
        "the index leaves out a record now and then",
        "crates/ledger/src/index/mod.rs",
        (
            "        self.index.shared.rows.write_all_at(&self.buffer, batch.first_sequence * ROW as u64)?;",
            "        if batch.position % 16 != 7 {\n            self.index.shared.rows.write_all_at(&self.buffer, batch.first_sequence * ROW as u64)?;\n        }",
        ),
    ),
    mutant(
        "no-floor",
        "the floor of the debited account is not looked at",
        "crates/ledger/src/model/state.rs",
        (
            "if i128::from(amount) > debit.debit_room() {",
            "if i128::from(amount) > debit.debit_room().max(i128::from(i64::MAX)) {",
        ),
    ),
    mutant(
        "pending-credits",
        "a ceiling does not count what is held for the account",
        "crates/ledger/src/model/state.rs",
        (
            "i128::from(self.ceiling) - i128::from(self.balance()) - i128::from(held)",
            "i128::from(self.ceiling) - i128::from(self.balance()) - i128::from(held - held)",
        ),
    ),
    mutant(
        "no-release",
        "a hold that ends gives nothing back to its counters",
        "crates/ledger/src/model/state.rs",
        ("        if unused > 0 {", "        if unused < 0 {"),
    ),
    mutant(
        "no-undo",
        "a chain that broke keeps what it had done",
        "crates/ledger/src/model/state.rs",
        ("            for step in undo.into_iter().rev() {", "            for step in undo.into_iter().take(0) {"),
    ),
    mutant(
        "no-epoch",
        "a security epoch that was raised is not looked at",
        "crates/ledger/src/model/state.rs",
        ("            if epoch != Some(&check.epoch) {", "            if epoch.is_none() {"),
    ),
    mutant(
        "utc-window",
        "limits turn at UTC's midnight in place of the bank's",
        "crates/ledger/src/engine.rs",
        (
            "(options.bank_day)(state.institution(command), command.time_ms)",
            "(options.bank_day)(state.institution(command), command.time_ms - 28_800_000)",
        ),
    ),
    mutant(
        "no-conflict",
        "the same id with another body is answered as if it were the same",
        "crates/ledger/src/engine.rs",
        (
            "    (stored.document != repeat.document).then_some(\"document\")",
            "    (stored.document.len() > repeat.document.len() + 99_999).then_some(\"document\")",
        ),
    ),
    mutant(
        "snapshot-moves",
        "a snapshot has accounts as they became while it was taken",
        "crates/ledger/src/model/slab.rs",
        (
            "        if slot >= self.guard && slot < self.frozen.len {",
            "        if slot == usize::MAX && slot < self.frozen.len {",
        ),
    ),
    mutant(
        "snapshot-ahead",
        "a snapshot is used that is ahead of journal and index",
        "crates/ledger/src/recovery.rs",
        (
            "newest_snapshot(folders, durable, &indexed)?",
            "newest_snapshot(folders, durable, &Head { position: u64::MAX, ..indexed })?",
        ),
    ),
    mutant(
        "broken-history",
        "a credit does not become part of the account's history",
        "crates/ledger/src/model/state.rs",
        (
            "            *credit_link = std::mem::replace(&mut account.last, sequence);",
            "            *credit_link = account.last;",
        ),
    ),
    mutant(
        "chunk-skips",
        "a projection that stands in the middle of a chunk leaves out a record",
        "crates/accounts/src/projection/chunk.rs",
        (
            "number_in(entry.position).1 < progress.position);",
            "number_in(entry.position).1 < progress.position + u64::from(progress.position > from));",
        ),
    ),
    mutant(
        "chunk-twice",
        "a projection that stands in the middle of a chunk gets what it has seen once more",
        "crates/accounts/src/projection/chunk.rs",
        ("&chunk.entries[fresh..]", "&chunk.entries[fresh * usize::from(progress.position == from)..]"),
    ),
    mutant(
        "position-apart",
        "positions are committed by themselves, before the rows",
        "crates/accounts/src/projection/chunk.rs",
        (
            "        let project = projection.project(",
            "        let done = Progress { name: progress.name.clone(), position: chunk.head.position, hash: chunk.head.hash };\n        drop(tx);\n        tx = db.begin_write(&[store::LOCK]).await?;\n        store::put(&mut tx, &done).await?;\n        tx.commit().await?;\n        tx = db.begin_write(&[store::LOCK]).await?;\n        let project = projection.project(",
        ),
    ),
    mutant(
        "voucher-forgets",
        "a voucher that goes on in a later chunk keeps that chunk's sum alone",
        "crates/accounts/src/store/voucher.rs",
        (
            "code, ledger_partition) DO UPDATE SET \\\n        amount_minor = voucher.amount_minor + excluded.amount_minor",
            "code, ledger_partition) DO UPDATE SET \\\n        amount_minor = excluded.amount_minor",
        ),
    ),
    mutant(
        "hold-forgotten",
        "after a restart a posted hold goes under no code of its own",
        "crates/accounts/src/projection/facts.rs",
        (
            "None => self.ledger.entry(*hold).await?.and_then(|made| of_transfer(&made.command.action)),",
            "None => self.ledger.entry(*hold).await?.and_then(|made| of_transfer(&made.command.action)).map(|made| Purpose { code: 0, ..made }),",
        ),
    ),
    mutant(
        "wrong-side",
        "the books put a credit on the debited account's kind",
        "crates/accounts/src/projection/book.rs",
        ("(Side::Credit, posted.credit)] {", "(Side::Credit, posted.debit)] {"),
    ),
    mutant(
        "vain-stays-held",
        "what is held of a trade stays held when another partition refuses its part",
        "crates/cloud/src/trade.rs",
        (
            "                    self.refused = Some((*place, reason, answer.clone()));\n                    self.finish = self.undo();",
            "                    self.refused = Some((*place, reason, answer.clone()));",
        ),
    ),
    mutant(
        "credit-by-chance",
        "the payee's part has another id each time it is sent",
        "crates/cloud/src/derived.rs",
        (
            "    derive(transfer, \"credit\")",
            "    static SENT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);\n    derive(transfer, &format!(\"credit {}\", SENT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))",
        ),
    ),
    mutant(
        "payee-gets-all",
        "a hold that is posted in part is posted wholly at the payee",
        "crates/cloud/src/trade.rs",
        ("Some(post(hold, time_ms, Some(posted.amount)))", "Some(post(hold, time_ms, None))"),
    ),
    mutant(
        "nothing-first",
        "the payer's part takes effect at once, before the payee's is known",
        "crates/cloud/src/trade.rs",
        (
            "(Mode::Immediate, _) if place == last => Mode::Immediate,",
            "(Mode::Immediate, _) if place <= last => Mode::Immediate,",
        ),
    ),
    mutant(
        "payee-forgotten",
        "a sweep does not end the payee's side of a hold that the payer's side left",
        "crates/cloud/src/driver.rs",
        ("                self.follow(command).await?;\n", ""),
    ),
    mutant(
        "ends-under-way",
        "a hold of a trade that is still under way can be ended",
        "crates/cloud/src/driver.rs",
        ("                if is_asked {\n", "                if is_asked && partition == u16::MAX {\n"),
    ),
    mutant(
        "shown-twice",
        "the journals show a payment when it is held, and again when it is posted",
        "crates/cloud/src/show.rs",
        ("Outcome::Done(Effect::Held { .. }) if told.is_step => return None,", ""),
    ),
    mutant(
        "shown-as-moved",
        "the journals show a payment between the accounts that it moved, not those that were asked for",
        "crates/cloud/src/show.rs",
        (
            "    entry.command = told.shown(is_payees.then_some(entry.command.id));\n",
            "    entry.command.document = told.asked.document;\n",
        ),
    ),
    mutant(
        "told-elsewhere",
        "of a refused trade the answer names a record of the partition that refused, where nothing is shown",
        "crates/cloud/src/trade.rs",
        (
            "self.debits.get(place).and_then(Option::as_ref).unwrap_or(answer);",
            "Some(answer).filter(|_| place < usize::MAX).unwrap_or(answer);",
        ),
    ),
    mutant(
        "steps-for-all",
        "a client can end the holds that are steps of a trade",
        "crates/cloud/src/trade.rs",
        ("known.hold(*hold).filter(|hold| hold.is_asked);", "known.hold(*hold);"),
    ),
    mutant(
        "payee-uncapped",
        "the payee's caps are not charged across partitions",
        "crates/cloud/src/trade.rs",
        (
            "limits: transfer.limits.iter().filter(nearby(at)).copied().collect(),",
            "limits: transfer.limits.iter().filter(nearby(at)).filter(|limit| limit.side == Side::Debit).copied().collect(),",
        ),
    ),
];
