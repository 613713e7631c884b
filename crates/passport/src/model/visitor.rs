//! Who is at the door, before anybody knows who it is.

use std::net::IpAddr;

/// What is known about a request before its sender has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visitor {
    /// Where the request comes from. A loopback address is the bank's own proxy and is not counted against anybody.
    pub address: Option<IpAddr>,
    /// The secret that an earlier sign-in left in this browser.
    pub device: Option<String>,
    /// What the browser says it is; may be empty.
    pub agent: String,
}

impl Visitor {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The address that counts: an IPv6 site is one sender, whatever its last 64 bits.
    pub(crate) fn counted_address(&self) -> Option<String> {
        match self.address?.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(address.to_string()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }

    /// A name of the device that its owner recognises, such as `Chrome · Android`; empty if nothing is recognised.
    pub(crate) fn device_label(&self) -> String {
        // Names of one browser contain those of others, so the order counts.
        const BROWSERS: [(&str, &str); 9] = [
            ("MicroMessenger/", "WeChat"),
            ("HuaweiBrowser/", "Huawei Browser"),
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ];
        const SYSTEMS: [(&str, &str); 8] = [
            ("OpenHarmony", "HarmonyOS"),
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Macintosh", "Mac"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ];
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| self.agent.contains(mark)).map(|(_, name)| *name)
        };
        let parts: Vec<&str> = [find(&BROWSERS), find(&SYSTEMS)].into_iter().flatten().collect();
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names_that_people_know() {
        for (agent, label) in [
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari · iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox · Windows"),
            ("curl/8.9", ""),
            ("<script>", ""),
        ] {
            assert_eq!(Visitor { agent: agent.to_owned(), ..Visitor::unknown() }.device_label(), label);
        }
    }

    #[test]
    fn the_loopback_is_nobody_and_a_site_of_ipv6_is_one_sender() {
        for (address, counted) in [
            ("127.0.0.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            ("203.0.113.9", Some("203.0.113.9")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
        ] {
            let visitor = Visitor { address: Some(address.parse().unwrap()), ..Visitor::unknown() };
            assert_eq!(visitor.counted_address().as_deref(), counted, "{address}");
        }
    }
}
