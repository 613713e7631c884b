//! 员工端: the pages under `/staff`. A customer's session is nobody here.

mod account;
mod audit;
mod book;
mod book_slice;
mod cash;
mod clearing;
mod clearing_case;
mod clearing_day;
mod clearing_view;
mod clerk;
mod customer;
mod customer_card;
mod customer_factor;
mod customer_stop;
mod desk;
mod door;
mod form;
mod limit;
mod member;
mod order;
mod overview;
mod passkey;
mod proposal;
mod qr;
mod routes;
mod security;
mod view;

pub use routes::{Access, StaffRoute, allows, table};

use crate::Desk;
use crate::model::act;
use axum::Router;
use axum::routing::{get, post};
use routes::Routes;
use staff::Act;
use std::sync::Arc;
use web::{Icon, Place, PlaceKind, Room, RoomTexts};

/// What the pages need. Clones are cheap.
#[derive(Clone)]
pub struct PageState {
    /// The counter.
    pub desk: Desk,
    /// The staff of the demonstration bank, shown with their passwords; empty in a real one.
    pub demo: Arc<[DemoMember]>,
}

/// A member of staff whom a visitor of the demonstration bank may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMember {
    /// The staff number.
    pub number: String,
    /// The name.
    pub name: String,
    /// The password, which is no secret.
    pub password: String,
    /// What they are there for.
    pub roles: staff::Roles,
}

/// The places and the act that each is for; none is for everybody.
pub(crate) const PLACES: [(&str, Option<Act>); 11] = [
    ("staff-desk", None),
    ("staff-customers", Some(act::FIND)),
    ("staff-cash", Some(act::CASH_BOX)),
    ("staff-clearing", Some(act::CLEARING)),
    ("staff-books", Some(act::BOOKS)),
    ("staff-proposals", Some(act::PROPOSALS)),
    ("staff-limits", Some(act::LIMITS)),
    ("staff-security", Some(staff::acts::SECURITY_CASES)),
    ("staff-members", Some(staff::acts::MEMBERS)),
    ("staff-audit", Some(staff::acts::AUDIT)),
    ("staff-me", None),
];

/// The counter's texts, style and places.
pub const ROOM: Room = Room {
    texts: RoomTexts {
        room: "branch",
        zh: concat!(
            include_str!("../../locales/zh.ftl"),
            include_str!("../../locales/clearing.zh.ftl"),
            include_str!("../../locales/books.zh.ftl"),
            include_str!("../../locales/security.zh.ftl"),
            include_str!("../../locales/customer-security.zh.ftl"),
            include_str!("../../locales/refusals.zh.ftl")
        ),
        en: concat!(
            include_str!("../../locales/en.ftl"),
            include_str!("../../locales/clearing.en.ftl"),
            include_str!("../../locales/books.en.ftl"),
            include_str!("../../locales/security.en.ftl"),
            include_str!("../../locales/customer-security.en.ftl"),
            include_str!("../../locales/refusals.en.ftl")
        ),
    },
    style: include_str!("../../assets/branch.css"),
    assets: &[],
    places: &[
        place("staff-desk", "/staff", Icon::Home, "branch-place-desk"),
        place("staff-customers", "/staff/customers", Icon::Users, "branch-place-customers"),
        place("staff-cash", "/staff/cash", Icon::Wallet, "branch-place-cash"),
        place("staff-clearing", "/staff/clearing", Icon::Branch, "branch-place-clearing"),
        place("staff-books", "/staff/books", Icon::List, "branch-place-books"),
        place("staff-proposals", "/staff/proposals", Icon::Clock, "branch-place-proposals"),
        place("staff-limits", "/staff/limits", Icon::Bill, "branch-place-limits"),
        place("staff-security", "/staff/security-cases", Icon::Shield, "branch-place-security"),
        place("staff-members", "/staff/members", Icon::Key, "branch-place-members"),
        place("staff-audit", "/staff/audit", Icon::Doc, "branch-place-audit"),
        place("staff-me", "/staff/me", Icon::Me, "branch-place-me"),
    ],
};

const fn place(key: &'static str, href: &'static str, icon: Icon, label: &'static str) -> Place {
    Place { key, href, icon, label, kind: PlaceKind::Staff }
}

/// The routes of all staff pages, to be put into `web::Web::serve` of a site with a staff side.
pub fn router(pages: PageState) -> Router {
    routes(pages).finish().0
}

/// The same as a list.
pub fn route_list(pages: PageState) -> Vec<StaffRoute> {
    routes(pages).finish().1
}

/// The page of the demonstration's tokens: for a demonstration alone, since whoever sees it can sign in as anybody of the staff.
pub fn demo_router(pages: PageState) -> Router {
    Router::new().route("/demo/staff-token", get(door::demo_tokens)).with_state(pages)
}

#[rustfmt::skip]
fn routes(pages: PageState) -> Routes {
    use routes::Need::{Member, Nothing, Session, Word};
    use routes::Ways::{Both, Look, Send};
    use staff::acts::{AUDIT, MEMBERS, SECURITY_CASES};
    Routes::new(pages)
        .route("/staff", Look, Member, get(desk::desk))
        .route("/staff/sign-in", Both, Nothing, get(door::form).post(door::sign_in))
        .route("/staff/sign-out", Send, Session, post(door::sign_out))
        .route("/staff/password", Both, Session, get(door::password_form).post(door::change_password))
        .route("/staff/second-step", Both, Session, get(door::second_step_form).post(door::second_step))
        .route("/staff/token", Both, Session, get(door::token_form).post(door::token))
        .route("/staff/second-step/passkey", Send, Session, post(passkey::second_step))
        .route("/staff/me", Look, Member, get(door::me))
        .route("/staff/me/passkeys/new", Both, Member, get(passkey::new_form).post(passkey::add))
        .route("/staff/me/passkeys/prove", Send, Member, post(passkey::prove))
        .route("/staff/me/passkeys/{key}/rename", Send, Member, post(passkey::rename))
        .route("/staff/me/passkeys/{key}/remove", Send, Member, post(passkey::remove))
        .route("/staff/customers", Both, act::FIND, get(customer::search).post(customer::find))
        .route("/staff/customers/{person}", Look, act::VIEW, get(customer::customer))
        .route("/staff/customers/{person}/reveal", Send, act::REVEAL, post(customer::reveal))
        .route("/staff/customers/{person}/stop", Both, act::STOP, get(customer_stop::form).post(customer_stop::stop))
        .route("/staff/customers/{person}/stops/{kill}", Look, act::STOP, get(customer_stop::stopped))
        .route("/staff/customers/{person}/cards/{card}", Look, act::VIEW, get(customer_card::card))
        .route("/staff/customers/{person}/cards/{card}/uses", Send, act::MOVEMENTS, post(customer_card::uses))
        .route("/staff/customers/{person}/cards/{card}/{act}", Both, Word(customer_card::words), get(customer_card::act_form).post(customer_card::act))
        .route("/staff/customers/{person}/factors/{factor}", Both, act::FACTOR, get(customer_factor::remove_form).post(customer_factor::remove))
        .route("/staff/customers/{person}/token", Both, act::TOKEN, get(customer_factor::token_form).post(customer_factor::token))
        .route("/staff/customers/{person}/{act}", Both, Word(customer::words), get(customer::act_form).post(customer::act))
        .route("/staff/accounts/{account}", Look, act::VIEW, get(account::account))
        .route("/staff/accounts/{account}/reveal", Send, act::REVEAL, post(account::reveal))
        .route("/staff/accounts/{account}/movements", Send, act::MOVEMENTS, post(account::movements))
        .route("/staff/accounts/{account}/{act}", Both, Word(account::words), get(account::act_form).post(account::act))
        .route("/staff/orders", Send, act::ORDER, post(order::find))
        .route("/staff/orders/{order}", Look, act::ORDER, get(order::order))
        .route("/staff/orders/{order}/correct", Both, act::CORRECT, get(order::correct_form).post(order::correct))
        .route("/staff/cash", Look, act::CASH_BOX, get(cash::cash))
        .route("/staff/cash/{way}", Both, act::CASH_BOX, get(cash::move_form).post(cash::move_cash))
        .route("/staff/proposals", Look, act::PROPOSALS, get(proposal::list))
        .route("/staff/proposals/{proposal}", Look, act::PROPOSALS, get(proposal::proposal))
        .route("/staff/proposals/{proposal}/{decision}", Send, act::PROPOSALS, post(proposal::decide))
        .route("/staff/clearing", Look, act::CLEARING, get(clearing::clearing))
        .route("/staff/clearing/find", Send, act::CLEARING, post(clearing::find))
        .route("/staff/clearing/payments/{order}", Look, act::CLEARING, get(clearing::payment))
        .route("/staff/clearing/payments/{order}/enquire", Send, act::ENQUIRE, post(clearing::enquire))
        .route("/staff/clearing/payments/{order}/reveal", Send, act::CLEARING_REVEAL, post(clearing::reveal))
        .route("/staff/clearing/payments/{order}/{act}", Both, Word(clearing::words), get(clearing::act_form).post(clearing::act))
        .route("/staff/clearing/cases", Look, act::CLEARING, get(clearing_case::list))
        .route("/staff/clearing/cases/{case}", Look, act::CLEARING, get(clearing_case::case))
        .route("/staff/clearing/cases/{case}/close", Both, act::CASE_CLOSE, get(clearing_case::close_form).post(clearing_case::close))
        .route("/staff/clearing/days", Look, act::CLEARING, get(clearing_day::list))
        .route("/staff/clearing/days/{day}", Look, act::CLEARING, get(clearing_day::day))
        .route("/staff/clearing/days/{day}/compare", Send, act::RECONCILE, post(clearing_day::compare))
        .route("/staff/books", Look, act::BOOKS, get(book::books))
        .route("/staff/books/days/{day}", Look, act::BOOKS, get(book::day))
        .route("/staff/books/days/{day}/compare", Send, act::BOOKS_COMPARE, post(book::compare))
        .route("/staff/books/slices/{start}", Look, act::BOOKS, get(book_slice::slice))
        .route("/staff/books/vouchers/{number}", Look, act::BOOKS, get(book_slice::voucher))
        .route("/staff/members", Look, MEMBERS, get(member::list))
        .route("/staff/members/add", Both, MEMBERS, get(member::add_form).post(member::add))
        .route("/staff/members/{member}", Look, MEMBERS, get(member::member))
        .route("/staff/members/{member}/{act}", Both, Word(member::words), get(member::act_form).post(member::act))
        .route("/staff/security-cases", Look, SECURITY_CASES, get(security::list))
        .route("/staff/security-cases/{case}", Look, SECURITY_CASES, get(security::case))
        .route("/staff/security-cases/{case}/note", Send, SECURITY_CASES, post(security::note))
        .route("/staff/limits", Look, act::LIMITS, get(limit::limits))
        .route("/staff/limits/propose", Both, act::CHANGE_LIMITS, get(limit::form).post(limit::propose))
        .route("/staff/audit", Look, AUDIT, get(audit::audit))
        .route("/staff/audit/check", Send, AUDIT, post(audit::check))
}
