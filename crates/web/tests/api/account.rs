//! One's own account: the password, the names, the address.

mod address;
mod given_password;
mod password;
mod profile;

use serde_json::{Value, json};
use twinlock_testkit::{Answer, Caller, app::PASSWORD};

const PASSWORD_CHANGE: &str = "/api/v1/account/password";
const ACCOUNT: &str = "/api/v1/account";
const NEW: &str = "seven blue doors in autumn";

async fn change(caller: &Caller<'_>, current: &str, new: &str) -> Answer {
    caller.post(PASSWORD_CHANGE, json!({ "current_password": current, "new_password": new })).await
}

fn new_address(email: &str) -> Value {
    json!({ "email": email, "current_password": PASSWORD })
}
