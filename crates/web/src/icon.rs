//! The drawings of the bank: a grid of 24, a stroke of 1.75, round ends, and a square wherever the thing allows one.

use askama::filters::HtmlSafe;
use std::fmt;

macro_rules! icons {
    ($($icon:ident $name:literal $drawing:literal)*) => {
        /// A drawing. In a template `{{ web::Icon::Home }}` sets it inline, in the colour of the text around it; it is
        /// hidden from readers, so that a word must stand beside it or in a `.sr` element.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $(#[doc = $name] $icon,)*
        }

        impl Icon {
            /// Every drawing.
            pub const ALL: &'static [Self] = &[$(Self::$icon,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$icon => $name,)* }
            }

            fn drawing(self) -> &'static str {
                match self { $(Self::$icon => $drawing,)* }
            }
        }
    };
}

icons! {
    Home "home" r#"<path d="M4.5 10.6 12 4.3l7.5 6.3v8.1a1.3 1.3 0 0 1-1.3 1.3H5.8a1.3 1.3 0 0 1-1.3-1.3z"/><rect x="10" y="12.7" width="4" height="4" rx=".5"/>"#
    Wallet "wallet" r#"<rect x="3.5" y="5.5" width="17" height="14" rx="2"/><path d="M3.5 9.5h17"/><rect x="14.7" y="13" width="3" height="3" rx=".5"/>"#
    Scan "scan" r#"<path d="M4 8.2V5.6A1.6 1.6 0 0 1 5.6 4h2.6M15.8 4h2.6A1.6 1.6 0 0 1 20 5.6v2.6M20 15.8v2.6a1.6 1.6 0 0 1-1.6 1.6h-2.6M8.2 20H5.6A1.6 1.6 0 0 1 4 18.4v-2.6M7 12h10"/>"#
    Send "send" r#"<path d="M4.5 9h15l-4-4M19.5 15h-15l4 4"/>"#
    Receive "receive" r#"<path d="M12 4v10.5M7.8 10.5l4.2 4.2 4.2-4.2M4.5 15.5V20h15v-4.5"/>"#
    Bill "bill" r#"<path d="M6 3.8h12v16.4l-2-1.6-2 1.6-2-1.6-2 1.6-2-1.6-2 1.6z"/><path d="M9.3 8.5h5.4M9.3 12.2h5.4"/>"#
    List "list" r#"<path d="M10 6h10M10 12h10M10 18h10"/><rect class="solid" x="3.5" y="4.3" width="3.4" height="3.4" rx=".6"/><rect class="solid" x="3.5" y="10.3" width="3.4" height="3.4" rx=".6"/><rect class="solid" x="3.5" y="16.3" width="3.4" height="3.4" rx=".6"/>"#
    Chat "chat" r#"<path d="M4 4.8h16v11.4h-8.2L7.5 19.7v-3.5H4z"/><path d="M8.5 10.5h5"/>"#
    Me "me" r#"<circle cx="12" cy="8" r="3.7"/><path d="M4.8 20c.5-4 3.4-6.3 7.2-6.3s6.7 2.3 7.2 6.3"/>"#
    Eye "eye" r#"<path d="M2.5 12S6 5.7 12 5.7 21.5 12 21.5 12 18 18.3 12 18.3 2.5 12 2.5 12z"/><rect x="10" y="10" width="4" height="4" rx=".6"/>"#
    EyeClosed "eye-closed" r#"<path d="M2.5 9.500S6 15.5 12 15.500s9.5-6 9.5-6M12 15.700v3M6.3 13.900l-1.7 2.500M17.7 13.900l1.7 2.5"/>"#
    Bell "bell" r#"<path d="M6 16.800V11a6 6 0 0 1 12 0v5.800l1.3 1.400H4.700zM10 21h4"/>"#
    Help "help" r#"<circle cx="12" cy="12" r="8.7"/><path d="M9.5 9.500a2.5 2.5 0 1 1 3.7 2.200c-.8.45-1.2.95-1.2 1.8"/><rect class="solid" x="11" y="15.5" width="2" height="2" rx=".4"/>"#
    Search "search" r#"<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>"#
    Calendar "calendar" r#"<rect x="4" y="5.5" width="16" height="14.5" rx="1.5"/><path d="M4 10h16M8 3.500v4M16 3.500v4"/><rect class="solid" x="13.5" y="13" width="3.5" height="3.5" rx=".5"/>"#
    Clock "clock" r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.300V12l3.2 2"/>"#
    Plus "plus" r#"<path d="M12 5v14M5 12h14"/>"#
    Check "check" r#"<path d="m5 12.7 4.5 4.500L19 7.3"/>"#
    Bar "bar" r#"<path d="M5.5 12h13"/>"#
    Pause "pause" r#"<path d="M8.8 6v12M15.2 6v12"/>"#
    Attention "attention" r#"<path d="M12 4.500v10"/><rect class="solid" x="10.9" y="17.3" width="2.2" height="2.2" rx=".4"/>"#
    Close "close" r#"<path d="m6 6 12 12M18 6 6 18"/>"#
    Back "back" r#"<path d="m15 4.8-7.2 7.2 7.2 7.2"/>"#
    Next "next" r#"<path d="m9 4.8 7.2 7.200L9 19.2"/>"#
    Chevron "chevron" r#"<path d="m5.5 9 6.5 6.500L18.5 9"/>"#
    Arrow "arrow" r#"<path d="M4.5 12h15M13.5 6l6 6-6 6"/>"#
    Out "out" r#"<path d="M10.5 4.500h-6v15h6M15.5 8l4 4-4 4M19.5 12h-9"/>"#
    Shield "shield" r#"<path d="m12 3.3 7.5 2.900v5.600c0 4.3-3 7.3-7.5 9-4.5-1.7-7.5-4.7-7.5-9V6.200z"/><rect x="10" y="10" width="4" height="4" rx=".6"/>"#
    Lock "lock" r#"<rect x="5" y="10.5" width="14" height="9.5" rx="1.5"/><path d="M8.3 10.500V7.700a3.7 3.7 0 0 1 7.4 0v2.8"/><rect class="solid" x="11" y="13.7" width="2" height="3" rx=".4"/>"#
    Unlock "unlock" r#"<rect x="5" y="10.5" width="14" height="9.5" rx="1.5"/><path d="M8.3 10.500V7.700a3.7 3.7 0 0 1 7.1-1.5"/><rect class="solid" x="11" y="13.7" width="2" height="3" rx=".4"/>"#
    Stop "stop" r#"<circle cx="12" cy="12" r="8.5"/><rect x="9" y="9" width="6" height="6" rx=".8"/>"#
    Key "key" r#"<circle cx="7.5" cy="12" r="4"/><path d="M11.5 12H21v3M17 12v2.6"/><rect class="solid" x="6.5" y="11" width="2" height="2" rx=".4"/>"#
    Token "token" r#"<rect x="6" y="3.5" width="12" height="17" rx="2"/><rect x="8.8" y="6.3" width="6.4" height="3.6" rx=".5"/><path d="M9.2 13.500h.01M12 13.500h.01M14.8 13.500h.01M9.2 17h.01M12 17h.01M14.8 17h.01"/>"#
    Sms "sms" r#"<rect x="6.5" y="3.5" width="11" height="17" rx="1.8"/><path d="M9.7 8.300h4.600M9.7 11.500h3M11 17.300h2"/>"#
    Finger "finger" r#"<path d="M5.5 9.500C6.5 6.2 9 4.3 12 4.300s5.5 1.9 6.5 5.200M5 15c.5-1 .7-2 .7-3.2 0-3.6 2.8-6.1 6.3-6.100M18.3 11.800c.1 2.2-.1 4.2-.7 6M8.7 18.700c1-2 1.5-4.3 1.5-6.700a1.8 1.8 0 0 1 3.6 0c0 2.9-.6 5.6-1.8 8M7.9 12c0-2.4 1.8-4.2 4.1-4.200s4.1 1.8 4.1 4.200c0 2.1-.2 4.1-.8 6"/>"#
    Down "down" r#"<path d="M12 4v11M7.5 10.700l4.5 4.5 4.5-4.500M5 19.700h14"/>"#
    Print "print" r#"<path d="M7 8.500V3.800h10v4.700M7 16.500H4.300v-8h15.400v8H17"/><rect x="7" y="13.5" width="10" height="7" rx=".5"/>"#
    Doc "doc" r#"<path d="M6.3 3.500h7.900l3.5 3.700v13.300H6.300z"/><path d="M13.7 3.700v4h4M9.3 12h5.400M9.3 15.700h5.4"/>"#
    Share "share" r#"<path d="M12 14.500V3.800M8 7.500l4-4 4 4M7.5 10.500H5v10h14v-10h-2.5"/>"#
    Branch "branch" r#"<path d="M3.8 9.7 12 4.300l8.2 5.400zM6 9.700V18M18 9.700V18M3.5 20.200h17"/><rect x="10" y="13" width="4" height="5" rx=".4"/>"#
    Phone "phone" r#"<path d="M6.5 4h3l1.5 4-2 1.700a11.5 11.5 0 0 0 5.3 5.300l1.7-2 4 1.500v3a2 2 0 0 1-2.1 2C11 19 5 13 4.5 6.100A2 2 0 0 1 6.5 4z"/>"#
    Voice "voice" r#"<path d="M4 9.500h3.300L12 5.800v12.400l-4.7-3.700H4zM15.3 9a4.2 4.2 0 0 1 0 6M18 6.300a8 8 0 0 1 0 11.4"/>"#
    Mic "mic" r#"<rect x="9.2" y="3.5" width="5.6" height="10.5" rx="2.8"/><path d="M5.5 11.500a6.5 6.5 0 0 0 13 0M12 18v3"/>"#
    Users "users" r#"<circle cx="9" cy="8.5" r="3.3"/><path d="M3 19.300c.4-3.3 2.9-5.3 6-5.300s5.6 2 6 5.300M15.5 5.500a3.3 3.3 0 0 1 0 6.200M17.5 14.500c2 .7 3.2 2.4 3.5 4.8"/>"#
    Laptop "laptop" r#"<rect x="5" y="5.5" width="14" height="10" rx="1"/><path d="M3 19h18"/>"#
    Cart "cart" r#"<path d="M3 4.500h2.700l2.2 10.700h9.600l2.2-7.700H6.5"/><rect class="solid" x="8.3" y="18" width="2.6" height="2.6" rx=".5"/><rect class="solid" x="14.8" y="18" width="2.6" height="2.6" rx=".5"/>"#
    Gift "gift" r#"<rect x="4" y="8.5" width="16" height="4" rx=".5"/><path d="M5.5 12.500V20h13v-7.500M12 8.500V20M12 8.500C9.3 8.5 7 7.3 7.7 5.400S12 5 12 8.500zM12 8.500c2.7 0 5-1.2 4.3-3.100S12 5 12 8.500z"/>"#
    Bolt "bolt" r#"<path d="M13.5 3.5 6 13.500h5l-1 7 7.5-10h-5z"/>"#
    Drop "drop" r#"<path d="M12 3.500c3.7 4.2 5.7 6.9 5.7 9.900a5.7 5.7 0 0 1-11.4 0c0-3 2-5.7 5.7-9.900z"/>"#
    Warn "warn" r#"<path d="M12 4 21 19.500H3z"/><path d="M12 10v4.3"/><rect class="solid" x="11.1" y="16" width="1.8" height="1.8" rx=".4"/>"#
    Info "info" r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11.300v5"/><rect class="solid" x="11" y="7.3" width="2" height="2" rx=".4"/>"#
}

// Made of our own literals alone.
impl HtmlSafe for Icon {}

impl fmt::Display for Icon {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\">{}</svg>",
            self.drawing()
        )
    }
}
