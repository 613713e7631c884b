//! The stack of layers around every route, and the one handle ([`Web`]) that they and the pages share.

use crate::asset::Assets;
use crate::cookie::{self, SetCookie};
use crate::page::{Theme, Visit};
use crate::rate::{self, Limiter, Rates};
use crate::room::Place;
use crate::session::Sessions;
use crate::{Area, Failure, Locale, Room, Texts, body, design, error, guard, offline, preferences};
use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::{Calendar, Clock, Fault, Random};
use std::any::Any;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

/// How long an answer may take to begin.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Where scripts of open pages ask by themselves whether something is new.
const UNATTENDED: &str = "/live";

/// What a browser says about itself is kept no longer than this.
const AGENT_CHARACTERS: usize = 400;

/// How the site is served.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The demonstration bank: `/design` is shown, and pages say that no money is real.
    pub demo: bool,
    /// Whether people reach us over TLS, here or at a proxy: `__Host-` cookies and HSTS.
    pub secure: bool,
    /// How often an address and a session may ask; without it as often as they like.
    pub rates: Option<Rates>,
}

/// What a site is made of.
pub struct Parts {
    /// How it is served.
    pub settings: Settings,
    /// The rooms with pages, [`crate::ROOM`] first.
    pub rooms: Vec<&'static Room>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The bank's calendar, in which dates are written.
    pub calendar: Calendar,
    /// For request ids and form tokens.
    pub random: Random,
    /// Who is signed in.
    pub sessions: Arc<dyn Sessions>,
}

/// Marks requests of programs, whatever they accept.
#[derive(Debug, Clone, Copy)]
struct ForPrograms;

struct Inner {
    settings: Settings,
    texts: Texts,
    assets: Assets,
    places: Vec<Place>,
    clock: Arc<dyn Clock>,
    calendar: Calendar,
    random: Random,
    sessions: Arc<dyn Sessions>,
    limiter: Option<Limiter>,
    /// Named once, where there is a staff side.
    staff: OnceLock<Arc<dyn Sessions>>,
}

/// The site's shared parts. Clones are cheap.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

impl Web {
    /// Joins the parts. A broken text file is a fault.
    pub fn try_new(parts: Parts) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner {
            settings: parts.settings,
            texts: Texts::try_new(parts.rooms.iter().map(|room| &room.texts))?,
            assets: Assets::new(&parts.rooms),
            places: parts.rooms.iter().flat_map(|room| room.places).copied().collect(),
            clock: parts.clock,
            calendar: parts.calendar,
            random: parts.random,
            sessions: parts.sessions,
            limiter: parts.settings.rates.map(Limiter::new),
            staff: OnceLock::new(),
        })))
    }

    /// The same site with a staff side, whose sessions are these. Without it nobody is ever signed in there.
    #[must_use]
    pub fn with_staff(self, sessions: Arc<dyn Sessions>) -> Self {
        // The first stands: a site is put together once.
        let _ = self.0.staff.set(sessions);
        self
    }

    pub(crate) fn settings(&self) -> Settings {
        self.0.settings
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.0.texts
    }

    pub(crate) fn assets(&self) -> &Assets {
        &self.0.assets
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.0.places
    }

    pub(crate) fn sessions(&self, area: Area) -> &dyn Sessions {
        match area {
            Area::Customers => &*self.0.sessions,
            Area::Staff => self.0.staff.get().map_or(&(), |staff| &**staff),
        }
    }

    pub(crate) fn limiter(&self) -> Option<&Limiter> {
        self.0.limiter.as_ref()
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        &self.0.calendar
    }

    pub(crate) fn random(&self) -> &Random {
        &self.0.random
    }

    /// Puts the frame around all routes of the bank: assets, preferences, error pages, and the layers. What must
    /// stay plain, such as health checks, is merged after it.
    pub fn serve(&self, routes: Router) -> Router {
        let mut routes =
            routes.merge(preferences::routes()).merge(offline::routes()).route("/assets/{*name}", get(asset));
        if self.0.settings.demo {
            routes = routes.merge(design::routes());
        }
        // Of the layers the last one is the first to see a request.
        routes
            .with_state::<()>(())
            .fallback(|| async { Failure::not_found() })
            .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
            .layer(from_fn_with_state(self.clone(), find_session))
            .layer(from_fn_with_state(self.clone(), guard::check))
            .layer(from_fn(body::gather))
            .layer(CsrfLayer::new())
            .layer(from_fn_with_state(self.clone(), rate::check))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.clone(), frame))
            .layer(CompressionLayer::new())
    }

    /// Puts what of the frame programs need around routes that have no pages, no sessions and a key of their own: a time limit,
    /// also for the body, the fault of a panic, headers, and one line in the log with the request's number. How often they
    /// may ask is the routes' own to say.
    pub fn serve_programs(&self, routes: Router) -> Router {
        routes
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.clone(), frame))
            .layer(axum::Extension(ForPrograms))
    }

    fn visit(&self, request: &Request) -> Visit {
        let inner = &self.0;
        let secure = inner.settings.secure;
        let headers = request.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let path = request.uri().path();
        let (area, is_api) = (Area::of(path), path.starts_with("/api/"));
        let is_for_programs = is_api || request.extensions().get::<ForPrograms>().is_some();
        let accept = text(header::ACCEPT).unwrap_or("*/*");
        let wants_json = accept.contains("json") && !accept.contains("text/html");
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let session_token = bearer.filter(|_| is_api);
        let session_token = session_token.or_else(|| cookie::read(headers, area.session_cookie(), secure));
        let guard = cookie::read(headers, cookie::GUARD, secure).filter(|guard| is_guard(guard));
        let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
        let returns = request.method().is_safe() && crate::local_path(address).is_some();
        Visit {
            id: hex(&inner.random.bytes::<8>()),
            locale: Locale::negotiate(cookie::read(headers, cookie::LANGUAGE, secure), text(header::ACCEPT_LANGUAGE)),
            theme: Theme::from_word(cookie::read(headers, cookie::THEME, secure).unwrap_or_default()),
            hides_amounts: cookie::read(headers, cookie::AMOUNTS, secure) == Some("hidden"),
            is_large: cookie::read(headers, cookie::PRINT, secure) == Some("large"),
            address: if returns { address.to_owned() } else { "/".to_owned() },
            area,
            is_api,
            wants_page: !is_for_programs && !wants_json,
            guard: guard.map_or_else(|| hex(&inner.random.bytes::<16>()), str::to_owned),
            session_token: session_token.map(str::to_owned),
            device: cookie::read(headers, area.device_cookie(), secure).map(str::to_owned),
            agent: text(header::USER_AGENT).unwrap_or_default().chars().take(AGENT_CHARACTERS).collect(),
            sender: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(sender)| sender.ip()),
            session: OnceLock::new(),
            now: inner.clock.now(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_guard(guard: &str) -> bool {
    guard.len() == 32 && guard.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn asset(axum::Extension(web): axum::Extension<Web>, Path(name): Path<String>) -> Response {
    web.assets().answer(&name)
}

/// A panic is a fault like any other; its message is for the log.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Failure::from(Fault::new(format!("a handler panicked: {}", text.unwrap_or("no message")))).into_response()
}

/// Looks up the session once, so that every page, error pages included, knows who is here.
async fn find_session(State(web): State<Web>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Arc<Visit>>().cloned();
    if let Some(visit) = visit.filter(|_| !request.uri().path().starts_with("/assets/"))
        && let Some(token) = &visit.session_token
    {
        let sessions = web.sessions(visit.area);
        let found = if request.uri().path() == UNATTENDED { sessions.peek(token) } else { sessions.find(token) };
        match found.await {
            Ok(Some(session)) => drop(visit.session.set(session)),
            Ok(None) => {}
            Err(error) => return Failure::from(error).into_response(),
        }
    }
    next.run(request).await
}

/// The outermost layer of ours: makes the visit, draws errors, sets headers, writes one line into the log.
async fn frame(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let visit = Arc::new(web.visit(&request));
    let method = request.method().clone();
    let has_guard = cookie::read(request.headers(), cookie::GUARD, web.settings().secure).is_some_and(is_guard);
    // The pattern of the route, since a path may hold numbers that the log must not keep.
    let route = request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned());
    request.extensions_mut().insert(web.clone());
    request.extensions_mut().insert(visit.clone());
    let answer = next.run(request).await;
    let mut response = error::draw(&web, &visit, method.is_safe(), answer).await;
    set_headers(&web, &visit, has_guard, response.headers_mut());
    tracing::info!(
        request_id = visit.id(),
        %method,
        route = route.as_deref().unwrap_or("none"),
        status = response.status().as_u16(),
        elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Nothing from elsewhere, nothing inline, no framing. `same-origin` and not `no-referrer`: with the latter browsers
/// send `Origin: null` on our own forms.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// A year, and for names below the bank's own too: whoever could answer in the clear there could plant cookies here.
const HSTS: &str = "max-age=31536000; includeSubDomains";

fn set_headers(web: &Web, visit: &Visit, has_guard: bool, headers: &mut HeaderMap) {
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if web.settings().secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    // Whatever does not say otherwise is about a person or holds a form token.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(visit.id()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if is_page {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(visit.locale.tag()));
        if !has_guard {
            let guard = SetCookie::new(cookie::GUARD, &visit.guard, cookie::YEAR_S, web.settings().secure);
            headers.append(header::SET_COOKIE, guard.header());
        }
    }
}
