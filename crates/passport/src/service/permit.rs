//! What staff may do about a person's factors after they have seen who it is.

use crate::model::event::EventKind;
use crate::{Passport, PersonId, store};
use kit::Result;
use notify::Notice;

/// A permit is good for so long, in milliseconds.
pub const PERMIT_MS: i64 = 30 * 60_000;

impl Passport {
    /// Allows a person who stands at the counter, and has shown who they are, to add one strong factor within half an hour.
    /// `by` is the staff number. Refuses with `passport.person_not_found`.
    pub async fn permit_factor(&self, person: PersonId, by: &str) -> Result<()> {
        let person = self.at_counter(person).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("permit/{}", person.id)]).await?;
        store::permit::drop_open(&mut tx, person.id, now).await?;
        let (id, expires) = (self.inner.ids.next(), now.plus_ms(PERMIT_MS));
        store::permit::insert(&mut tx, id, person.id, by, now, expires).await?;
        self.note_event(&mut tx, person.id, EventKind::ByStaff, None, None, "permit").await?;
        notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &Notice::new("factor_permitted")).await?;
        tx.commit().await?;
        Ok(())
    }
}
