//! Sending texts, telling notices, reading them.

use crate::gateway::{SmsGateway, SmsMessage, message_id};
use crate::model::notice::{Notice, NoticeId, StoredNotice};
use crate::model::text::{Language, Text};
use crate::store;
use db::{Db, Tx};
use kit::{Clock, Fault, IdMaker, Random, Refusal, Result, Timestamp};
use std::sync::Arc;

/// Most notices of one answer.
const NOTICES_AT_ONCE: u32 = 100;

/// Messages to people. Clones share everything.
#[derive(Clone)]
pub struct Notify {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMaker>,
    random: Random,
    gateway: Arc<dyn SmsGateway>,
}

impl Notify {
    /// A service over an open, migrated database and a way to phones.
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<IdMaker>, random: Random, gateway: Arc<dyn SmsGateway>) -> Self {
        Self { inner: Arc::new(Inner { db, clock, ids, random, gateway }) }
    }

    /// Sends a text and waits until the gateway has taken it. Refuses with `notify.gateway_unavailable` if it does not.
    pub async fn text(&self, mobile_e164: &str, text: &Text, language: Language) -> Result<()> {
        self.text_as(&message_id(&self.inner.random), mobile_e164, text, language).await
    }

    /// The same under a name of the sender's: a text that is sent again under it, as after a crash, arrives once.
    pub async fn text_as(&self, id: &str, mobile_e164: &str, text: &Text, language: Language) -> Result<()> {
        let message = SmsMessage { id: id.to_owned(), to: mobile_e164.to_owned(), text: text.render(language) };
        match self.inner.gateway.send(&message).await {
            Ok(()) => Ok(()),
            Err(fault) => {
                tracing::warn!(%fault, message = message.id, "a text was not taken");
                Err(Refusal::new("notify.gateway_unavailable", 503).with("retry_after_s", 60).into())
            }
        }
    }

    /// Puts a notice into a person's inbox. Whether it was told now: false if its key was told before.
    pub async fn tell(&self, person: i64, notice: &Notice) -> Result<bool, Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let told = tell_in(&mut tx, &self.inner.ids, self.inner.clock.now(), person, notice).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// A person's notices, newest first, those before `before`; at most 100 at once.
    pub async fn notices(&self, person: i64, before: Option<NoticeId>, limit: u32) -> Result<Vec<StoredNotice>, Fault> {
        let before = before.map_or(i64::MAX, |id| id.0);
        store::notice::list(&self.inner.db, person, before, limit.min(NOTICES_AT_ONCE)).await
    }

    /// How many notices a person has not read.
    pub async fn unread(&self, person: i64) -> Result<i64, Fault> {
        store::notice::unread(&self.inner.db, person).await
    }

    /// Marks one of a person's notices as read; somebody else's is left alone.
    pub async fn mark_read(&self, person: i64, id: NoticeId) -> Result<(), Fault> {
        store::notice::mark_read(&self.inner.db, person, id, self.inner.clock.now()).await
    }

    /// Marks all of a person's notices as read.
    pub async fn mark_all_read(&self, person: i64) -> Result<(), Fault> {
        store::notice::mark_all_read(&self.inner.db, person, self.inner.clock.now()).await
    }
}

/// Puts a notice into a person's inbox in the transaction of its cause, so that neither exists without the other.
/// Whether it was told now.
pub async fn tell_in(tx: &mut Tx, ids: &IdMaker, now: Timestamp, person: i64, notice: &Notice) -> Result<bool, Fault> {
    store::notice::insert(tx, NoticeId(ids.next()), person, notice, now).await
}

/// Puts many notices into inboxes in the transaction of their causes; those whose key was told before are left out.
pub async fn tell_all_in(tx: &mut Tx, ids: &IdMaker, now: Timestamp, notices: &[(i64, &Notice)]) -> Result<(), Fault> {
    let named = notices.iter().map(|(person, notice)| (NoticeId(ids.next()), *person, *notice));
    store::notice::insert_all(tx, named, now).await
}
