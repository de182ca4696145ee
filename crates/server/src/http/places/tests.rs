use super::*;

fn room(connections: usize, per_network: usize, silent: Duration) -> Arc<Places> {
    let proxies = vec!["10.0.0.0/8".parse().unwrap()];
    Places::new(Room { connections, per_network, proxies, silent })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

const NEVER: Duration = Duration::MAX;

/// attacks.md row 97: one address has so many places, and an IPv6 /64 counts as one.
#[test]
fn a_network_has_so_many_places() {
    let places = room(100, 2, NEVER);
    for network in
        [["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], ["2001:db8::1", "2001:db8::2", "2001:db8::3"]]
    {
        let held = network.map(|peer| places.take(ip(peer)));
        assert_eq!(
            held.each_ref().map(|place| place.good),
            [Good::Everything, Good::Everything, Good::AProbe]
        );
    }
    // All were given back.
    assert!(places.lock().networks.is_empty() && places.lock().guests.is_empty());
    let _one = places.take(ip("2001:db8::1"));
    assert_eq!(places.take(ip("2001:db8:0:1::1")).good, Good::Everything);
}

#[test]
fn a_proxy_stands_for_many_people() {
    let places = room(5, 1, NEVER);
    let held: Vec<_> = (0..6).map(|_| places.take(ip("10.1.2.3"))).collect();
    assert!(held[..5].iter().all(|place| place.good == Good::Everything));
    assert_eq!(held[5].good, Good::AProbe);
}

/// attacks.md row 97: silent connections starve nobody: the one that has been silent longest makes room, one with a
/// request does not.
#[test]
fn whoever_is_silent_makes_room() {
    let places = room(2, 2, Duration::ZERO);
    let (busy, silent) = (places.take(ip("192.0.2.1")), places.take(ip("192.0.2.1")));
    let request = busy.activity.begin();
    let newcomer = places.take(ip("192.0.2.2"));
    assert_eq!(newcomer.good, Good::Everything);
    assert!(silent.leave.is_cancelled() && !busy.leave.is_cancelled());
    drop(silent);
    assert_eq!(places.lock().guests.len(), 2, "a place that was taken away is not given back");
    let other = newcomer.activity.begin();
    assert_eq!(places.take(ip("192.0.2.3")).good, Good::AProbe);
    drop((request, other));
    assert_eq!(places.take(ip("192.0.2.3")).good, Good::Everything);
    assert!(busy.leave.is_cancelled() && !newcomer.leave.is_cancelled());
}

#[test]
fn a_network_makes_room_for_itself() {
    let places = room(100, 1, Duration::ZERO);
    let (own, others) = (places.take(ip("192.0.2.1")), places.take(ip("192.0.2.2")));
    assert_eq!(places.take(ip("192.0.2.1")).good, Good::Everything);
    assert!(own.leave.is_cancelled() && !others.leave.is_cancelled());
}

/// attacks.md row 97: spare places cannot be held: the newest probe gets one.
#[test]
fn the_newest_probe_gets_a_spare_place() {
    let places = room(0, 1, NEVER);
    let held: Vec<_> = (0..=SPARE).map(|_| places.take(ip("192.0.2.1"))).collect();
    assert!(held[0].leave.is_cancelled());
    assert!(held[1..].iter().all(|place| place.good == Good::AProbe && !place.leave.is_cancelled()));
}
