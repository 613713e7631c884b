//! The person's own debit cards: drawn, shown, looked after; their locks and their uses are beside this file.

pub(super) mod lock;
pub(super) mod usage;

use super::caller::Caller;
use super::{PageState, view};
use accounts::{CardAct, DebitCard, DebitCardId, DebitCardState, LockKind, NewCard};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use payments::CardPurchase;
use serde::Deserialize;
use web::ui::{FormErrors, Row};
use web::{Arg, Bar, Html, Page};

/// How long a number stays in sight, in seconds.
const SHOWN_S: u32 = 60;
/// How many uses a card's page shows.
const USES_SHOWN: usize = 10;

/// A debit card, drawn.
pub(crate) struct CardView {
    pub(crate) id: String,
    pub(crate) shown: String,
    pub(crate) expiry: String,
    pub(crate) state: String,
    /// The class of its state's tag.
    pub(crate) tag: &'static str,
    pub(crate) is_alive: bool,
    account: String,
}

impl CardView {
    pub(crate) fn of(page: &Page, card: &DebitCard, account: String) -> Self {
        Self {
            id: card.id.to_string(),
            shown: card.shown.clone(),
            expiry: card.expiry.shown(),
            state: page.tx("retail-own-card-state", &[("state", card.state.code().into())]),
            tag: match card.state {
                DebitCardState::Active => "tag-done",
                DebitCardState::Frozen | DebitCardState::Lost => "tag-warn",
                DebitCardState::Replaced | DebitCardState::Closed | DebitCardState::Expired => "",
            },
            is_alive: card.state.is_alive(),
            account,
        }
    }
}

/// The person's cards, drawn.
pub(crate) async fn own_cards(pages: &PageState, page: &Page, caller: &Caller) -> web::Result<Vec<CardView>> {
    let who = caller.acting();
    let cards = pages.accounts.debit_cards(&who).await?;
    let accounts = pages.accounts.list(&who).await?;
    let name = |card: &DebitCard| {
        let account = accounts.iter().find(|account| account.account.id == card.account);
        account.map(|account| view::account_with_tail(page, account)).unwrap_or_default()
    };
    Ok(cards.iter().map(|card| CardView::of(page, card, name(card))).collect())
}

/// The number of a card in an address; one that cannot be a number is nobody's.
pub(super) fn card_id(text: &str) -> Result<DebitCardId, Refusal> {
    text.parse().map(DebitCardId).map_err(|_| Refusal::new("accounts.debit_card_not_found", 404))
}

fn task(page: Page, key: &str, back: String) -> Page {
    let bar = Bar { title: page.t(key), back, is_heading: true };
    page.task("accounts", bar)
}

/// Where what needs a proof leads: to proving, and back again.
pub(super) fn or_prove(error: Error, next: &str) -> web::Result<Response> {
    match crate::pages::guard::proof_first(&error, next) {
        Some(response) => Ok(response),
        None => Err(error.into()),
    }
}

struct AccountChoice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "retail/debit/new.html")]
struct NewPage {
    page: Page,
    accounts: Vec<AccountChoice>,
    errors: FormErrors,
    key: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct NewTyped {
    #[serde(default)]
    account: String,
    /// Names this opening, so that a double click opens one card.
    #[serde(default)]
    key: String,
}

async fn new_page(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let page = task(page, "retail-own-card-new", "/cards".to_owned());
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let open = accounts.iter().filter(|account| !account.closed);
    let choice = |account: &accounts::AccountSummary| AccountChoice {
        id: account.account.id.to_string(),
        name: view::account_with_tail(&page, account),
    };
    let accounts = open.map(choice).collect();
    Ok((status, Html(NewPage { accounts, errors, key: view::fresh_key(), page })).into_response())
}

pub(crate) async fn new_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    new_page(&pages, page, &caller, FormErrors::none(), StatusCode::OK).await
}

pub(crate) async fn issue(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<NewTyped>,
) -> web::Result<Response> {
    let account = super::certificate::account_id(&typed.account)?;
    let new = NewCard { account, key: typed.key };
    match pages.accounts.issue_debit_card(&caller.acting(), &new).await {
        Ok(card) => Ok(Redirect::to(&format!("/cards/own/{}", card.id)).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "accounts.debit_cards_too_many" => {
            let errors = FormErrors::one("account", view::sentences(&page, &refusal));
            new_page(&pages, page, &caller, errors, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What can be done with a card, each on a page that says what follows, but freezing, which is one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Freeze,
    Unfreeze,
    OnlineOn,
    OnlineOff,
    Lost,
    Replace,
    Close,
}

impl Deed {
    const ALL: [Self; 7] =
        [Self::Freeze, Self::Unfreeze, Self::OnlineOn, Self::OnlineOff, Self::Lost, Self::Replace, Self::Close];

    fn word(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::OnlineOn => "online-on",
            Self::OnlineOff => "online-off",
            Self::Lost => "lost",
            Self::Replace => "replace",
            Self::Close => "close",
        }
    }

    fn from_word(word: &str) -> Result<Self, Refusal> {
        let deed = Self::ALL.into_iter().find(|deed| deed.word() == word);
        deed.ok_or_else(|| Refusal::new("web.not_found", 404))
    }

    /// The keys of title, text and button.
    fn words(self) -> [&'static str; 3] {
        match self {
            Self::Freeze => ["retail-own-card-freeze", "retail-own-card-freeze-text", "retail-own-card-freeze-do"],
            Self::Unfreeze => {
                ["retail-own-card-unfreeze", "retail-own-card-unfreeze-text", "retail-own-card-unfreeze-do"]
            }
            Self::OnlineOn => {
                ["retail-own-card-online-turn-on", "retail-own-card-online-turn-on-text", "retail-own-card-open"]
            }
            Self::OnlineOff => {
                ["retail-own-card-online", "retail-own-card-online-off", "retail-own-card-online-turn-off"]
            }
            Self::Lost => ["retail-own-card-lost", "retail-own-card-lost-text", "retail-own-card-lost-do"],
            Self::Replace => ["retail-own-card-replace", "retail-own-card-replace-text", "retail-own-card-replace-do"],
            Self::Close => ["retail-own-card-close", "retail-own-card-close-text", "retail-own-card-close-do"],
        }
    }

    /// Whether it makes sense for the card as it is.
    fn fits(self, card: &DebitCard) -> bool {
        let is_over = matches!(card.state, DebitCardState::Replaced | DebitCardState::Closed);
        match self {
            Self::Freeze => card.state == DebitCardState::Active,
            Self::Unfreeze => card.state == DebitCardState::Frozen,
            Self::OnlineOn => card.state.is_alive() && (!card.is_online || card.is_code_blocked),
            Self::OnlineOff => card.state.is_alive() && card.is_online,
            Self::Lost => !is_over && card.state != DebitCardState::Lost,
            Self::Replace => !is_over && card.replaced_by.is_none(),
            Self::Close => !is_over && card.replaced_by.is_none(),
        }
    }
}

struct DeedLink {
    title: String,
    href: String,
}

#[derive(Template)]
#[template(path = "retail/debit/card.html")]
struct CardPage {
    page: Page,
    card: CardView,
    can_show: bool,
    can_freeze: bool,
    can_unfreeze: bool,
    online: String,
    /// The word of what can be done about it; none when the card is over.
    online_deed: Option<(&'static str, String)>,
    locks: String,
    deeds: Vec<DeedLink>,
    uses: Vec<Row>,
    successor: Option<String>,
}

pub(crate) async fn card(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let who = caller.acting();
    let card = pages.accounts.debit_card(&who, card_id(&id)?).await?;
    let account = pages.accounts.view(&who, card.account).await?;
    let uses = pages.payments.card_purchases(&who, card.id).await?;
    let page = task(page, "retail-own-card-debit", "/cards".to_owned());
    let online = match (card.is_code_blocked, card.is_online) {
        (true, _) => "retail-own-card-online-blocked",
        (false, true) => "retail-own-card-online-on",
        (false, false) => "retail-own-card-online-off",
    };
    let online_deed = [Deed::OnlineOn, Deed::OnlineOff].into_iter().find(|deed| deed.fits(&card));
    let count = LockKind::ALL.into_iter().filter(|kind| card.locks.has(*kind)).count() as i64;
    let deeds = [Deed::Lost, Deed::Replace, Deed::Close].into_iter().filter(|deed| deed.fits(&card));
    let link = |deed: Deed| DeedLink {
        title: page.t(deed.words()[0]),
        href: format!("/cards/own/{}/do/{}", card.id, deed.word()),
    };
    let shown = CardPage {
        can_show: card.state.is_alive(),
        can_freeze: Deed::Freeze.fits(&card),
        can_unfreeze: Deed::Unfreeze.fits(&card),
        online: page.t(online),
        online_deed: online_deed.map(|deed| (deed.word(), page.t(deed.words()[2]))),
        locks: page.tx("retail-own-card-locks-on", &[("count", Arg::from(count))]),
        deeds: deeds.map(link).collect(),
        uses: uses.iter().take(USES_SHOWN).map(|purchase| use_row(&page, &card, purchase)).collect(),
        successor: card.replaced_by.map(|successor| format!("/cards/own/{successor}")),
        card: CardView::of(&page, &card, view::account_with_tail(&page, &account)),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

fn use_row(page: &Page, card: &DebitCard, purchase: &CardPurchase) -> Row {
    usage::row(page, purchase).link(format!("/cards/own/{}/uses/{}", card.id, purchase.id))
}

#[derive(Template)]
#[template(path = "retail/debit/number.html")]
struct NumberPage {
    page: Page,
    back: String,
    number: String,
    expiry: String,
    cvv: String,
}

/// Whole number and security code, for a minute. Nothing keeps this page.
pub(crate) async fn number(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = card_id(&id)?;
    let back = format!("/cards/own/{id}");
    let face = match pages.accounts.show_debit_card(&caller.0, id).await {
        Ok(face) => face,
        Err(error) => return or_prove(error, &back),
    };
    let page = task(page, "retail-own-card-shown-title", back.clone());
    let shown = NumberPage {
        number: face.number.in_fours(),
        expiry: face.expiry.shown(),
        cvv: face.cvv,
        back: back.clone(),
        page,
    };
    let mut response = Html(shown).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(refresh) = HeaderValue::try_from(format!("{SHOWN_S}; url={back}")) {
        headers.insert(header::REFRESH, refresh);
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "retail/debit/deed.html")]
struct DeedPage {
    page: Page,
    card: CardView,
    action: String,
    back: String,
    text: String,
    button: String,
    is_danger: bool,
}

pub(crate) async fn deed_form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path((id, word)): Path<(String, String)>,
) -> web::Result<Response> {
    let (deed, who) = (Deed::from_word(&word)?, caller.acting());
    let card = pages.accounts.debit_card(&who, card_id(&id)?).await?;
    let back = format!("/cards/own/{}", card.id);
    if !deed.fits(&card) {
        // It is done already, or there is nothing to do: the card says how it stands.
        return Ok(Redirect::to(&back).into_response());
    }
    let account = pages.accounts.view(&who, card.account).await?;
    let [title, text, button] = deed.words();
    let page = task(page, title, back.clone());
    let shown = DeedPage {
        action: format!("{back}/do/{}", deed.word()),
        back,
        text: page.t(text),
        button: page.t(button),
        is_danger: matches!(deed, Deed::Lost | Deed::Close),
        card: CardView::of(&page, &card, view::account_with_tail(&page, &account)),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

/// Does it. Each is harmless when it is asked for twice.
pub(crate) async fn deed(
    State(pages): State<PageState>,
    caller: Caller,
    Path((id, word)): Path<(String, String)>,
) -> web::Result<Response> {
    let (deed, id) = (Deed::from_word(&word)?, card_id(&id)?);
    let (accounts, session) = (&pages.accounts, &caller.0);
    let done = match deed {
        Deed::Freeze => accounts.change_debit_card(session, id, CardAct::Freeze).await,
        Deed::Unfreeze => accounts.change_debit_card(session, id, CardAct::Unfreeze).await,
        Deed::Lost => accounts.change_debit_card(session, id, CardAct::ReportLost).await,
        Deed::Close => accounts.change_debit_card(session, id, CardAct::Close).await,
        Deed::OnlineOn => accounts.set_card_online(session, id, true).await,
        Deed::OnlineOff => accounts.set_card_online(session, id, false).await,
        Deed::Replace => match accounts.replace_debit_card(session, id).await {
            Ok(new) => return Ok(Redirect::to(&format!("/cards/own/{}", new.id)).into_response()),
            Err(error) => Err(error),
        },
    };
    let back = format!("/cards/own/{id}");
    match done {
        Ok(()) => Ok(Redirect::to(&back).into_response()),
        Err(error) => or_prove(error, &format!("{back}/do/{}", deed.word())),
    }
}
