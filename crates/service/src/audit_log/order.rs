//! Ids of events in the order in which things happened.

use std::sync::{Mutex, PoisonError};

use twinlock_core::{
    clock::Timestamp,
    entropy::Entropy,
    ids::{EventId, new_uuid},
};
use uuid::Uuid;

/// The last id that this node gave to an event.
#[derive(Default)]
pub(crate) struct Order(Mutex<Uuid>);

/// Clear in every fresh id, so that there is room above it within its millisecond.
const ROOM: u128 = 1 << 61;

impl Order {
    /// The next id. Within a millisecond it is above the one before (RFC 9562 §6.2, method 2), so that the events of one
    /// transaction are told in their order.
    pub(crate) fn next(&self, now: Timestamp, entropy: &dyn Entropy) -> EventId {
        let fresh = new_uuid(now, entropy).as_u128() & !ROOM;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = |id: u128| id >> 80;
        let before = last.as_u128();
        let next = if millis(before) == millis(fresh) { fresh.max(before + 1) } else { fresh };
        *last = Uuid::from_u128(next);
        EventId(*last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn ids_of_one_millisecond_rise_and_stay_in_it() {
        let order = Order::default();
        let at = Timestamp::from_millis(1_800_000_000_123);
        for bytes in [[0xff, 0x00], [0x00, 0xff], [0x7f, 0x7f]] {
            let [one, other] = bytes.map(|byte| order.next(at, &Bytes(byte)));
            assert!(one < other, "{one} {other}");
            assert_eq!(one.0.get_version_num(), 7);
            assert_eq!(other.0.as_u128() >> 80, one.0.as_u128() >> 80);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_gives_ids_of_its_own_time() {
        let (order, at) = (Order::default(), Timestamp::from_millis(1_800_000_000_123));
        let late = order.next(at, &Bytes(0));
        assert!(order.next(at.plus_secs(-60), &Bytes(0xff)) < late);
    }
}
