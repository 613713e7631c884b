//! Passkeys and security keys, the bound device and its pattern: adding, naming and removing them.
//!
//! What only a browser's scripts can do (talk to a key, make one) says so where there are none; the rest is forms.

use super::PageState;
use super::caller::Caller;
use super::guard::proof_first;
use super::view;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{
    DeviceId, DeviceQuestion, DeviceView, FactorId, KeyKind, KeyQuestion, KeyView, LABEL_MAX, NewDeviceKey,
};
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Bar, Html, Page};

/// Where all of it is listed.
const LIST: &str = "/me/security";

/// One key in the list.
pub(super) struct KeyRow {
    pub(super) id: i64,
    pub(super) label: String,
    pub(super) caption: String,
}

/// The keys of a person as the page of their safety lists them.
pub(super) struct KeyLists {
    pub(super) can: bool,
    pub(super) passkeys: Vec<KeyRow>,
    pub(super) security_keys: Vec<KeyRow>,
}

impl KeyLists {
    pub(super) fn new(pages: &PageState, page: &Page, keys: &[KeyView]) -> Self {
        let of = |kind| keys.iter().filter(|key| key.kind == kind).map(|key| row(page, key)).collect();
        Self {
            can: pages.passport.keys_possible(),
            passkeys: of(KeyKind::Passkey),
            security_keys: of(KeyKind::SecurityKey),
        }
    }
}

fn row(page: &Page, key: &KeyView) -> KeyRow {
    let formats = page.formats();
    let added = format!("{} {}", page.t("retail-keys-added"), formats.day(key.added));
    let used = match key.last_used {
        Some(used) => format!("{} {}", page.t("retail-keys-used"), formats.day(used)),
        None => page.t("retail-keys-unused"),
    };
    let mut facts = vec![added, used];
    if key.may_be_copied {
        facts.push(page.t("retail-keys-copied"));
    }
    KeyRow { id: key.id.0, label: key.label.clone(), caption: facts.join(" · ") }
}

/// A page for which the ten minutes must be open leads there first, and comes back.
fn led(error: Error, back: &str) -> web::Result<Response> {
    proof_first(&error, back).map_or_else(|| Err(error.into()), Ok)
}

fn kind_of(word: &str) -> Result<KeyKind, Refusal> {
    match word {
        "passkey" => Ok(KeyKind::Passkey),
        "security-key" => Ok(KeyKind::SecurityKey),
        _ => Err(Refusal::new("passport.key_not_found", 404)),
    }
}

fn word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Passkey => "passkey",
        KeyKind::SecurityKey => "security-key",
    }
}

#[derive(Template)]
#[template(path = "retail/keys/new.html")]
struct NewKeyPage {
    page: Page,
    title: String,
    text: String,
    word: &'static str,
    question: KeyQuestion,
    errors: FormErrors,
    label: Field,
}

fn task(page: &Page, title: &str) -> Page {
    page.clone().task("me", Bar { title: page.t(title), back: LIST.to_owned(), is_heading: true })
}

fn status_of(errors: &FormErrors) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn new_key(
    pages: &PageState,
    page: &Page,
    caller: &Caller,
    kind: KeyKind,
    typed: Option<&str>,
    errors: FormErrors,
) -> web::Result<Response> {
    let question = match pages.passport.ask_new_key(&caller.0, kind).await {
        Ok(question) => question,
        Err(error) => return led(error, &format!("{LIST}/passkeys/{}/new", word(kind))),
    };
    let (title, text, name) = match kind {
        KeyKind::Passkey => ("retail-keys-passkey-add", "retail-keys-new-passkey", "retail-keys-passkey-name"),
        KeyKind::SecurityKey => ("retail-keys-security-add", "retail-keys-new-security", "retail-keys-security-name"),
    };
    let shown = NewKeyPage {
        text: page.t(text),
        title: page.t(title),
        word: word(kind),
        question,
        label: label(page, typed.unwrap_or(&page.t(name)), &errors),
        page: task(page, title),
        errors,
    };
    Ok((status_of(&shown.errors), Html(shown)).into_response())
}

fn label(page: &Page, typed: &str, errors: &FormErrors) -> Field {
    Field::new("label", page.t("retail-keys-label"))
        .hint(page.t("retail-keys-label-hint"))
        .max_length(LABEL_MAX as u16)
        .value(typed)
        .errors(errors)
}

pub(crate) async fn new_form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(kind): Path<String>,
) -> web::Result<Response> {
    new_key(&pages, &page, &caller, kind_of(&kind)?, None, FormErrors::none()).await
}

#[derive(Deserialize, Default)]
pub(crate) struct NewKey {
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    label: String,
}

pub(crate) async fn add(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(kind): Path<String>,
    Form(new): Form<NewKey>,
) -> web::Result<Response> {
    let kind = kind_of(&kind)?;
    match pages.passport.add_key(&caller.0, kind, &new.sealed, &new.answer, &new.label).await {
        Ok(_) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.fields.contains_key("field") => {
            let field = if refusal.code == "passport.label_invalid" { "label" } else { "answer" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            new_key(&pages, &page, &caller, kind, Some(&new.label), errors).await
        }
        Err(error) => led(error, &format!("{LIST}/passkeys/{}/new", word(kind))),
    }
}

#[derive(Template)]
#[template(path = "retail/keys/edit.html")]
struct KeyPage {
    page: Page,
    id: i64,
    name: String,
    caption: String,
    errors: FormErrors,
    label: Field,
}

fn not_found() -> Refusal {
    Refusal::new("passport.key_not_found", 404)
}

fn id_of(text: &str) -> Result<FactorId, Refusal> {
    text.parse().map(FactorId).map_err(|_| not_found())
}

async fn edited(
    pages: &PageState,
    page: &Page,
    caller: &Caller,
    id: FactorId,
    typed: Option<&str>,
    errors: FormErrors,
) -> web::Result<Response> {
    let keys = pages.passport.keys(&caller.0).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or_else(not_found)?;
    let shown = KeyPage {
        id: id.0,
        caption: row(page, &key).caption,
        label: label(page, typed.unwrap_or(&key.label), &errors),
        name: key.label,
        errors,
        page: task(page, "retail-keys-edit-title"),
    };
    Ok((status_of(&shown.errors), Html(shown)).into_response())
}

pub(crate) async fn edit(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    edited(&pages, &page, &caller, id_of(&id)?, None, FormErrors::none()).await
}

#[derive(Deserialize, Default)]
pub(crate) struct Named {
    #[serde(default)]
    label: String,
}

pub(crate) async fn rename(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(named): Form<Named>,
) -> web::Result<Response> {
    let id = id_of(&id)?;
    match pages.passport.rename_key(&caller.0, id, &named.label).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "passport.label_invalid" => {
            let errors = FormErrors::one("label", view::sentences(&page, &refusal));
            edited(&pages, &page, &caller, id, Some(&named.label), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn remove(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id_of(&id)?;
    match pages.passport.remove_key(&caller.0, id).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(error) => led(error, &format!("{LIST}/passkeys/{id}")),
    }
}

#[derive(Template)]
#[template(path = "retail/keys/device.html")]
struct DevicePage {
    page: Page,
    question: DeviceQuestion,
    errors: FormErrors,
}

async fn binding(pages: &PageState, page: &Page, caller: &Caller, errors: FormErrors) -> web::Result<Response> {
    let question = match pages.passport.ask_new_device_key(&caller.0).await {
        Ok(question) => question,
        Err(error) => return led(error, "/me/security/device"),
    };
    let shown = DevicePage { page: task(page, "retail-device-bind"), question, errors };
    Ok((status_of(&shown.errors), Html(shown)).into_response())
}

pub(crate) async fn bind_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    binding(&pages, &page, &caller, FormErrors::none()).await
}

#[derive(Deserialize, Default)]
pub(crate) struct NewDevice {
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    public_key: String,
    #[serde(default)]
    device_proof: String,
    #[serde(default)]
    traits: String,
}

pub(crate) async fn bind(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(new): Form<NewDevice>,
) -> web::Result<Response> {
    let NewDevice { sealed, public_key, device_proof, traits } = new;
    let new = NewDeviceKey { sealed, public_key, proof: device_proof, traits };
    match pages.passport.bind_device(&caller.0, &new).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.fields.contains_key("field") => {
            let errors = FormErrors::one("device_proof", view::sentences(&page, &refusal));
            binding(&pages, &page, &caller, errors).await
        }
        Err(error) => led(error, "/me/security/device"),
    }
}

fn device_of(text: &str) -> Result<DeviceId, Refusal> {
    text.parse().map(DeviceId).map_err(|_| Refusal::new("passport.device_not_found", 404))
}

pub(crate) async fn unbind(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    pages.passport.unbind_device(&caller.0, device_of(&id)?).await?;
    Ok(Redirect::to(LIST).into_response())
}

pub(crate) async fn remove_gesture(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    pages.passport.remove_gesture(&caller.0, device_of(&id)?).await?;
    Ok(Redirect::to(LIST).into_response())
}

#[derive(Template)]
#[template(path = "retail/keys/gesture.html")]
struct GesturePage {
    page: Page,
    errors: FormErrors,
    first: Field,
    again: Field,
}

/// A field for the dots in order, which a script draws as nine dots.
pub(super) fn pattern(page: &Page, name: &'static str, words: &str, errors: &FormErrors) -> Field {
    Field::password(name, page.t(words)).autocomplete("off").hint(page.t("retail-gesture-hint")).errors(errors)
}

async fn drawing(pages: &PageState, page: &Page, caller: &Caller, errors: FormErrors) -> web::Result<Response> {
    if let Err(error) = pages.passport.require_window(&caller.0, passport::Tier::One).await {
        return led(error, "/me/security/gesture");
    }
    let shown = GesturePage {
        first: pattern(page, "gesture", "retail-gesture", &errors),
        again: pattern(page, "again", "retail-gesture-again", &errors),
        errors,
        page: task(page, "retail-gesture-set"),
    };
    Ok((status_of(&shown.errors), Html(shown)).into_response())
}

pub(crate) async fn gesture_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    drawing(&pages, &page, &caller, FormErrors::none()).await
}

#[derive(Deserialize, Default)]
pub(crate) struct Drawn {
    #[serde(default)]
    gesture: String,
    #[serde(default)]
    again: String,
}

pub(crate) async fn set_gesture(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(drawn): Form<Drawn>,
) -> web::Result<Response> {
    match pages.passport.set_gesture(&caller.0, &drawn.gesture, &drawn.again).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.gesture_") => {
            let field = if refusal.code == "passport.gesture_differs" { "again" } else { "gesture" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            drawing(&pages, &page, &caller, errors).await
        }
        Err(error) => led(error, "/me/security/gesture"),
    }
}

/// What can be done with the device that the person sits at.
pub(super) struct OwnDevice {
    pub(super) id: i64,
    pub(super) is_bound: bool,
    pub(super) has_gesture: bool,
}

impl OwnDevice {
    pub(super) fn find(devices: &[DeviceView]) -> Option<Self> {
        let own = devices.iter().find(|device| device.is_current)?;
        Some(Self { id: own.id.0, is_bound: own.bound.is_some(), has_gesture: own.has_gesture })
    }
}
