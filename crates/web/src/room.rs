//! What a room brings along to the pages: texts, style, modules, places.

use crate::{Asset, Icon, RoomTexts};

/// A room's part of the site.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Its sentences.
    pub texts: RoomTexts,
    /// Its own CSS, joined to the design system's in one sheet. Class names begin with the room's name.
    pub style: &'static str,
    /// Its own files: modules, pictures.
    pub assets: &'static [Asset],
    /// Its places in the navigation, in order.
    pub places: &'static [Place],
}

/// A place of the navigation: bottom bar on a phone, rail on a tablet, side list on a desktop.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What pages name to say "you are here".
    pub key: &'static str,
    /// Its address.
    pub href: &'static str,
    /// Its drawing.
    pub icon: Icon,
    /// The text key of its word.
    pub label: &'static str,
    /// How it is drawn.
    pub kind: PlaceKind,
}

/// How a place is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Icon and word.
    Plain,
    /// The coin in the middle of the bottom bar: paying.
    Coin,
    /// The person: last, and under their own name on a desktop.
    Person,
    /// 员工端: for those members of staff whose session names it.
    Staff,
    /// Open to everybody: in the head and the foot of public pages.
    Public,
}

/// The shell's own texts, style and modules.
pub const ROOM: Room = Room {
    texts: RoomTexts {
        room: "web",
        zh: concat!(include_str!("../locales/zh.ftl"), include_str!("../locales/design.zh.ftl")),
        en: concat!(include_str!("../locales/en.ftl"), include_str!("../locales/design.en.ftl")),
    },
    style: crate::asset::STYLE,
    assets: &[
        Asset {
            name: "keys.js",
            content_type: "text/javascript; charset=utf-8",
            body: include_bytes!("../assets/keys.js"),
        },
        Asset {
            name: "tongbao.js",
            content_type: "text/javascript; charset=utf-8",
            body: include_bytes!("../assets/tongbao.js"),
        },
        Asset {
            name: "mark.svg",
            content_type: "image/svg+xml; charset=utf-8",
            body: include_bytes!("../assets/mark.svg"),
        },
        png("icon-192.png", include_bytes!("../assets/icons/icon-192.png")),
        png("icon-512.png", include_bytes!("../assets/icons/icon-512.png")),
        png("icon-maskable-512.png", include_bytes!("../assets/icons/icon-maskable-512.png")),
        png("icon-apple-180.png", include_bytes!("../assets/icons/icon-apple-180.png")),
    ],
    places: &[],
};

/// A picture for home screens, drawn from `mark.svg`.
const fn png(name: &'static str, body: &'static [u8]) -> Asset {
    Asset { name, content_type: "image/png", body }
}
