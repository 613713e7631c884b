//! Links by which others may pay: made, shown to who has the address, taken back.

use crate::Payments;
use crate::model::memo::check_memo;
use crate::model::request::{
    PaymentRequest, REQUEST, REQUEST_LIVES_MS, REQUESTS_OPEN, RequestForm, RequestId, RequestState, RequestView,
};
use crate::service::draft::amount_invalid;
use crate::service::saved::by_number;
use crate::service::schedule::currency;
use crate::store;
use crate::store::request::StoredRequest;
use kit::{Random, Refusal, Result};
use money::Amount;
use passport::Acting;

impl Payments {
    /// Makes a link. Refuses with `accounts.not_found`, `payments.amount_invalid`, `payments.amount_zero`,
    /// `payments.memo_invalid`, `payments.requests_too_many`.
    pub async fn make_request(&self, who: &Acting, form: RequestForm) -> Result<PaymentRequest> {
        let account = self.inner.accounts.own(who, form.account).await?;
        let currency = currency(account.currency)?;
        let amount = match form.amount.trim() {
            "" => None,
            text => Some(Amount::parse(text, currency).map_err(amount_invalid)?),
        };
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount").into());
        }
        let now = self.inner.clock.now();
        let request = StoredRequest {
            id: RequestId(self.inner.ids.next()),
            token: format!("{:032x}", Random::system().u128()),
            customer: who.customer,
            account: account.id,
            amount_minor: amount.map(|amount| amount.minor),
            memo: check_memo(&form.memo)?,
            expires: now.plus_ms(REQUEST_LIVES_MS),
            cancelled: false,
        };
        let mut tx = self.inner.db.begin_write(&[store::request::lock(who.customer).as_str()]).await?;
        if store::request::open_count(&mut tx, who.customer, now).await? >= REQUESTS_OPEN {
            return Err(Refusal::new("payments.requests_too_many", 429).with("most", REQUESTS_OPEN).into());
        }
        store::request::insert(&mut tx, &request, now).await?;
        tx.commit().await?;
        self.shown_request(request).await
    }

    /// The customer's links, the newest first, those that are over too.
    pub async fn requests(&self, who: &Acting) -> Result<Vec<PaymentRequest>> {
        self.inner.accounts.fresh().await;
        let mut shown = Vec::new();
        for request in store::request::of_customer(&self.inner.db, who.customer).await? {
            shown.push(self.shown_request(request).await?);
        }
        Ok(shown)
    }

    /// Takes a link back; nobody can pay by it any more. Refuses with `payments.request_not_found`.
    pub async fn cancel_request(&self, who: &Acting, id: RequestId) -> Result<()> {
        match store::request::cancel(&self.inner.db, id, who.customer, self.inner.clock.now()).await? {
            true => Ok(()),
            false => Err(not_found().into()),
        }
    }

    /// What anybody sees who has the address of a link. Refuses with `payments.request_not_found`,
    /// `payments.request_over`.
    pub async fn request_by_token(&self, token: &str) -> Result<RequestView> {
        let request = self.open_request(token).await?;
        let account = self.account(request.account).await?;
        let found = by_number(account);
        let currency = currency(account.currency)?;
        Ok(RequestView {
            payee: self.shown_payee(&account, found.by, found.shown).await?,
            amount: request.amount_minor.map(|minor| Amount::new(minor, currency)),
            memo: request.memo,
            expires: request.expires,
            text: format!("{REQUEST}{}", request.token),
        })
    }

    /// A link that can be paid by.
    pub(crate) async fn open_request(&self, token: &str) -> Result<StoredRequest> {
        let request = store::request::by_token(&self.inner.db, token).await?.ok_or_else(not_found)?;
        if request.cancelled || self.inner.clock.now() >= request.expires {
            return Err(Refusal::new("payments.request_over", 410).with("field", "payee").into());
        }
        Ok(request)
    }

    async fn shown_request(&self, request: StoredRequest) -> Result<PaymentRequest> {
        let currency = currency(self.account(request.account).await?.currency)?;
        let (paid_count, total) = store::request::paid(&self.inner.db, request.id).await?;
        let state = match (request.cancelled, self.inner.clock.now() >= request.expires) {
            (true, _) => RequestState::Cancelled,
            (false, true) => RequestState::Expired,
            (false, false) => RequestState::Open,
        };
        Ok(PaymentRequest {
            id: request.id,
            token: request.token,
            account: request.account,
            amount: request.amount_minor.map(|minor| Amount::new(minor, currency)),
            memo: request.memo,
            expires: request.expires,
            state,
            paid_count,
            paid_total: Amount::new(total, currency),
        })
    }
}

fn not_found() -> Refusal {
    Refusal::new("payments.request_not_found", 404).with("field", "payee")
}
