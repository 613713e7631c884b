//! Who is signed in: a port that the passport implements, and what the shell of a page needs to know.

use crate::page::Visit;
use crate::{Failure, Locale};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The answer of [`Sessions::find`].
pub type SessionFuture<'a> = Pin<Box<dyn Future<Output = kit::Result<Option<Session>>> + Send + 'a>>;

/// The answer of [`Sessions::language_chosen`].
pub type DoneFuture<'a> = Pin<Box<dyn Future<Output = kit::Result<()>> + Send + 'a>>;

/// Finds sessions by token. Implemented by the passport, asked once per visit that carries a token.
pub trait Sessions: Send + Sync + 'static {
    /// The living session behind a token; `None` for one that is unknown, ended or expired.
    fn find<'a>(&'a self, token: &'a str) -> SessionFuture<'a>;

    /// The same for a question that a script of a page asks by itself: it is no use of the session by a person, and
    /// does not keep it from going idle.
    fn peek<'a>(&'a self, token: &'a str) -> SessionFuture<'a> {
        self.find(token)
    }

    /// The person of this session chose a language on a page, so that texts and letters may follow.
    fn language_chosen<'a>(&'a self, _: &'a Session, _: Locale) -> DoneFuture<'a> {
        Box::pin(async { Ok(()) })
    }
}

/// Nobody is ever signed in: for pages shown before there is a passport, and for tests of the shell.
impl Sessions for () {
    fn find<'a>(&'a self, _: &'a str) -> SessionFuture<'a> {
        Box::pin(async { Ok(None) })
    }
}

/// A signed-in person, as far as the shell of a page knows one. As an extractor it is the requirement to be signed
/// in: without a session a page leads to sign-in and the API answers 401. `Option<Session>` asks without requiring.
#[derive(Clone)]
pub struct Session {
    name: Arc<str>,
    caption: Arc<str>,
    places: Arc<[&'static str]>,
    details: Arc<dyn Any + Send + Sync>,
}

impl Session {
    /// A session of the person with this full name, which is shown to that person alone. `details` is whatever the
    /// passport wants to find again in [`Session::details`].
    pub fn new<T: Any + Send + Sync>(name: &str, details: T) -> Self {
        Self { name: name.into(), caption: "".into(), places: Arc::new([]), details: Arc::new(details) }
    }

    /// A member of staff: where they sit, and the keys of the places that they may go to.
    #[must_use]
    pub fn at(mut self, caption: &str, places: Vec<&'static str>) -> Self {
        (self.caption, self.places) = (caption.into(), places.into());
        self
    }

    /// Where a member of staff sits; else empty.
    pub fn caption(&self) -> &str {
        &self.caption
    }

    /// Whether a member of staff may go to the place with this key.
    pub fn sees(&self, place: &str) -> bool {
        self.places.contains(&place)
    }

    /// The person's own full name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the passport put in.
    pub fn details<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.details.downcast_ref()
    }
}

/// Prints no name: a session may end up in a log line.
impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Session")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let visit = parts.extensions.get::<Arc<Visit>>();
        visit.and_then(|visit| visit.session().cloned()).ok_or_else(Failure::sign_in_required)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Failure> {
        Ok(parts.extensions.get::<Arc<Visit>>().and_then(|visit| visit.session().cloned()))
    }
}
