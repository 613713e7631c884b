//! What every page of the bank shares: the shell around a page, the design system, forms, languages, formats and
//! the faces of errors.
//!
//! A room renders a page in four moves:
//!
//! 1. the handler takes [`Page`] (language, theme, who is signed in, the form token) as an extractor;
//! 2. it builds a struct with `#[derive(askama::Template)]` whose template extends `web/public.html`,
//!    `web/member.html` or `web/task.html` and has a field `page`;
//! 3. it answers [`Html`] of that struct;
//! 4. it returns [`Result`], so that `?` turns a refusal or a fault into the right page or problem document.
//!
//! The words:
//!
//! * a **visit** is one request with what is known about it before any handler runs: its id, its language, its
//!   theme, its session;
//! * a **room** here is what a crate brings along ([`Room`]): texts, style, modules, places of the navigation;
//! * the **frame** is the stack of layers that [`Web::serve`] puts around all routes: security headers, origin and
//!   form-token checks, session look-up, error rendering, compression.
//!
//! Nothing here knows a customer, an account or a payment; those are drawn by the rooms above.

// Templates of other rooms name `web::…`; with this the same words work in our own.
extern crate self as web;

mod area;
mod asset;
mod body;
pub mod check;
mod cookie;
mod design;
mod error;
mod format;
mod frame;
mod guard;
mod icon;
mod locale;
mod mask;
mod offline;
mod page;
mod preferences;
mod rate;
mod room;
mod session;
mod texts;
pub mod ui;

pub use area::Area;
pub use asset::Asset;
pub use cookie::SetCookie;
pub use error::{Failure, Html, Result};
pub use format::{Formats, When};
pub use frame::{Parts, Settings, Web};
pub use icon::Icon;
pub use locale::Locale;
pub use mask::{account_in_fours, account_tail, mask_mobile, mask_name, mobile_in_groups};
pub use page::{Bar, Page, Theme, local_path};
pub use rate::{Rate, Rates};
pub use room::{Place, PlaceKind, ROOM, Room};
pub use session::{DoneFuture, Session, SessionFuture, Sessions};
pub use texts::{Arg, RoomTexts, Texts};
