//! The outbox.

use std::os::unix::fs::PermissionsExt;

use twinlock_service::{
    mail::{Postman, deliver_due},
    recover,
};
use twinlock_store::outbox::{self, QueueState};

use crate::world::{World, client};

fn ask(world: &World) {
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
}

async fn queued(world: &World) -> QueueState {
    world.app.settle().await;
    outbox::state(world.app.store(), world.app.now()).await.unwrap()
}

/// Mail cannot leave: a file stands where the directory should be.
fn broken(world: &World) -> (Postman, std::path::PathBuf) {
    let file = world.outbox.path().join("file");
    std::fs::write(&file, "").unwrap();
    (Postman::directory(&file, "twinlock@id.example").unwrap(), file)
}

/// attacks.md row 95: what waits is sealed; what was delivered is gone.
#[tokio::test]
async fn a_waiting_mail_is_sealed_and_a_delivered_one_is_gone() {
    let world = World::new().await;
    ask(&world);
    world.app.settle().await;
    let waiting = outbox::due(world.app.store(), world.app.now(), 10).await.unwrap();
    let token = world.mail().await.token();
    let holds = |needle: &str| waiting[0].sealed.bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(!holds(&token) && !holds("demo.example"));
    assert_eq!(queued(&world).await, QueueState { waiting: 0, held: 0, dead: 0 });
}

#[tokio::test]
async fn mails_are_files_that_only_their_owner_reads_in_the_order_they_were_written() {
    let world = World::new().await;
    ask(&world);
    world.app.settle().await;
    deliver_due(&world.app, &world.postman).await.unwrap();
    world.clock.advance_secs(60);
    recover::request(&world.app, &client(), "demo", "eve@demo.example");
    world.app.settle().await;
    deliver_due(&world.app, &world.postman).await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(world.outbox.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name().into_string().unwrap());
    }
    assert!(
        names.iter().all(|name| !name.starts_with('.') && name.strip_suffix(".eml").is_some()),
        "{names:?}"
    );
    let to: Vec<_> = world.mails().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["ben@demo.example", "eve@demo.example"]);
}

/// attacks.md row 93: exactly the expected headers, readable encodings, the link on a line of its own.
#[tokio::test]
async fn a_mail_has_exactly_the_expected_headers_and_parts() {
    let world = World::new().await;
    ask(&world);
    let mail = world.mail().await;
    let head = mail.raw.split("\r\n\r\n").next().unwrap();
    let names: Vec<_> = head
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let expected =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    assert_eq!(names, expected, "{head}");
    assert!(head.contains("Date: Mon, 02 Mar 2026 10:00:07 +0000"), "{head}");
    assert!(!mail.raw.contains("base64\r\n"), "{}", mail.raw);
    assert!(mail.text.lines().any(|line| line.starts_with("https://id.example/reset/")), "{}", mail.text);
    assert!(mail.html.contains("<a href=\"https://id.example/reset/"), "{}", mail.html);
}

/// attacks.md row 100: a failure costs nothing but time: a minute, doubling to an hour, for three days.
#[tokio::test]
async fn a_mail_that_does_not_leave_is_tried_again_and_given_up_after_three_days() {
    let world = World::new().await;
    ask(&world);
    world.app.settle().await;
    let (postman, file) = broken(&world);
    assert_eq!(deliver_due(&world.app, &postman).await.unwrap(), 0);
    let mut waits = Vec::new();
    let mut passed = 0;
    while outbox::state(world.app.store(), world.app.now()).await.unwrap().dead == 0 {
        let mut wait = 0;
        while outbox::due(world.app.store(), world.app.now(), 1).await.unwrap().is_empty() {
            world.clock.advance_secs(60);
            wait += 60;
        }
        deliver_due(&world.app, &postman).await.unwrap();
        waits.push(wait);
        passed += wait;
    }
    assert_eq!(waits[..8], [60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert!((72 * 3600..73 * 3600 + 60).contains(&passed), "{passed}");
    std::fs::remove_file(file).unwrap();
    assert!(world.mails().await.is_empty());
}

/// attacks.md row 100: once mail leaves again, everything that waited leaves, once.
#[tokio::test]
async fn after_an_outage_each_mail_leaves_once() {
    let world = World::new().await;
    ask(&world);
    recover::request(&world.app, &client(), "demo", "eve@demo.example");
    world.app.settle().await;
    let (postman, file) = broken(&world);
    deliver_due(&world.app, &postman).await.unwrap();
    std::fs::remove_file(file).unwrap();
    assert!(world.mails().await.is_empty());
    world.clock.advance_secs(60);
    assert_eq!(world.mails().await.len(), 2);
}

/// attacks.md row 100: two servers with one outbox deliver each mail once.
#[tokio::test]
async fn two_servers_deliver_each_mail_once() {
    let world = World::new().await;
    let other = world.second_node().await;
    ask(&world);
    recover::request(&world.app, &client(), "demo", "eve@demo.example");
    world.app.settle().await;
    let (a, b) = tokio::join!(deliver_due(&world.app, &world.postman), deliver_due(&other, &world.postman));
    assert_eq!(a.unwrap() + b.unwrap(), 2);
    assert_eq!(queued(&world).await, QueueState { waiting: 0, held: 0, dead: 0 });
}
