//! The context of a page: what a template needs besides its own facts.

use crate::cookie::{self, SetCookie};
use crate::format::Formats;
use crate::ui::HtmlFragment;
use crate::{Area, Arg, Failure, Locale, Place, PlaceKind, Session, Web, guard};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kit::{Fault, Timestamp};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// Light or dark, as the person chose or as the device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the device asks.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The word in cookies, form values and `data-theme`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The text key of its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "web-theme-auto",
            Self::Light => "web-theme-light",
            Self::Dark => "web-theme-dark",
        }
    }

    /// The theme of a cookie or form value; anything else is [`Theme::Auto`].
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or(Self::Auto)
    }
}

/// One request and what is known about it before any handler runs.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) id: String,
    pub(crate) locale: Locale,
    pub(crate) theme: Theme,
    pub(crate) hides_amounts: bool,
    pub(crate) is_large: bool,
    /// Path and query of a page that can be returned to.
    pub(crate) address: String,
    pub(crate) area: Area,
    pub(crate) is_api: bool,
    /// Whether errors are to be pages rather than problem documents.
    pub(crate) wants_page: bool,
    pub(crate) guard: String,
    pub(crate) session_token: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) agent: String,
    pub(crate) sender: Option<IpAddr>,
    pub(crate) session: OnceLock<Session>,
    pub(crate) now: Timestamp,
}

impl Visit {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.get()
    }

    pub(crate) fn session_token(&self) -> &str {
        self.session_token.as_deref().unwrap_or_default()
    }
}

/// The bar on top of a task's page.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What is being done.
    pub title: String,
    /// Where the arrow leads.
    pub back: String,
    /// Whether the title is the page's `h1`; if not, the page brings its own.
    pub is_heading: bool,
}

/// Which frame surrounds the page.
#[derive(Debug, Clone)]
enum Shell {
    /// For anybody: brand, language, sign-in.
    Public,
    /// For a signed-in person: the places.
    Member,
    /// One thing at a time: on a phone the places give way to a bar with a way back.
    Task(Bar),
}

/// The context of a page: language, theme, session, formats, form token. Every page template has it as `page`.
#[derive(Clone)]
pub struct Page {
    web: Web,
    visit: Arc<Visit>,
    shell: Shell,
    here: &'static str,
}

impl Page {
    pub(crate) fn new(web: Web, visit: Arc<Visit>) -> Self {
        Self { web, visit, shell: Shell::Public, here: "" }
    }

    pub(crate) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// A page for anybody, standing at the public place with this key.
    #[must_use]
    pub fn public(mut self, here: &'static str) -> Self {
        self.here = here;
        self
    }

    /// A page among the places, standing at the one with this key; `""` for none.
    #[must_use]
    pub fn member(mut self, here: &'static str) -> Self {
        self.shell = Shell::Member;
        self.here = here;
        self
    }

    /// A page of one task, with a way back.
    #[must_use]
    pub fn task(mut self, here: &'static str, bar: Bar) -> Self {
        self.shell = Shell::Task(bar);
        self.here = here;
        self
    }

    /// The text under a key.
    pub fn t(&self, key: &str) -> String {
        self.web.texts().get(self.visit.locale, key, &[])
    }

    /// The text under a key in the other language, for the few places that speak both.
    pub(crate) fn other(&self, key: &str) -> String {
        self.web.texts().get(self.visit.locale.other(), key, &[])
    }

    /// The text under a key with values in it.
    pub fn tx(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.web.texts().get(self.visit.locale, key, args)
    }

    /// The text under a key, its line ends as `<br>`: for headlines that break by meaning.
    pub fn lines(&self, key: &str) -> HtmlFragment {
        HtmlFragment::lines(&self.t(key))
    }

    /// Words of a person, such as a name or a memo; on a page that is not Chinese their Chinese parts are marked.
    pub fn words(&self, text: &str) -> HtmlFragment {
        if self.is_zh() { HtmlFragment::text(text) } else { HtmlFragment::with_chinese_marked(text) }
    }

    /// Whether a text exists.
    pub fn has(&self, key: &str) -> bool {
        self.web.texts().has(self.visit.locale, key)
    }

    /// The visit's language.
    pub fn locale(&self) -> Locale {
        self.visit.locale
    }

    /// Whether the page is in Chinese.
    pub fn is_zh(&self) -> bool {
        self.visit.locale == Locale::Zh
    }

    /// The visit's theme.
    pub fn theme(&self) -> Theme {
        self.visit.theme
    }

    /// Whether amounts are shown as dots.
    pub fn hides_amounts(&self) -> bool {
        self.visit.hides_amounts
    }

    /// Whether the person asked for large print.
    pub fn is_large(&self) -> bool {
        self.visit.is_large
    }

    /// Whether this is the demonstration bank.
    pub fn is_demo(&self) -> bool {
        self.web.settings().demo
    }

    /// Which part of the site this is.
    pub fn area(&self) -> Area {
        self.visit.area
    }

    /// Whether this is the staff's part of the site.
    pub fn is_staff(&self) -> bool {
        self.visit.area == Area::Staff
    }

    /// Whether people reach this site by TLS.
    pub fn is_secure(&self) -> bool {
        self.web.settings().secure
    }

    /// Who is signed in.
    pub fn session(&self) -> Option<&Session> {
        self.visit.session()
    }

    /// When this visit began.
    pub fn now(&self) -> Timestamp {
        self.visit.now
    }

    /// How dates and amounts are written here.
    pub fn formats(&self) -> Formats {
        Formats::new(self.visit.locale, self.web.calendar().clone(), self.visit.now)
    }

    /// The address of an asset by its plain name.
    pub fn asset(&self, name: &str) -> String {
        self.web.assets().address(name)
    }

    /// The address of the web app manifest.
    pub fn manifest(&self) -> String {
        self.web.assets().manifest_address()
    }

    /// The page's own path and query.
    pub fn address(&self) -> &str {
        &self.visit.address
    }

    /// The reference that a person can read to us over the phone, `9C41-77`.
    pub fn reference(&self) -> String {
        let id = self.visit.id.to_ascii_uppercase();
        match (id.get(..4), id.get(4..6)) {
            (Some(first), Some(second)) => format!("{first}-{second}"),
            _ => id,
        }
    }

    /// The hidden field that every form of ours carries.
    pub fn csrf_field(&self) -> HtmlFragment {
        let token = guard::masked(&self.visit.guard, self.visit.session_token(), self.web.random().bytes());
        HtmlFragment::trusted(format!("<input type=\"hidden\" name=\"{}\" value=\"{token}\">", guard::FIELD))
    }

    /// The cookie that begins a session.
    pub fn start_session(&self, token: &str, max_age_s: i64) -> SetCookie {
        SetCookie::new(self.visit.area.session_cookie(), token, max_age_s, self.web.settings().secure)
    }

    /// The cookie that ends a session.
    pub fn end_session(&self) -> SetCookie {
        SetCookie::new(self.visit.area.session_cookie(), "", 0, self.web.settings().secure)
    }

    /// The secret that [`keep_device`](Self::keep_device) left in this browser.
    pub fn device(&self) -> Option<&str> {
        self.visit.device.as_deref()
    }

    /// The cookie by which this browser is recognised at the next sign-in, for a year.
    pub fn keep_device(&self, secret: &str) -> SetCookie {
        SetCookie::new(self.visit.area.device_cookie(), secret, cookie::YEAR_S, self.web.settings().secure)
    }

    /// What the browser says it is; empty if it says nothing.
    pub fn agent(&self) -> &str {
        &self.visit.agent
    }

    /// Where the request comes from, if the listener told.
    pub fn sender(&self) -> Option<IpAddr> {
        self.visit.sender
    }

    /// What every file of the site is known by to the service worker.
    pub(crate) fn web(&self) -> &Web {
        &self.web
    }

    pub(crate) fn preference(&self, name: &str, value: &str) -> SetCookie {
        SetCookie::new(name, value, cookie::YEAR_S, self.web.settings().secure)
    }

    /// The places of a signed-in person. In large print three of a customer's remain; the others are a tap away from
    /// home. A member of staff has those that the session names.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let (is_large, is_staff) = (self.is_large(), self.is_staff());
        self.web.places().iter().filter(move |place| match place.kind {
            PlaceKind::Public => false,
            PlaceKind::Staff => is_staff && self.session().is_some_and(|session| session.sees(place.key)),
            PlaceKind::Plain => !is_staff && (!is_large || place.href == Area::Customers.home()),
            PlaceKind::Coin | PlaceKind::Person => !is_staff,
        })
    }

    /// The places that are open to everybody.
    pub fn public_places(&self) -> impl Iterator<Item = &Place> {
        let is_staff = self.is_staff();
        self.web.places().iter().filter(move |place| !is_staff && place.kind == PlaceKind::Public)
    }

    /// Whether the page stands at this place.
    pub fn is_here(&self, place: &Place) -> bool {
        place.key == self.here
    }

    /// Whether the places are drawn.
    pub fn has_places(&self) -> bool {
        !matches!(self.shell, Shell::Public)
    }

    /// The bar of a task.
    pub fn bar(&self) -> Option<&Bar> {
        match &self.shell {
            Shell::Task(bar) => Some(bar),
            _ => None,
        }
    }

    /// The class of `body`.
    pub fn shell_class(&self) -> &'static str {
        match (&self.shell, self.visit.area) {
            (Shell::Public, _) => "public",
            (Shell::Member, Area::Customers) => "member",
            (Shell::Task(_), Area::Customers) => "member task",
            (Shell::Member, Area::Staff) => "member staff",
            (Shell::Task(_), Area::Staff) => "member task staff",
        }
    }
}

/// A path of this site, or `None`: a way back that came from outside must not lead to another host.
pub fn local_path(path: &str) -> Option<&str> {
    let inside = path.starts_with('/') && !path.starts_with("//") && path.len() <= 2000;
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (inside && plain).then_some(path)
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let web = parts.extensions.get::<Web>().cloned();
        let visit = parts.extensions.get::<Arc<Visit>>().cloned();
        match web.zip(visit) {
            Some((web, visit)) => Ok(Self::new(web, visit)),
            None => Err(Fault::new("a page was asked for outside of Web::serve").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_stays_on_this_site() {
        for good in ["/", "/home", "/accounts?page=2", "/sign-in?next=%2Fhome"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in ["", "home", "//evil.example", "/\\evil.example", "https://evil.example/", "/a\r\nb", "/ b", "/é"] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
