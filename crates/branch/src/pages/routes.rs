//! Every staff route with what one needs for it: the router and the table in `docs/staff-routes.md` are made of the same list.
//!
//! Nothing is reachable that is not listed with a need, and the need is checked, and a refusal written down, before the
//! handler runs. What a handler does is checked once more by the service.

use super::PageState;
use super::clerk::{AnyClerk, Clerk};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use staff::{Act, Role, Roles};
use std::fmt::Write;
use web::Failure;

/// Acts by the last word of a path.
type Words = fn() -> Vec<(&'static str, Act)>;

/// What one needs for a route.
#[derive(Debug, Clone)]
pub(crate) enum Need {
    /// Nothing: the door itself.
    Nothing,
    /// A session, whatever is still missing for a whole sign-in.
    Session,
    /// A whole sign-in, with any role or none.
    Member,
    /// A role that has this act.
    Act(Act),
    /// A role that has the act which the last word of the path names; another word is not found.
    Word(Words),
}

/// Which methods a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    Look,
    Send,
    Both,
}

impl Ways {
    fn methods(self) -> &'static [Method] {
        match self {
            Self::Look => &[Method::GET],
            Self::Send => &[Method::POST],
            Self::Both => &[Method::GET, Method::POST],
        }
    }
}

/// The list while it is made.
pub(crate) struct Routes {
    router: Router<PageState>,
    lines: Vec<StaffRoute>,
    pages: PageState,
}

/// One route of the staff's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRoute {
    /// The method.
    pub method: Method,
    /// The path with its parts in braces.
    pub path: String,
    /// Who may use it.
    pub access: Access,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Everybody,
    /// Whoever has a session, also before the second step and the first password's replacement.
    Session,
    /// Every member who is wholly signed in.
    Member,
    /// Members with one of these roles, for this act.
    Roles(&'static str, Roles),
}

impl Routes {
    pub(crate) fn new(pages: PageState) -> Self {
        Self { router: Router::new(), lines: Vec::new(), pages }
    }

    /// Adds a route. Methods that `ways` does not name are not answered, whatever the handlers can.
    pub(crate) fn route(
        mut self,
        path: &'static str,
        ways: Ways,
        need: impl Into<Need>,
        handlers: MethodRouter<PageState>,
    ) -> Self {
        let need = need.into();
        for method in ways.methods() {
            let line = |path: String, access| StaffRoute { method: method.clone(), path, access };
            let of = |act: &Act| Access::Roles(act.code, act.roles);
            match &need {
                Need::Nothing => self.lines.push(line(path.to_owned(), Access::Everybody)),
                Need::Session => self.lines.push(line(path.to_owned(), Access::Session)),
                Need::Member => self.lines.push(line(path.to_owned(), Access::Member)),
                Need::Act(act) => self.lines.push(line(path.to_owned(), of(act))),
                Need::Word(words) => {
                    let stem = path.rsplit_once('/').map_or(path, |(stem, _)| stem);
                    self.lines.extend(words().iter().map(|(word, act)| line(format!("{stem}/{word}"), of(act))));
                }
            }
        }
        let guarded = handlers.layer(from_fn_with_state((self.pages.clone(), need, ways), guard));
        self.router = self.router.route(path, guarded);
        self
    }

    pub(crate) fn finish(self) -> (Router, Vec<StaffRoute>) {
        (self.router.with_state(self.pages), self.lines)
    }
}

impl From<Act> for Need {
    fn from(act: Act) -> Self {
        Self::Act(act)
    }
}

/// Lets a request through to its handler, or answers it.
async fn guard(State((pages, need, ways)): State<(PageState, Need, Ways)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // A question about a page without its body is a look.
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    if !ways.methods().contains(&method) {
        return axum::http::StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let act = match need {
        Need::Nothing => None,
        Need::Session => match AnyClerk::from_request_parts(&mut parts, &()).await {
            Ok(_) => None,
            Err(failure) => return failure.into_response(),
        },
        Need::Member | Need::Act(_) | Need::Word(_) => {
            let clerk = match Clerk::from_request_parts(&mut parts, &()).await {
                Ok(clerk) => clerk,
                Err(response) => return response,
            };
            let act = match need {
                Need::Act(act) => Some(act),
                Need::Word(words) => {
                    let last = parts.uri.path().rsplit('/').next().unwrap_or_default();
                    match words().into_iter().find(|(word, _)| *word == last) {
                        Some((_, act)) => Some(act),
                        None => return Failure::not_found().into_response(),
                    }
                }
                _ => None,
            };
            act.map(|act| (act, clerk))
        }
    };
    if let Some((act, clerk)) = act
        && let Err(error) = pages.desk.staff().allow(&clerk.0, &act, parts.uri.path()).await
    {
        return Failure::from(error).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The table of roles and routes, as `docs/staff-routes.md` holds it.
pub fn table(routes: &[StaffRoute]) -> String {
    let mut text = String::from(
        "# Who may use which staff route\n\n\
         Made from the router; a test compares it and calls every route as every role and as nobody. `-` is refused. What a\n\
         route shows or does is checked once more by the service behind it: a proposal's checker, a branch's own affairs.\n\n",
    );
    let heads: Vec<&str> = Role::ALL.into_iter().map(Role::code).collect();
    let _ =
        writeln!(text, "| route | act | nobody | {} |\n|---|---|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for StaffRoute { method, path, access } in routes {
        let (act, nobody) = match access {
            Access::Everybody => ("(the door)", "x"),
            Access::Session => ("(being signed in half)", "-"),
            Access::Member => ("(being signed in)", "-"),
            Access::Roles(code, _) => (*code, "-"),
        };
        let may = |role: Role| if allows(*access, role) { "x" } else { "-" };
        let cells: Vec<&str> = Role::ALL.into_iter().map(may).collect();
        let _ = writeln!(text, "| {method} `{path}` | {act} | {nobody} | {} |", cells.join(" | "));
    }
    text
}

/// Whether a member with this role alone may use it.
pub fn allows(access: Access, role: Role) -> bool {
    match access {
        Access::Everybody | Access::Session | Access::Member => true,
        Access::Roles(_, roles) => roles.has(role),
    }
}
