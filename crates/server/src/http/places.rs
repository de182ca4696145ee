//! Who may connect while others are connected.
//!
//! There are so many places, and so many of them for one IPv4 address or IPv6 /64. Where none is left, whoever has
//! been silent longest makes room. Where nobody is silent, the newcomer gets one of a few spare places, which are
//! for asking how the server is: everything else is answered 503 there. So probes get through however full it is,
//! and nobody waits in line for a place that does not come.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, now};

/// Places for probes, beside the others. Whoever takes one more takes it from whoever has had it longest.
const SPARE: usize = 8;
/// Only whoever was silent for this long makes room for others: a connection that was just opened is about to be
/// used.
const SILENT: Duration = Duration::from_secs(5);
/// The log says at most this often that there is no room.
const SAID: Duration = Duration::from_mins(1);

/// How many may be connected.
#[derive(Debug, Clone)]
pub struct Room {
    /// Connections at the same time.
    pub connections: usize,
    /// Of these for one IPv4 address or IPv6 /64.
    pub per_network: usize,
    /// Proxies, which stand for many people: their connections count only in all.
    pub proxies: Vec<IpNet>,
    /// How long a connection must have been silent to make room.
    pub silent: Duration,
}

impl Room {
    /// So many connections, of these so many from one network.
    pub fn of(connections: usize, per_network: usize, proxies: Vec<IpNet>) -> Self {
        Self { connections, per_network, proxies, silent: SILENT }
    }

    /// What counts as one client; none for a proxy.
    fn network(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let network = match peer {
            IpAddr::V4(_) => peer,
            // Whoever has one address of a /64 has them all.
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        };
        (!self.proxies.iter().any(|net| net.contains(&peer))).then_some(network)
    }
}

/// All places of a listener.
pub struct Places {
    room: Room,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    guests: HashMap<u64, Guest>,
    networks: HashMap<IpAddr, usize>,
    /// By age.
    spare: BTreeMap<u64, CancellationToken>,
    said_at: Option<Instant>,
}

struct Guest {
    network: Option<IpAddr>,
    activity: Arc<Activity>,
    leave: CancellationToken,
}

/// What a place is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Good {
    /// Every request.
    Everything,
    /// One request, and only a probe is answered.
    AProbe,
}

/// A place, held until it is dropped.
pub struct Place {
    places: Arc<Places>,
    /// Counts the connections of the listener.
    pub number: u64,
    /// What it is good for.
    pub good: Good,
    /// What happens on the connection.
    pub activity: Arc<Activity>,
    /// Cancelled when somebody else needs the place.
    pub leave: CancellationToken,
}

impl Places {
    /// All free.
    pub fn new(room: Room) -> Arc<Self> {
        Arc::new(Self { room, taken: Mutex::default() })
    }

    /// A place for whoever has connected.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Place {
        let network = self.room.network(peer);
        let (activity, leave) = (Activity::new(), CancellationToken::new());
        let mut taken = self.lock();
        taken.next += 1;
        let number = taken.next;
        let good = if taken.has_room(&self.room, network) {
            let guest = Guest { network, activity: Arc::clone(&activity), leave: leave.clone() };
            taken.enter(number, guest);
            Good::Everything
        } else {
            taken.say_full();
            taken.enter_spare(number, leave.clone());
            Good::AProbe
        };
        Place { places: Arc::clone(self), number, good, activity, leave }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Whether there is a place, or somebody silent made room.
    fn has_room(&mut self, room: &Room, network: Option<IpAddr>) -> bool {
        let own = network.and_then(|network| self.networks.get(&network)).copied().unwrap_or_default();
        if network.is_some() && own >= room.per_network {
            return self.make_room(room.silent, |guest| guest.network == network);
        }
        self.guests.len() < room.connections || self.make_room(room.silent, |_| true)
    }

    /// Sends the one away who has been silent longest, for at least `silent`.
    fn make_room(&mut self, silent: Duration, among: impl Fn(&Guest) -> bool) -> bool {
        let since = |guest: &Guest| {
            let seen = guest.activity.seen();
            (seen.under_way == 0 && now().duration_since(seen.moved_at) >= silent).then_some(seen.moved_at)
        };
        let guests = self.guests.iter().filter(|(_, guest)| among(guest));
        let silent = guests.filter_map(|(number, guest)| Some((since(guest)?, *number))).min();
        let Some((_, number)) = silent else { return false };
        if let Some(guest) = self.go(number) {
            guest.leave.cancel();
        }
        true
    }

    fn enter(&mut self, number: u64, guest: Guest) {
        if let Some(network) = guest.network {
            *self.networks.entry(network).or_default() += 1;
        }
        self.guests.insert(number, guest);
    }

    fn enter_spare(&mut self, number: u64, leave: CancellationToken) {
        metrics::counter!("twinlock_connections_refused_total").increment(1);
        if self.spare.len() >= SPARE
            && let Some((_, oldest)) = self.spare.pop_first()
        {
            oldest.cancel();
        }
        self.spare.insert(number, leave);
    }

    fn go(&mut self, number: u64) -> Option<Guest> {
        let guest = self.guests.remove(&number)?;
        if let Some(network) = guest.network
            && let Some(count) = self.networks.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&network);
            }
        }
        Some(guest)
    }

    fn say_full(&mut self) {
        if self.said_at.is_none_or(|at| now().duration_since(at) >= SAID) {
            self.said_at = Some(now());
            tracing::warn!(
                connections = self.guests.len(),
                "a client was refused: there are as many connections as server.max_connections or \
                 server.connections_per_address allow"
            );
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match self.good {
            Good::Everything => drop(taken.go(self.number)),
            Good::AProbe => drop(taken.spare.remove(&self.number)),
        }
    }
}

#[cfg(test)]
mod tests;
