//! 员工端: the pages under `/staff`. A customer's session is nobody here.

mod account;
mod audit;
mod cash;
mod clearing;
mod clearing_case;
mod clearing_day;
mod clearing_view;
mod clerk;
mod customer;
mod desk;
mod door;
mod form;
mod member;
mod order;
mod proposal;
mod view;

use crate::Desk;
use crate::model::act;
use axum::Router;
use axum::routing::{get, post};
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
pub(crate) const PLACES: [(&str, Option<Act>); 8] = [
    ("staff-desk", None),
    ("staff-customers", Some(act::FIND)),
    ("staff-cash", Some(act::CASH_BOX)),
    ("staff-clearing", Some(act::CLEARING)),
    ("staff-proposals", Some(act::PROPOSALS)),
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
            include_str!("../../locales/refusals.zh.ftl")
        ),
        en: concat!(
            include_str!("../../locales/en.ftl"),
            include_str!("../../locales/clearing.en.ftl"),
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
        place("staff-proposals", "/staff/proposals", Icon::Clock, "branch-place-proposals"),
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
    Router::new()
        .route("/staff", get(desk::desk))
        .route("/staff/sign-in", get(door::form).post(door::sign_in))
        .route("/staff/sign-out", post(door::sign_out))
        .route("/staff/password", get(door::password_form).post(door::change_password))
        .route("/staff/me", get(door::me))
        .route("/staff/customers", get(customer::search).post(customer::find))
        .route("/staff/customers/{person}", get(customer::customer))
        .route("/staff/customers/{person}/reveal", post(customer::reveal))
        .route("/staff/customers/{person}/{act}", get(customer::act_form).post(customer::act))
        .route("/staff/accounts/{account}", get(account::account))
        .route("/staff/accounts/{account}/movements", post(account::movements))
        .route("/staff/accounts/{account}/{act}", get(account::act_form).post(account::act))
        .route("/staff/orders", post(order::find))
        .route("/staff/orders/{order}", get(order::order))
        .route("/staff/orders/{order}/correct", get(order::correct_form).post(order::correct))
        .route("/staff/cash", get(cash::cash))
        .route("/staff/cash/{way}", get(cash::move_form).post(cash::move_cash))
        .route("/staff/proposals", get(proposal::list))
        .route("/staff/proposals/{proposal}", get(proposal::proposal))
        .route("/staff/proposals/{proposal}/{decision}", post(proposal::decide))
        .route("/staff/clearing", get(clearing::clearing))
        .route("/staff/clearing/find", post(clearing::find))
        .route("/staff/clearing/payments/{order}", get(clearing::payment))
        .route("/staff/clearing/payments/{order}/enquire", post(clearing::enquire))
        .route("/staff/clearing/payments/{order}/reveal", post(clearing::reveal))
        .route("/staff/clearing/payments/{order}/{act}", get(clearing::act_form).post(clearing::act))
        .route("/staff/clearing/cases", get(clearing_case::list))
        .route("/staff/clearing/cases/{case}", get(clearing_case::case))
        .route("/staff/clearing/cases/{case}/close", get(clearing_case::close_form).post(clearing_case::close))
        .route("/staff/clearing/days", get(clearing_day::list))
        .route("/staff/clearing/days/{day}", get(clearing_day::day))
        .route("/staff/clearing/days/{day}/compare", post(clearing_day::compare))
        .route("/staff/members", get(member::list))
        .route("/staff/members/add", get(member::add_form).post(member::add))
        .route("/staff/members/{member}", get(member::member))
        .route("/staff/members/{member}/{act}", get(member::act_form).post(member::act))
        .route("/staff/audit", get(audit::audit))
        .route("/staff/audit/check", post(audit::check))
        .with_state(pages)
}
