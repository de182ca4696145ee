//! Delivery to an SMTP server that does not behave.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use twinlock_service::{
    mail::{Postman, SmtpServer, deliver_due},
    recover,
};
use twinlock_store::outbox::{self, QueueState};

use crate::world::{World, client};

/// A server that takes mail, unless told to refuse at one command; it offers no encryption.
struct Sink {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    fn refusing(command: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&heard);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = converse(stream.unwrap(), command, &lines);
            }
        });
        Self { port, heard }
    }

    fn postman(&self, options: &str) -> Postman {
        postman(&format!("smtp://127.0.0.1:{}{options}", self.port))
    }

    fn commands(&self, name: &str) -> Vec<String> {
        self.heard.lock().unwrap().iter().filter(|line| line.starts_with(name)).cloned().collect()
    }
}

fn postman(url: &str) -> Postman {
    let server = SmtpServer::new(url, false).unwrap();
    Postman::smtp(&server, &"https://id.example".parse().unwrap(), "twinlock@id.example").unwrap()
}

fn converse(mut stream: TcpStream, refused: &str, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 sink\r\n")?;
    let mut in_data = false;
    for line in reader.lines() {
        let line = line?;
        heard.lock().unwrap().push(line.clone());
        let answer = match line.as_str() {
            "." if in_data => {
                in_data = false;
                "250 taken\r\n"
            }
            _ if in_data => continue,
            line if !refused.is_empty() && line.starts_with(refused) => "550 no\r\n",
            "DATA" => {
                in_data = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

async fn ask(world: &World) {
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    world.app.settle().await;
}

async fn waiting(world: &World) -> QueueState {
    outbox::state(world.app.store(), world.app.now()).await.unwrap()
}

/// attacks.md row 93: one recipient, the stored one.
#[tokio::test]
async fn a_relay_gets_the_mail_for_exactly_one_recipient() {
    let world = World::new().await;
    let sink = Sink::refusing("");
    ask(&world).await;
    assert_eq!(deliver_due(&world.app, &sink.postman("")).await.unwrap(), 1);
    assert_eq!(sink.commands("RCPT"), ["RCPT TO:<ben@demo.example>"]);
    assert_eq!(sink.commands("EHLO"), ["EHLO id.example"]);
    assert_eq!(sink.commands("https://id.example/reset/").len(), 1);
    assert_eq!(waiting(&world).await, QueueState { waiting: 0, held: 0, dead: 0 });
}

/// attacks.md row 100: where encryption is asked for and the server offers none, nothing is sent.
#[tokio::test]
async fn without_the_encryption_that_was_asked_for_nothing_is_sent() {
    let world = World::new().await;
    let sink = Sink::refusing("");
    ask(&world).await;
    assert_eq!(deliver_due(&world.app, &sink.postman("?tls=required")).await.unwrap(), 0);
    assert!(!sink.commands("EHLO").is_empty());
    assert!(sink.commands("MAIL").is_empty() && sink.commands("DATA").is_empty());
    assert_eq!(waiting(&world).await, QueueState { waiting: 1, held: 0, dead: 0 });
}

/// attacks.md row 100: a mail that the server refuses stays in the queue, whatever it refuses.
#[tokio::test]
async fn a_refused_mail_stays_in_the_queue_and_leaves_later() {
    let world = World::new().await;
    ask(&world).await;
    for command in ["MAIL", "RCPT", "DATA"] {
        let sink = Sink::refusing(command);
        assert_eq!(deliver_due(&world.app, &sink.postman("")).await.unwrap(), 0, "{command}");
        assert_eq!(waiting(&world).await, QueueState { waiting: 1, held: 0, dead: 0 });
        world.clock.advance_secs(3600);
    }
    let sink = Sink::refusing("");
    assert_eq!(deliver_due(&world.app, &sink.postman("")).await.unwrap(), 1);
}

/// attacks.md row 100: a server that is away costs a mail nothing but time.
#[tokio::test]
async fn a_server_that_is_away_is_tried_again() {
    let world = World::new().await;
    ask(&world).await;
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(deliver_due(&world.app, &postman(&format!("smtp://127.0.0.1:{gone}"))).await.unwrap(), 0);
    assert_eq!(waiting(&world).await, QueueState { waiting: 1, held: 0, dead: 0 });
}
