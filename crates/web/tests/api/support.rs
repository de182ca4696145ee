//! What several subjects need.

use std::{future::poll_fn, task::Poll};

use serde_json::Value;
use twinlock_service::{audit_log, sessions};
use twinlock_testkit::{Authenticator, Caller, Mail, TestApp};

/// Lets all requests run at once: whenever one waits for the database or for a hash, the others go on.
pub async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                *output = Some(done);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// Somebody of the demo tenant who just enrolled an app, and that app.
pub async fn enrolled<'a>(test: &'a TestApp, username: &str) -> (Caller<'a>, Authenticator<'a>) {
    let mut caller = test.sign_in(username).await;
    let phone = caller.enrol().await;
    (caller, phone)
}

/// The names of an object's members, sorted.
pub fn names(object: &Value) -> Vec<String> {
    let mut names: Vec<_> = object.as_object().expect("an object").keys().cloned().collect();
    names.sort_unstable();
    names
}

/// The types of the audit events of somebody's tenant with their details.
pub async fn audit(test: &TestApp, of: &Caller<'_>) -> Vec<(String, Value)> {
    let token = of.token.as_deref().expect("a token");
    let caller = sessions::by_bearer(&test.app, token).await.unwrap().expect("a live session");
    let tenant = caller.live.account.tenant.id;
    let entries = audit_log::list(&test.app, tenant, &audit_log::Filter::default(), 200).await.unwrap();
    entries.into_iter().map(|entry| (entry.event.kind.as_str().to_owned(), entry.event.detail)).collect()
}

/// The newest mail to an address with this subject. Mails of the same millisecond have no order.
pub async fn mail_about(test: &TestApp, address: &str, subject: &str) -> Mail {
    let mails = test.mails_to(address).await;
    let found = mails.iter().rfind(|mail| mail.subject == subject).cloned();
    found.unwrap_or_else(|| panic!("no such mail: {:?}", mails.iter().map(|mail| &mail.subject)))
}

/// The subjects of all mails to an address, oldest first.
pub async fn subjects(test: &TestApp, address: &str) -> Vec<String> {
    test.mails_to(address).await.into_iter().map(|mail| mail.subject).collect()
}
