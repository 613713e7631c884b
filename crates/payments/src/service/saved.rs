//! Whom a customer has paid before; how often a person may look for others; and telling people what happened.

use crate::Payments;
use crate::model::draft::{Payee, PayeeBy};
use crate::model::request::REQUEST;
use crate::service::payee::FoundPayee;
use crate::service::schedule::currency;
use crate::store;
use crate::store::payee::News;
use accounts::{AccountNumber, AccountRef};
use kit::{Refusal, Result, Timestamp};
use notify::Notice;
use passport::{Acting, CustomerId, PersonId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

kit::typed_id!(
    /// A saved payee.
    SavedPayeeId
);

/// Different payees that a person may look for in an hour. Enough for anybody who pays; too few to find out by trying who
/// has an account here.
pub const LOOK_UPS_AN_HOUR: i64 = 30;
const HOUR_MS: i64 = 3_600_000;
/// Attempts that one run reads at most.
const NEWS_AT_ONCE: i64 = 20_000;
/// What a form says instead of a number to name a saved payee.
const SAVED: &str = "saved:";

/// Somebody whom the customer has paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPayee {
    /// Which one.
    pub id: SavedPayeeId,
    /// As the payer may see them.
    pub payee: Payee,
    /// What names them in a transfer: `saved:` and the id.
    pub text: String,
    /// When they were last paid.
    pub last_paid: Timestamp,
}

impl Payments {
    /// Whom the customer has paid, the latest first; they come by themselves within seconds of the first payment.
    pub async fn saved_payees(&self, who: &Acting) -> Result<Vec<SavedPayee>> {
        let stored = store::payee::of_customer(&self.inner.db, who.customer).await?;
        let mut saved = Vec::with_capacity(stored.len());
        for one in stored {
            let account = self.account(one.account).await?;
            let found = by_number(account);
            let payee = self.shown_payee(&account, found.by, found.shown).await?;
            let (id, text) = (SavedPayeeId(one.id), format!("{SAVED}{}", one.id));
            saved.push(SavedPayee { id, payee, text, last_paid: one.last_paid });
        }
        Ok(saved)
    }

    /// Takes one off the list; the next payment puts it there again. Refuses with `payments.saved_payee_not_found`.
    pub async fn remove_saved_payee(&self, who: &Acting, id: SavedPayeeId) -> Result<()> {
        match store::payee::remove(&self.inner.db, who.customer, id.0).await? {
            true => Ok(()),
            false => Err(Refusal::new("payments.saved_payee_not_found", 404).into()),
        }
    }

    /// Finds the payee that this person names: a saved one, that of a link, or another, which counts as a look.
    pub(crate) async fn payee_named(&self, who: &Acting, text: &str, currency: u16) -> Result<FoundPayee> {
        if let Some(token) = text.strip_prefix(REQUEST) {
            let request = self.open_request(token).await?;
            return Ok(by_number(self.account(request.account).await?));
        }
        let Some(id) = text.strip_prefix(SAVED) else {
            self.count_look(who.person, text).await?;
            return self.find_payee(text, currency).await;
        };
        let not_found = || Refusal::new("payments.payee_not_found", 422).with("field", "payee");
        let id = id.parse().map_err(|_| not_found())?;
        let account = store::payee::by_id(&self.inner.db, who.customer, id).await?.ok_or_else(not_found)?;
        Ok(by_number(self.account(account).await?))
    }

    /// Counts the different payees that a person looks for. Refuses with `payments.look_ups_too_many`.
    async fn count_look(&self, person: PersonId, text: &str) -> Result<()> {
        let typed: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let subject = *blake3::hash(typed.as_bytes()).as_bytes();
        let now = self.inner.clock.now();
        let since = now.plus_ms(-HOUR_MS);
        let looked = Looked::key(person, &subject);
        if self.inner.looked.is_after(looked, since) {
            return Ok(());
        }
        if let Some(at) = store::payee::looked_before(&self.inner.db, person, &subject[..16], since).await? {
            self.inner.looked.note(looked, at);
            return Ok(());
        }
        let mut tx = self.inner.db.begin_write(&[store::payee::look_lock(person).as_str()]).await?;
        let (looks, oldest) = store::payee::looks(&mut tx, person, since).await?;
        if looks >= LOOK_UPS_AN_HOUR {
            let wait_ms = oldest.map_or(HOUR_MS, |oldest| oldest.plus_ms(HOUR_MS).as_ms() - now.as_ms());
            let wait_s = (wait_ms + 999) / 1_000;
            return Err(Refusal::new("payments.look_ups_too_many", 429).with("retry_after_s", wait_s.max(1)).into());
        }
        store::payee::look(&mut tx, person, &subject[..16], now).await?;
        tx.commit().await?;
        self.inner.looked.note(looked, now);
        Ok(())
    }

    /// Forgets looks that no longer count.
    pub(crate) async fn sweep_looks(&self) -> Result<(), kit::Fault> {
        store::payee::sweep_looks(&self.inner.db, self.inner.clock.now().plus_ms(-HOUR_MS)).await
    }

    /// Tells payers and payees what was decided since the last time, and keeps whom was paid; gives how many transfers it
    /// saw.
    pub(crate) async fn tell_news(&self, now: Timestamp) -> Result<u64> {
        let mut told = 0;
        for partition in self.inner.ledger.partitions() {
            told += self.tell_news_of(partition.partition(), now).await?;
        }
        Ok(told)
    }

    /// The same of the attempts in one partition of the ledger.
    async fn tell_news_of(&self, partition: u16, now: Timestamp) -> Result<u64> {
        let Some(last) = store::payee::last_attempt(&self.inner.db, partition).await? else { return Ok(0) };
        let mut look = self.inner.db.begin_read().await?;
        let after = store::payee::told(&mut look, partition).await?;
        drop(look);
        if after >= last {
            return Ok(0);
        }
        let until = last.min(after.saturating_add(NEWS_AT_ONCE));
        let until = store::payee::tellable(&self.inner.db, after, until).await?;
        if until <= after {
            return Ok(0);
        }
        // Accounts and names are looked up before the lock is taken: they may have to wait for tables.
        let news = store::payee::news(&self.inner.db, after, until).await?;
        let people = self.people_paid(&news).await?;
        let mut all = Vec::with_capacity(news.len());
        for one in news {
            all.push(self.with_parties(one, &people).await?);
        }
        let mut tx = self.inner.db.begin_write(&[store::payee::NEWS_LOCK]).await?;
        if store::payee::told(&mut tx, partition).await? != after {
            // Another run told it meanwhile.
            return Ok(0);
        }
        let notices: Vec<_> = all.iter().flat_map(|told| &told.notices).map(|(to, notice)| (*to, notice)).collect();
        notify::tell_all_in(&mut tx, &self.inner.ids, now, &notices).await?;
        // In the order in which they were decided: of one payee the last payment counts.
        let saves: BTreeMap<_, _> =
            all.iter().filter_map(|told| Some(((told.saves?.0.0, told.saves?.1.0), told.decided))).collect();
        store::payee::save_all(&mut tx, &self.inner.ids, &saves).await?;
        store::payee::set_told(&mut tx, partition, until).await?;
        tx.commit().await?;
        Ok(all.len() as u64)
    }

    /// The people whose customers were paid.
    async fn people_paid(&self, news: &[News]) -> Result<HashMap<CustomerId, PersonId>> {
        let mut customers = BTreeSet::new();
        for one in news {
            customers.extend(self.account(one.payee).await?.customer.map(|customer| customer.0));
        }
        let customers: Vec<CustomerId> = customers.into_iter().map(CustomerId).collect();
        Ok(self.inner.passport.people_of(&customers).await?)
    }

    async fn with_parties(&self, news: News, people: &HashMap<CustomerId, PersonId>) -> Result<Told> {
        let (payer, payee) = (self.account(news.payer).await?, self.account(news.payee).await?);
        let names = self.names(&[payer, payee]).await?;
        let name_of = |account: &AccountRef| crate::service::payee::party(account, &names).name;
        let paid = matches!(news.effect.as_deref(), None | Some("posted" | "claimed"));
        let of = |kind, other: String| {
            Notice::new(kind)
                .with("amount_minor", news.amount_minor)
                .with("other", other)
                .link(format!("/payments/{}", news.order))
                .key(format!("order/{}/{kind}", news.order))
        };
        let code = currency(news.currency)?.code();
        let mut notices = Vec::new();
        let to_others = payer.customer != payee.customer;
        if let (true, true, Some(customer)) = (paid, to_others, payee.customer)
            && let Some(person) = people.get(&customer)
        {
            notices.push((person.0, of("payment_received", name_of(&payer)).with("currency", code)));
        }
        let to_payer = match news.effect.as_deref() {
            Some("posted") => Some("transfer_posted"),
            Some("claimed") => Some("invitation_claimed"),
            // What nobody came for is told by the invitation itself.
            Some("returned") => Some("transfer_returned"),
            _ => None,
        };
        if let (Some(kind), Some(person)) = (to_payer, news.initiator) {
            let notice = of(kind, name_of(&payee)).with("currency", code);
            notices.push((person, if kind == "transfer_returned" { notice.with("why", "frozen") } else { notice }));
        }
        let saves = payer.customer.filter(|_| paid && to_others && payee.customer.is_some());
        let saves = saves.map(|customer| (customer, payee.id));
        Ok(Told { notices, saves, decided: news.decided })
    }
}

/// Looks that are in the tables, and when each was. It only spares reading them: a look that is not here is read, and one that
/// is older than an hour counts as none.
#[derive(Default)]
pub(crate) struct Looked(Mutex<HashMap<LookKey, Timestamp>>);

/// Who looked for whom, as it is stored.
type LookKey = (PersonId, [u8; 16]);

/// Looks remembered; beyond that all are forgotten and read again.
const REMEMBER: usize = 200_000;

impl Looked {
    fn key(person: PersonId, subject: &[u8; 32]) -> LookKey {
        let mut short = [0; 16];
        short.copy_from_slice(&subject[..16]);
        (person, short)
    }

    fn is_after(&self, key: LookKey, since: Timestamp) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).is_some_and(|at| *at > since)
    }

    fn note(&self, key: LookKey, at: Timestamp) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= REMEMBER {
            looks.clear();
        }
        looks.insert(key, at);
    }
}

/// What is to be written because of one transfer.
struct Told {
    notices: Vec<(i64, Notice)>,
    saves: Option<(CustomerId, ledger::AccountId)>,
    decided: Timestamp,
}

pub(crate) fn by_number(account: AccountRef) -> FoundPayee {
    let shown = account.number().map_or_else(String::new, |number: AccountNumber| number.masked());
    FoundPayee { account, by: PayeeBy::Number, shown }
}
