//! Bearer tokens: who can make them, what ends them, what each is worth.

mod endings;
mod forgery;
mod freshness;
mod jwt;
mod keys;
mod one_live;

use serde_json::Value;
use twinlock_testkit::Caller;

const SESSION: &str = "/api/v1/auth/session";

async fn is_alive(caller: &Caller<'_>) -> Value {
    caller.get(SESSION).await.expect(200).json()
}

async fn is_dead(caller: &Caller<'_>) {
    caller.get(SESSION).await.refused(401, "unauthenticated");
}
