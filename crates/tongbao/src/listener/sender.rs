//! Who sends: the address behind trusted proxies, and how many connections an address may hold.

use crate::trouble::Trouble;
use axum::http::HeaderMap;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Where each proxy appends the address that it saw.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word about the sender's address is taken.
#[derive(Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Addresses and networks such as `10.0.0.5` and `10.0.0.0/8`.
    pub(crate) fn try_new(networks: &[String]) -> Result<Self, Trouble> {
        let parse = |text: &String| {
            let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
            network.ok_or_else(|| {
                Trouble::new(format!("{text:?} is not an address or a network.")).remedy(
                    "[listen] trusted_proxies takes addresses such as 10.0.0.5 and networks such as 10.0.0.0/8.",
                )
            })
        };
        Ok(Self(networks.iter().map(parse).collect::<Result<_, _>>()?))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The sender of a request: from the last hop on back, each address is believed if who appended it is trusted.
    pub(crate) fn sender(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut sender = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|line| line.to_str().ok());
        for hop in lines.flat_map(|line| line.rsplit(',')) {
            if !self.trusts(sender) {
                break;
            }
            let Some(address) = address_of(hop.trim()) else { break };
            sender = address.to_canonical();
        }
        sender
    }
}

/// Some proxies write the port, too.
fn address_of(hop: &str) -> Option<IpAddr> {
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Connections by address.
type Held = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// How many connections each address holds. Loopback and trusted proxies, which carry those of many, are not counted.
pub(crate) struct Senders {
    proxies: Proxies,
    most: usize,
    held: Held,
}

/// A connection that is counted; dropping it counts it no more.
pub(crate) struct Counted(Option<(IpAddr, Held)>);

impl Senders {
    pub(crate) fn new(proxies: Proxies, most: usize) -> Self {
        Self { proxies, most: most.max(1), held: Arc::default() }
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// One more connection of this address, or nothing if it holds as many as it may.
    pub(crate) fn enter(&self, peer: IpAddr) -> Option<Counted> {
        let address = site(peer.to_canonical());
        if address.is_loopback() || self.proxies.trusts(peer.to_canonical()) {
            return Some(Counted(None));
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted(Some((address, self.held.clone()))))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((address, held)) = &self.0 else { return };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                held.remove(address);
            }
        }
    }
}

/// An IPv6 site is one sender, whatever its last 64 bits; the loopback stays itself.
fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(networks: &[&str]) -> Proxies {
        Proxies::try_new(&networks.iter().map(|network| (*network).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_forwarded_address_is_believed_from_trusted_proxies_alone() {
        for (trusted, peer, forwarded, sender) in [
            (&[][..], "203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            (&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            (&["10.0.0.0/8"], "10.0.0.5", &["198.51.100.1"], "198.51.100.1"),
            (&["10.0.0.0/8"], "::ffff:10.0.0.5", &["198.51.100.1"], "198.51.100.1"),
            // What the sender itself put in front is not believed: the sender is no proxy of ours.
            (&["10.0.0.0/8"], "10.0.0.5", &["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
            (&["10.0.0.0/8"], "10.0.0.5", &["127.0.0.1", "198.51.100.1"], "198.51.100.1"),
            // Two proxies in a row.
            (&["10.0.0.0/8"], "10.0.0.5", &["198.51.100.1, 10.0.0.7"], "198.51.100.1"),
            (&["127.0.0.1", "::1"], "::1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            // Nothing or nonsense: the proxy itself.
            (&["10.0.0.5"], "10.0.0.5", &[], "10.0.0.5"),
            (&["10.0.0.5"], "10.0.0.5", &["unknown"], "10.0.0.5"),
            (&["10.0.0.5"], "10.0.0.5", &[""], "10.0.0.5"),
        ] {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
            }
            assert_eq!(proxies(trusted).sender(ip(peer), &headers), ip(sender), "{trusted:?} {peer} {forwarded:?}");
        }
        assert!(Proxies::try_new(&["everybody".to_owned()]).is_err());
    }

    #[test]
    fn an_address_holds_so_many_connections_and_leaves_room_for_others() {
        let senders = Senders::new(proxies(&["10.0.0.5"]), 2);
        let (first, second) = (senders.enter(ip("203.0.113.9")), senders.enter(ip("203.0.113.9")));
        assert!(first.is_some() && second.is_some());
        assert!(senders.enter(ip("::ffff:203.0.113.9")).is_none());
        assert!(senders.enter(ip("203.0.113.10")).is_some());
        drop(first);
        assert!(senders.enter(ip("203.0.113.9")).is_some());
        drop(second);
        assert!(senders.held.lock().unwrap().is_empty(), "nothing is kept of who has gone");
        let site: Vec<_> = ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(|one| senders.enter(ip(one))).into();
        assert_eq!(site.iter().flatten().count(), 2);
        for free in ["127.0.0.1", "::1", "10.0.0.5"] {
            let many: Vec<_> = (0..9).map(|_| senders.enter(ip(free))).collect();
            assert!(many.iter().all(Option::is_some), "{free}");
        }
    }
}
