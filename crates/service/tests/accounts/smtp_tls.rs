//! Delivery to an SMTP server whose certificate an organisation's own authority has signed.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::EncodePrivateKey,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyIdMethod, KeyUsagePurpose, PublicKeyData,
    SignatureAlgorithm, date_time_ymd,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use twinlock_service::{
    mail::{Postman, SmtpServer, deliver_due},
    recover,
};

use crate::world::{World, client};

/// A server that speaks TLS at once or after STARTTLS, with a certificate for 127.0.0.1.
struct Relay {
    port: u16,
    authority: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    fn start(wrapper: bool) -> Self {
        let (config, authority) = certified(11);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&heard);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = serve(stream.unwrap(), &config, wrapper, &lines);
            }
        });
        Self { port, authority, heard }
    }

    fn heard(&self, name: &str) -> Vec<String> {
        self.heard.lock().unwrap().iter().filter(|line| line.starts_with(name)).cloned().collect()
    }
}

/// A key in the terms of `rcgen`, whose own backends need not be built.
struct Key {
    private: SigningKey,
    point: Vec<u8>,
}

impl Key {
    fn new(number: u8) -> Self {
        let private = SigningKey::from_slice(&[number; 32]).unwrap();
        let point = private.verifying_key().to_encoded_point(false).as_bytes().to_vec();
        Self { private, point }
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: Signature = self.private.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

fn params(host: Option<&str>, number: u8) -> CertificateParams {
    let mut params = CertificateParams::new(host.map(str::to_owned).into_iter().collect::<Vec<_>>()).unwrap();
    params.serial_number = Some(vec![number].into());
    params.key_identifier_method = KeyIdMethod::PreSpecified(vec![number]);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(4000, 1, 1);
    params
}

/// An authority with this number, and a server whose certificate it signed.
fn certified(number: u8) -> (Arc<ServerConfig>, String) {
    let mut root = params(None, number);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(root, Key::new(number)).unwrap();
    let key = Key::new(number + 1);
    let leaf = params(Some("127.0.0.1"), number + 1).signed_by(&key, &authority).unwrap();
    let chain = vec![CertificateDer::from(leaf.der().to_vec())];
    let private = key.private.to_pkcs8_der().unwrap();
    let private = PrivateKeyDer::try_from(private.as_bytes().to_vec()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .unwrap();
    let pem = BASE64_STANDARD.encode(authority.der());
    (Arc::new(config), format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n"))
}

fn serve(
    mut stream: TcpStream,
    config: &Arc<ServerConfig>,
    wrapper: bool,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    if !wrapper {
        stream.write_all(b"220 relay\r\n")?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 && !line.starts_with("STARTTLS") {
            stream.write_all(b"250-relay\r\n250 STARTTLS\r\n")?;
            line.clear();
        }
        stream.write_all(b"220 go on\r\n")?;
    }
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    converse(StreamOwned::new(connection, stream), wrapper, heard)
}

fn converse(mut stream: impl Read + Write, greets: bool, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    if greets {
        stream.write_all(b"220 relay\r\n")?;
    }
    let (mut in_data, mut line, mut byte) = (false, Vec::new(), [0]);
    while stream.read(&mut byte)? > 0 {
        line.push(byte[0]);
        if byte[0] != b'\n' {
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let answer = match text.as_str() {
            "." if in_data => {
                in_data = false;
                "250 taken\r\n"
            }
            _ if in_data => "",
            "DATA" => {
                in_data = true;
                "354 go on\r\n"
            }
            _ => "250 fine\r\n",
        };
        heard.lock().unwrap().push(text);
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

async fn delivered(server: &SmtpServer, public_url: &str) -> usize {
    let world = World::new().await;
    recover::request(&world.app, &client(), "demo", "ben@demo.example");
    world.app.settle().await;
    let postman = Postman::smtp(server, &public_url.parse().unwrap(), "twinlock@id.example").unwrap();
    deliver_due(&world.app, &postman).await.unwrap()
}

/// attacks.md row 100: a certificate of an unknown authority takes no mail; one of the authority that a setting
/// names does, with TLS from the start and after STARTTLS.
#[tokio::test]
async fn a_private_authority_is_believed_only_where_a_setting_names_it() {
    for wrapper in [true, false] {
        let relay = Relay::start(wrapper);
        let url = if wrapper {
            format!("smtps://127.0.0.1:{}", relay.port)
        } else {
            format!("smtp://127.0.0.1:{}?tls=required", relay.port)
        };
        let strict = SmtpServer::new(&url, false).unwrap();
        assert_eq!(delivered(&strict, "https://id.example").await, 0, "{url}");
        assert!(relay.heard("MAIL").is_empty());
        let private = strict.with_authority(relay.authority.as_bytes()).unwrap();
        assert_eq!(delivered(&private, "http://localhost:8080").await, 1, "{url}");
        assert_eq!(relay.heard("RCPT"), ["RCPT TO:<ben@demo.example>"]);
        assert_eq!(relay.heard("EHLO"), ["EHLO [127.0.0.1]"]);
    }
}

/// Another authority than the one that signed is no authority for this server.
#[tokio::test]
async fn another_authority_s_certificate_takes_no_mail() {
    let (relay, (_, other)) = (Relay::start(true), certified(21));
    let server = SmtpServer::new(&format!("smtps://127.0.0.1:{}", relay.port), false).unwrap();
    let server = server.with_authority(other.as_bytes()).unwrap().with_hello("mail.id.example").unwrap();
    assert_eq!(delivered(&server, "https://id.example").await, 0);
}
