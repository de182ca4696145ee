//! A browser without scripts: cookies, forms, redirects.

use std::{collections::BTreeMap, net::Ipv4Addr};

use axum::{
    body::Body,
    http::{HeaderName, Method, header},
};

use crate::{
    Answer, TestApp,
    app::{HOST, request},
};

/// A browser.
pub struct Browser<'a> {
    test: &'a TestApp,
    /// Its cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// The form token of the page it shows.
    pub csrf: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(test: &'a TestApp) -> Self {
        Self { test, cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// Opens a page; does not follow redirects.
    pub async fn get(&mut self, path: &str) -> Answer {
        let headers = self.headers();
        self.exchange(&Method::GET, path, &headers, Body::empty()).await
    }

    /// Opens a page and follows redirects until there is one.
    pub async fn open(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..10 {
            if !answer.status.is_redirection() {
                return answer;
            }
            let location = answer.location().to_owned();
            answer = self.get(&location).await;
        }
        panic!("too many redirects");
    }

    /// Sends a form with the token of the page shown.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post_form(path, &all).await
    }

    /// Sends a form that brings files, with the token of the page shown: as `multipart/form-data`.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &[u8])]) -> Answer {
        const BOUNDARY: &str = "----what-no-file-holds";
        let csrf = self.csrf.clone();
        let mut body = Vec::new();
        for (name, value) in [("csrf", csrf.as_bytes())].iter().chain(fields) {
            let file = if *name == "file" { "; filename=\"people.csv\"" } else { "" };
            let head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend([head.as_bytes(), value, b"\r\n"].concat());
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.post(path, &kind, Body::from(body)).await
    }

    /// Sends a form exactly as given.
    pub async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post(path, "application/x-www-form-urlencoded", Body::from(body)).await
    }

    /// A form that was refused leads to the page that shows it again: there the browser goes. Any other answer is
    /// given as it is.
    async fn post(&mut self, path: &str, kind: &str, body: Body) -> Answer {
        let answer = self.send(path, kind, body).await;
        let cookies = answer.headers.get_all(header::SET_COOKIE);
        let again =
            cookies.iter().any(|cookie| cookie.to_str().is_ok_and(|text| text.contains("twinlock_again=")));
        if !again {
            return answer;
        }
        let shown = self.get(answer.expect(303).location()).await;
        Answer { again: true, ..shown }
    }

    /// Sends a form exactly as given, and stays at the answer, wherever that leads.
    pub async fn post_once(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(path, "application/x-www-form-urlencoded", Body::from(body)).await
    }

    async fn send(&mut self, path: &str, kind: &str, body: Body) -> Answer {
        let mut headers = self.headers();
        headers.push((header::ORIGIN, self.test.origin().to_owned()));
        headers.push((header::CONTENT_TYPE, kind.to_owned()));
        self.exchange(&Method::POST, path, &headers, body).await
    }

    fn headers(&self) -> Vec<(HeaderName, String)> {
        let mut headers = vec![(HOST, self.test.host())];
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push((header::COOKIE, pairs.join("; ")));
        }
        headers
    }

    async fn exchange(
        &mut self,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: Body,
    ) -> Answer {
        let from = Ipv4Addr::LOCALHOST.into();
        let answer = self.test.send(request(method, path, from, headers, body)).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().expect("a cookie"));
        }
        if let Some(token) = csrf_in(&answer.text()) {
            self.csrf = token;
        }
        answer
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a cookie");
        if value.is_empty() || attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn csrf_in(html: &str) -> Option<String> {
    let at = html.find("name=\"csrf\"")?;
    let value = html[at..].split("value=\"").nth(1)?;
    Some(value.split('"').next()?.to_owned())
}
