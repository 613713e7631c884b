//! What a program asks for under an idempotency key: paid at once where policy lets it, else a draft to be confirmed.

use crate::Payments;
use crate::model::channel::Channel;
use crate::model::draft::{Draft, DraftId};
use crate::model::idempotency::{BodyHash, check_key, command_of};
use crate::model::instruction::draft_command_id;
use crate::model::schedule::{Schedule, ScheduleId};
use crate::service::draft::TransferOptions;
use crate::service::pay::{Paid, TransferRequest, hash_of};
use crate::service::transfer::with_order;
use crate::store;
use kit::{Error, Refusal, Result};
use passport::Acting;

/// After its time a draft may still be on its way through the ledger for so long, in milliseconds; its key waits.
const GRACE_MS: i64 = 60_000;

/// What became of a program's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was paid, or its money waits.
    Paid(Paid),
    /// It waits to be confirmed.
    Draft(Draft),
    /// It was confirmed before, and the bank's clock starts it.
    Scheduled(Schedule),
}

impl Payments {
    /// Takes a request under a key that names it for ever: the same key with the same request gives what became of it.
    /// Where policy asks for no code, a transfer at once is paid at once; else it becomes a draft, to be confirmed with
    /// [`Payments::confirm_with`]. A draft that nobody confirmed in time is written anew by the same request.
    ///
    /// Refuses with `idempotency.key_missing`, `idempotency.key_invalid`, `idempotency.conflict`,
    /// `idempotency.in_progress`, as [`Payments::prepare_as`] does, and for every reason of the ledger.
    pub async fn write(
        &self,
        who: &Acting,
        key: Option<&str>,
        request: TransferRequest,
        options: TransferOptions,
    ) -> Result<Written> {
        self.write_as(who, key, request, options, false).await
    }

    /// As [`Payments::write`], but never paid at once: a draft to be looked at and confirmed, also where policy asks for no
    /// code. A key that was paid at once before gives what was paid.
    pub async fn write_to_confirm(
        &self,
        who: &Acting,
        key: Option<&str>,
        request: TransferRequest,
        options: TransferOptions,
    ) -> Result<Written> {
        self.write_as(who, key, request, options, true).await
    }

    async fn write_as(
        &self,
        who: &Acting,
        key: Option<&str>,
        request: TransferRequest,
        options: TransferOptions,
        is_draft: bool,
    ) -> Result<Written> {
        let command = command_of(who.customer, check_key(key)?);
        let hash = hash_of(&request, &options);
        // SQL and ledger are asked at the same time: most keys are new to both.
        let (known, decided) = tokio::join!(store::key::find(&self.inner.db, command), self.decided(command));
        if known?.is_some() {
            if let Some(written) = self.known_key(who, command, &hash).await? {
                return Ok(written);
            }
        } else if let Some(decided) = decided? {
            return self.paid_before(who, decided, &hash).await.map(Written::Paid);
        } else if !is_draft && options == TransferOptions::default() && !self.needs_code(Channel::from(who.kind)) {
            return self.pay(who, key, request).await.map(Written::Paid);
        }
        let _working = self.inner.in_progress.begin(command)?;
        self.draft_under(who, command, hash, request, options).await
    }

    /// What became of the draft that a key stands for; nothing if it stands for none, or for one that expired. Refuses with
    /// `idempotency.conflict` what is not what the key named before.
    pub(crate) async fn known_key(
        &self,
        who: &Acting,
        command: ledger::CommandId,
        hash: &BodyHash,
    ) -> Result<Option<Written>> {
        let Some(known) = store::key::find(&self.inner.db, command).await? else {
            // A transfer within the bank that was paid at once has no draft.
            return match self.decided(command).await? {
                Some(_) => Err(Refusal::new("idempotency.conflict", 409).into()),
                None => Ok(None),
            };
        };
        if known.body_hash != *hash {
            return Err(Refusal::new("idempotency.conflict", 409).into());
        }
        self.became(who, known.draft).await
    }

    async fn draft_under(
        &self,
        who: &Acting,
        command: ledger::CommandId,
        hash: BodyHash,
        request: TransferRequest,
        options: TransferOptions,
    ) -> Result<Written> {
        let (draft, payer) = self.written(who, request, options).await?;
        let rows = vec![store::draft::insert(&draft), store::key::put(command, draft.id, &hash)];
        self.inner.db.execute_together(rows).await?;
        self.shown_draft(draft, payer).await.map(Written::Draft)
    }

    /// What became of a draft; nothing if it expired.
    async fn became(&self, who: &Acting, id: DraftId) -> Result<Option<Written>> {
        if let Some(decided) = self.decided(draft_command_id(id.0)).await? {
            let order = decided.result.order;
            if let Some(refusal) = decided.result.refusal {
                return Err(with_order(refusal, order).into());
            }
            let receipt = self.receipt(who, order).await?;
            return Ok(Some(Written::Paid(Paid { receipt, replayed: true })));
        }
        match self.schedule(who, ScheduleId(id.0)).await {
            Ok(schedule) => return Ok(Some(Written::Scheduled(schedule))),
            Err(Error::Refusal(_)) => {}
            Err(error) => return Err(error),
        }
        match self.draft(who, id).await {
            Ok(draft) if self.inner.clock.now() < draft.expires.plus_ms(GRACE_MS) => Ok(Some(Written::Draft(draft))),
            Ok(_) | Err(Error::Refusal(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
