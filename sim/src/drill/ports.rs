//! Ports of this machine for the eight: held from the beginning, released when they start.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use super::DrillFault;
use super::cast::Post;

/// How many ports the eight take.
const PORTS_OF_THE_EIGHT: u16 = 24;

/// How many ports the drill takes from `--base-port` on: the last one is its own page's.
pub(super) const PORTS: u16 = PORTS_OF_THE_EIGHT + 1;

/// Where a post is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Addresses {
    /// By its peers, over UDP.
    pub(super) mesh: SocketAddr,
    /// By cards.
    pub(super) reader: SocketAddr,
    /// By browsers.
    pub(super) web: SocketAddr,
}

/// The addresses of all posts, held for them.
#[derive(Debug)]
pub(super) struct Ports {
    addresses: BTreeMap<Post, Addresses>,
    // Nobody else is given these ports while the keys are made and the register is read.
    _udp: Vec<UdpSocket>,
    _tcp: Vec<TcpListener>,
}

impl Ports {
    /// Takes free ports, or those from `base` on.
    ///
    /// # Errors
    /// [`DrillFault::Usage`] when one of those is in use; [`DrillFault::Machine`].
    pub(super) fn hold(base: Option<u16>) -> Result<Self, DrillFault> {
        let mut next = base;
        let mut port = || {
            let port = next.unwrap_or(0);
            next = next.map(|port| port.saturating_add(1));
            SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        };
        let mut held = Self { addresses: BTreeMap::new(), _udp: Vec::new(), _tcp: Vec::new() };
        for post in Post::ALL {
            let (mesh, reader, web) = (port(), port(), port());
            let addresses = Addresses {
                mesh: held.hold_udp(mesh).map_err(|error| in_use(mesh, &error))?,
                reader: held.hold_tcp(reader).map_err(|error| in_use(reader, &error))?,
                web: held.hold_tcp(web).map_err(|error| in_use(web, &error))?,
            };
            held.addresses.insert(post, addresses);
        }
        Ok(held)
    }

    /// Where a post is reached.
    pub(super) fn of(&self, post: Post) -> Addresses {
        *self.addresses.get(&post).expect("every post has its ports")
    }

    /// Lets the posts have them.
    pub(super) fn release(self) -> BTreeMap<Post, Addresses> {
        self.addresses
    }

    fn hold_udp(&mut self, at: SocketAddr) -> std::io::Result<SocketAddr> {
        let socket = UdpSocket::bind(at)?;
        let at = socket.local_addr()?;
        self._udp.push(socket);
        Ok(at)
    }

    fn hold_tcp(&mut self, at: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(at)?;
        let at = listener.local_addr()?;
        self._tcp.push(listener);
        Ok(at)
    }
}

/// Listens for browsers that come to the drill's own page: after the ports of the eight, or anywhere.
///
/// # Errors
/// [`DrillFault::Usage`] when the port is in use; [`DrillFault::Machine`].
pub(super) fn open_door(base: Option<u16>) -> Result<TcpListener, DrillFault> {
    let port = base.map_or(0, |base| base.saturating_add(PORTS_OF_THE_EIGHT));
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(at).map_err(|error| in_use(at, &error))
}

fn in_use(at: SocketAddr, error: &std::io::Error) -> DrillFault {
    if at.port() == 0 {
        return DrillFault::Machine(format!("no free port on this machine: {error}"));
    }
    DrillFault::Usage(format!(
        "port {} cannot be taken: {error}; choose another --base-port ({PORTS} ports from there on) \
         or leave it out",
        at.port()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_posts_share_a_port() {
        let ports = Ports::hold(None).expect("this machine has 24 free ports");
        let tcp: BTreeSet<_> = Post::ALL
            .into_iter()
            .flat_map(|post| [ports.of(post).reader, ports.of(post).web])
            .collect();
        let udp: BTreeSet<_> = Post::ALL.into_iter().map(|post| ports.of(post).mesh).collect();
        assert_eq!((tcp.len(), udp.len()), (16, 8));
        let one = ports.of(Post::Bus).reader;
        assert!(TcpListener::bind(one).is_err());
        assert_eq!(ports.release().len(), 8);
        TcpListener::bind(one).expect("a released port is free");
    }

    #[test]
    fn a_base_port_in_use_is_told_with_its_number() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port();
        // The second port of each post is a TCP one.
        let said = Ports::hold(Some(port - 1)).expect_err("the port is taken").to_string();
        assert!(said.contains("--base-port"), "{said}");
        let said =
            open_door(Some(port - PORTS_OF_THE_EIGHT)).expect_err("so it is here").to_string();
        assert!(said.contains(&port.to_string()) && said.contains("--base-port"), "{said}");
    }
}
