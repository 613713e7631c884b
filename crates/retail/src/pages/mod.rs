//! PageState of the personal bank, in the language and theme of the visitor. Every task works without script.

mod account;
mod accounts;
mod caller;
mod cards;
mod certificate;
mod debit;
mod guard;
mod guide;
mod home;
mod identity;
mod join;
mod keypad;
mod keys;
mod landing;
mod leave;
mod live;
mod me;
mod mobile;
mod notices;
mod open;
mod phone;
mod profile;
mod proof;
mod receipt;
mod receive;
mod safety;
mod sign_in;
mod statement;
mod tools;
mod transfer;
mod unlock;
mod verify;
mod view;
mod way;

use ::accounts::Accounts;
use axum::Router;
use axum::routing::{get, post};
pub use keypad::DemoToken;
use passport::Passport;
use payments::Payments;
use std::sync::Arc;
use web::{Asset, Icon, Place, PlaceKind, Room, RoomTexts};

/// What the pages need. Clones are cheap.
#[derive(Clone)]
pub struct PageState {
    /// Sign-in and sign-out.
    pub passport: Passport,
    /// Accounts and their balances.
    pub accounts: Accounts,
    /// Transfers, receipts, statements.
    pub payments: Payments,
    /// The phones of the demonstration bank; none in a real one.
    pub phone: Option<notify::demo::Phone>,
    /// The tokens of the demonstration bank; none in a real one.
    pub tokens: Arc<[DemoToken]>,
    /// The people of the demonstration bank, shown with their passwords; empty in a real one.
    pub demo: Arc<[DemoPerson]>,
}

/// Somebody whom a visitor of the demonstration bank may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    /// Full name.
    pub name: String,
    /// Mainland mobile number, 11 digits.
    pub mobile: String,
    /// The password, which is no secret.
    pub password: String,
}

impl DemoPerson {
    fn initial(&self) -> String {
        self.name.chars().take(1).collect()
    }

    /// The language of the name itself.
    fn lang(&self) -> &'static str {
        if self.name.is_ascii() { "en" } else { "zh-CN" }
    }

    fn mobile_in_groups(&self) -> String {
        web::mobile_in_groups(&self.mobile)
    }
}

/// The personal bank's texts, style and places.
pub const ROOM: Room = Room {
    texts: RoomTexts {
        room: "retail",
        zh: concat!(
            include_str!("../../locales/zh.ftl"),
            include_str!("../../locales/accounts.zh.ftl"),
            include_str!("../../locales/refusals.zh.ftl"),
            include_str!("../../locales/refusals-people.zh.ftl"),
            include_str!("../../locales/security.zh.ftl"),
            include_str!("../../locales/keys.zh.ftl"),
            include_str!("../../locales/refusals-payments.zh.ftl"),
            include_str!("../../locales/interbank.zh.ftl"),
            include_str!("../../locales/refusals-cards.zh.ftl"),
            include_str!("../../locales/cards.zh.ftl"),
            include_str!("../../locales/tools.zh.ftl"),
            include_str!("../../locales/debit-cards.zh.ftl"),
            include_str!("../../locales/payments.zh.ftl")
        ),
        en: concat!(
            include_str!("../../locales/en.ftl"),
            include_str!("../../locales/accounts.en.ftl"),
            include_str!("../../locales/refusals.en.ftl"),
            include_str!("../../locales/refusals-people.en.ftl"),
            include_str!("../../locales/security.en.ftl"),
            include_str!("../../locales/keys.en.ftl"),
            include_str!("../../locales/refusals-payments.en.ftl"),
            include_str!("../../locales/interbank.en.ftl"),
            include_str!("../../locales/refusals-cards.en.ftl"),
            include_str!("../../locales/cards.en.ftl"),
            include_str!("../../locales/tools.en.ftl"),
            include_str!("../../locales/debit-cards.en.ftl"),
            include_str!("../../locales/payments.en.ftl")
        ),
    },
    style: concat!(include_str!("../../assets/retail.css"), include_str!("../../assets/accounts.css")),
    assets: &[
        Asset {
            name: "gesture.js",
            content_type: "text/javascript; charset=utf-8",
            body: include_bytes!("../../assets/gesture.js"),
        },
        Asset {
            name: "live.js",
            content_type: "text/javascript; charset=utf-8",
            body: include_bytes!("../../assets/live.js"),
        },
    ],
    places: &[
        place("home", "/home", Icon::Home, "retail-place-home", PlaceKind::Plain),
        place("accounts", "/accounts", Icon::Wallet, "retail-place-accounts", PlaceKind::Plain),
        place("pay", "/transfer", Icon::Send, "retail-place-pay", PlaceKind::Coin),
        place("statement", "/statement", Icon::List, "retail-place-statement", PlaceKind::Plain),
        place("me", "/me", Icon::Me, "retail-place-me", PlaceKind::Person),
        place("products", "/products", Icon::Wallet, "retail-place-products", PlaceKind::Public),
        place("rates", "/rates", Icon::Bill, "retail-place-rates", PlaceKind::Public),
        place("branches", "/branches", Icon::Branch, "retail-place-branches", PlaceKind::Public),
        place("security", "/security", Icon::Shield, "retail-place-security", PlaceKind::Public),
        place("help", "/help", Icon::Help, "retail-place-help", PlaceKind::Public),
    ],
};

const fn place(key: &'static str, href: &'static str, icon: Icon, label: &'static str, kind: PlaceKind) -> Place {
    Place { key, href, icon, label, kind }
}

/// The routes of all pages, to be put into `web::Web::serve`.
pub fn router(pages: PageState) -> Router {
    Router::new()
        .route("/", get(landing::landing))
        .route("/products", get(guide::products))
        .route("/rates", get(guide::rates))
        .route("/branches", get(guide::branches))
        .route("/security", get(guide::security))
        .route("/help", get(guide::help))
        .route("/register", get(join::register_form).post(join::register))
        .route("/register/finish", post(join::finish_registration))
        .route("/reset", get(join::reset_form).post(join::reset))
        .route("/reset/finish", post(join::finish_reset))
        .route("/demo/inbox", get(phone::inbox))
        .route("/demo/token", get(keypad::show).post(keypad::press))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-in/code", post(sign_in::finish))
        .route("/sign-in/passkey", post(sign_in::by_passkey))
        .route("/unlock", get(unlock::form).post(unlock::unlock))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/home", get(home::home))
        .route("/accounts", get(accounts::accounts))
        .route("/accounts/open", get(open::form).post(open::open))
        .route("/accounts/{account}", get(account::account).post(account::rename))
        .route("/accounts/{account}/certificates", post(certificate::certify))
        .route("/accounts/{account}/{step}", get(account::step::form).post(account::step::take))
        .route("/cards", get(cards::cards))
        .route("/cards/new", get(debit::new_form).post(debit::issue))
        .route("/cards/own/{card}", get(debit::card))
        .route("/cards/own/{card}/number", post(debit::number))
        .route("/cards/own/{card}/do/{deed}", get(debit::deed_form).post(debit::deed))
        .route("/cards/own/{card}/locks", get(debit::lock::show))
        .route("/cards/own/{card}/locks/{kind}", post(debit::lock::set))
        .route("/cards/own/{card}/uses/{purchase}", get(debit::usage::show))
        .route("/cards/bind", get(cards::bind::form).post(cards::bind::choose_number))
        .route("/cards/bind/code", post(cards::bind::ask))
        .route("/cards/bind/{check}", get(cards::bind::check).post(cards::bind::prove))
        .route("/cards/top-up", get(cards::money::top_up_form).post(cards::money::top_up))
        .route("/cards/withdraw", get(cards::money::withdraw_form).post(cards::money::withdraw))
        .route("/cards/{card}/unbind", get(cards::unbind_form).post(cards::unbind))
        .route("/certificates/{certificate}", get(certificate::certificate))
        .route("/verify", get(verify::form).post(verify::verify))
        .route("/statement", get(statement::statement))
        .route("/statement/download", get(statement::download))
        .route("/statement/paper", get(statement::paper))
        .route("/receive", get(receive::receive))
        .route("/receive/requests", post(receive::make))
        .route("/receive/requests/{id}/cancel", post(receive::cancel))
        .route("/pay/{token}", get(receive::pay))
        .route("/transfer", get(transfer::payee_form))
        .route("/transfer/payee", post(transfer::choose_payee))
        .route("/transfer/amount", post(transfer::choose_amount))
        .route("/transfer/elsewhere", get(transfer::elsewhere::form))
        .route("/transfer/elsewhere/change", post(transfer::elsewhere::change))
        .route("/transfer/elsewhere/payee", post(transfer::elsewhere::choose_payee))
        .route("/transfer/elsewhere/amount", post(transfer::elsewhere::choose_amount))
        .route("/transfer/planned", get(transfer::planned::planned))
        .route("/transfer/schedules/{id}/stop", post(transfer::planned::stop))
        .route("/transfer/payees", get(transfer::payees::payees))
        .route("/transfer/payees/{id}/remove", post(transfer::payees::remove))
        .route("/payments/{order}/recall", post(transfer::planned::recall))
        .route("/transfer/{draft}", get(transfer::review))
        .route("/transfer/{draft}/challenge", post(transfer::ask))
        .route("/transfer/{draft}/confirm", post(transfer::confirm))
        .route("/payments/{order}", get(receipt::receipt))
        .route("/live", get(live::live))
        .route("/me", get(me::me))
        .route("/me/profile", get(profile::form).post(profile::save))
        .route("/me/mobile", get(mobile::form).post(mobile::start))
        .route("/me/mobile/new", post(mobile::prove_new))
        .route("/me/mobile/finish", post(mobile::finish))
        .route("/me/close", get(leave::form).post(leave::start))
        .route("/me/close/finish", post(leave::finish))
        .route("/me/identity", get(identity::form).post(identity::prove))
        .route("/me/verify", get(guard::verify).post(guard::prove))
        .route("/me/verify/challenge", post(guard::ask))
        .route("/me/limits", get(guard::limits).post(guard::set_limit))
        .route("/me/activity", get(guard::activity))
        .route("/me/activity/{event}/not-me", post(guard::not_me))
        .route("/me/stop", get(guard::stop).post(guard::stop_now))
        .route("/me/security", get(safety::safety))
        .route("/me/security/sessions/end-others", post(safety::end_others))
        .route("/me/security/sessions/{session}/end", post(safety::end_session))
        .route("/me/security/devices/{device}/forget", post(safety::forget_device))
        .route("/me/security/passkeys/{sort}/new", get(keys::new_form).post(keys::add))
        .route("/me/security/passkeys/{sort}", get(keys::edit))
        .route("/me/security/passkeys/{sort}/rename", post(keys::rename))
        .route("/me/security/passkeys/{sort}/remove", post(keys::remove))
        .route("/me/security/device", get(keys::bind_form).post(keys::bind))
        .route("/me/security/devices/{device}/unbind", post(keys::unbind))
        .route("/me/security/devices/{device}/gesture/remove", post(keys::remove_gesture))
        .route("/me/security/gesture", get(keys::gesture_form).post(keys::set_gesture))
        .route("/me/security/password", post(safety::change_password))
        .route("/me/security/tokens", get(tools::token::tokens))
        .route("/me/security/tokens/add", get(tools::token::add_form).post(tools::token::add))
        .route("/me/security/tokens/{token}", get(tools::token::token))
        .route("/me/security/tokens/{token}/resync", post(tools::token::resync))
        .route("/me/security/tokens/{token}/remove", post(tools::token::remove))
        .route("/me/security/second-step", post(tools::token::second_step))
        .route("/me/security/keys", get(tools::key::keys))
        .route("/me/security/keys/add", get(tools::key::add_form).post(tools::key::add))
        .route("/me/security/keys/{key}/certificate", get(tools::key::certificate))
        .route("/me/security/keys/{key}/revoke", post(tools::key::revoke))
        .route("/notices", get(notices::notices))
        .route("/notices/read", post(notices::read_all))
        .with_state(pages)
}
