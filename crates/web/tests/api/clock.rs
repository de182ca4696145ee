//! The wall clock jumps.

mod codes;
mod corrections;
mod ends;
mod waits;

use twinlock_core::clock::{Clock, Timestamp};
use twinlock_service::clock_guard;
use twinlock_testkit::TestApp;

const SESSION: &str = "/api/v1/auth/session";

/// A minute, an hour, a day, and to the beginning of 1970.
const BACK: [i64; 4] = [-60, -3600, -86_400, -100 * 365 * 86_400];

/// An hour and a day from now, and where 32 bits end, with a sign and without.
fn ahead(test: &TestApp) -> [Timestamp; 4] {
    let now = test.clock.now();
    [now.plus_secs(3600), now.plus_secs(86_400), Timestamp::from_secs(1 << 31), Timestamp::from_secs(1 << 32)]
}

/// Time goes by, and the server sees it, as it does every second.
async fn pass(test: &TestApp, secs: i64) {
    test.clock.advance_secs(secs);
    clock_guard::watch(&test.app).await.unwrap();
}

/// Whoever signs in now is signed in, and stays so: nothing remembers what the clock showed before.
async fn life_goes_on(test: &TestApp) {
    let bob = test.sign_in("bob").await;
    bob.get(SESSION).await.expect(200);
    pass(test, 3000).await;
    bob.get(SESSION).await.expect(200);
    pass(test, 3000).await;
    bob.get(SESSION).await.expect(200);
}
