use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Method, StatusCode, header},
    routing::{get, post},
};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt;
use twinlock_core::clock::Timestamp;

use super::*;
use crate::http::{
    ApiJson, ApiPath,
    config::tests::{config, loopback_config},
};

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }
}

#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Echo {
    text: Option<String>,
}

fn routes() -> Router {
    Router::new()
        .route("/", get(async || "home"))
        .route("/healthz", get(async || "ok"))
        .route("/api/v1/echo", post(async |ApiJson(body): ApiJson<Echo>| body.text.unwrap_or_default()))
        .route("/api/v1/things/{id}", get(async |ApiPath(id): ApiPath<String>| id))
        .route("/api/v1/address", get(async |ClientAddress(address): ClientAddress| address.to_string()))
        .route("/api/v1/id", get(async |id: RequestId| id.to_string()))
        .route("/api/v1/panic", get(panics))
        .route("/api/v1/never", get(std::future::pending::<Response>))
        .route("/api/v1/broken", get(async || (StatusCode::BAD_GATEWAY, "db at 10.1.2.3 says no")))
        .route("/asset.css", get(async || ([(header::CACHE_CONTROL, "public, max-age=60")], "body{}")))
        .route(
            "/form",
            post(async || (StatusCode::UNPROCESSABLE_ENTITY, axum::response::Html("<form>again</form>"))),
        )
        .route("/denied", get(async || Problem::new(Code::TooManyAttempts).retry_after(30)))
        .route("/bye", get(async || ([(header::SET_COOKIE, "a=b")], StatusCode::FORBIDDEN)))
        .route(
            "/gone.css",
            get(async || ([(header::CACHE_CONTROL, "public, max-age=60")], StatusCode::NOT_FOUND)),
        )
        .route("/go", get(async || axum::response::Redirect::to("/login")))
}

async fn panics() -> Response {
    panic!("canary-in-panic")
}

fn app_with(config: HttpConfig, timeouts: Timeouts) -> Router {
    let plumbing = Plumbing {
        config: Arc::new(config),
        clock: Arc::new(FixedClock),
        entropy: Arc::new(Counting::default()),
        error_page: errors::plain_page(),
        timeouts,
        proxy_notice: Arc::default(),
    };
    layers(routes(), plumbing)
}

fn app() -> Router {
    app_with(loopback_config(8080), Timeouts::default())
}

fn get_request(path: &str) -> Request {
    Request::get(path).header("host", "localhost:8080").body(Body::empty()).unwrap()
}

fn post_json(body: impl Into<Body>) -> Request {
    Request::post("/api/v1/echo")
        .header("host", "localhost:8080")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn send(app: Router, request: Request) -> Response {
    app.oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

/// The status and the problem document, checked to be one.
async fn problem(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let json: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["status"], status);
    (status, json)
}

async fn code_of(response: Response) -> (u16, String) {
    let (status, json) = problem(response).await;
    (status, json["code"].as_str().unwrap().to_owned())
}

fn pair(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// attacks.md row 49: every response, whatever it is, carries the security headers.
#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let mut foreign = get_request("/");
    foreign.headers_mut().insert("host", HeaderValue::from_static("evil.example"));
    let requests = [
        get_request("/"),
        get_request("/asset.css"),
        get_request("/go"),
        get_request("/gone.css"),
        get_request("/nowhere"),
        get_request("/api/v1/nowhere"),
        get_request("/api/v1/echo"),
        get_request("/api/v1/panic"),
        get_request("/api/v1/broken"),
        get_request("/denied"),
        post_json("{"),
        foreign,
    ];
    for request in requests {
        let path = request.uri().to_string();
        let response = send(app(), request).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        assert!(headers.contains_key("permissions-policy") && headers.contains_key("x-request-id"), "{path}");
        let stored = if path == "/asset.css" { "public, max-age=60" } else { "no-store" };
        assert_eq!(headers["cache-control"], stored, "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "{path}: plain http");
    }
}

/// attacks.md row 49: with https, browsers are told to stay there.
#[tokio::test]
async fn with_https_transport_security_is_strict() {
    let mut request = get_request("/");
    request.headers_mut().insert("host", HeaderValue::from_static("id.example.org"));
    let response = send(app_with(config("https://id.example.org"), Timeouts::default()), request).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers()["strict-transport-security"].to_str().unwrap().contains("max-age=31536000"));
}

#[tokio::test]
async fn a_request_has_one_identifier_of_our_making() {
    let app = app();
    let mut request = get_request("/api/v1/id");
    request.headers_mut().insert("x-request-id", HeaderValue::from_static("chosen"));
    let first = send(app.clone(), request).await;
    let id = first.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(text(first).await, id);
    assert_eq!(id.parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
    let second = send(app, get_request("/api/v1/id")).await;
    assert_ne!(second.headers()["x-request-id"].to_str().unwrap(), id);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_for_programs_and_a_page_for_people() {
    assert_eq!(code_of(send(app(), get_request("/api/v1/nowhere")).await).await, pair(404, "not_found"));
    assert_eq!(code_of(send(app(), get_request("/api")).await).await, pair(404, "not_found"));
    for path in ["/nowhere", "/apiary", "/api-docs"] {
        let response = send(app(), get_request(path)).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(text(response).await.contains("<h1>Not found</h1>"));
    }
}

/// A method that is not there changes nothing and says which are.
#[tokio::test]
async fn another_method_is_refused_with_the_allowed_ones() {
    for method in
        [Method::GET, Method::PUT, Method::OPTIONS, Method::TRACE, Method::from_bytes(b"EVIL").unwrap()]
    {
        let mut request = post_json("{}");
        *request.method_mut() = method.clone();
        let response = send(app(), request).await;
        assert_eq!(response.headers()["allow"], "POST", "{method}");
        assert_eq!(code_of(response).await, pair(405, "method_not_allowed"), "{method}");
    }
    let head = Request::head("/").header("host", "localhost:8080").body(Body::empty()).unwrap();
    assert_eq!(send(app(), head).await.status(), 200);
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing_and_serves_on() {
    let app = app();
    let (status, json) = problem(send(app.clone(), get_request("/api/v1/panic")).await).await;
    assert_eq!((status, json["code"].as_str()), (500, Some("internal")));
    assert!(!json.to_string().contains("canary"));
    assert_eq!(send(app, get_request("/")).await.status(), 200);
}

/// A text that a handler let out with a 5xx stays inside.
#[tokio::test]
async fn a_server_error_tells_no_internals() {
    let (status, json) = problem(send(app(), get_request("/api/v1/broken")).await).await;
    assert_eq!(status, 502);
    assert!(!json.to_string().contains("10.1.2.3"));
}

#[tokio::test]
async fn a_problem_on_a_page_is_shown_as_a_page() {
    let response = send(app(), get_request("/denied")).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "30");
    assert!(text(response).await.contains("<h1>Too many attempts</h1>"));
    let bye = send(app(), get_request("/bye")).await;
    assert_eq!(bye.headers()["set-cookie"], "a=b");
    assert!(text(bye).await.contains("<h1>Not allowed</h1>"));
}

#[tokio::test]
async fn a_form_that_is_shown_again_stays_as_it_is() {
    let mut request = get_request("/form");
    *request.method_mut() = Method::POST;
    let response = send(app(), request).await;
    assert_eq!(response.status(), 422);
    assert_eq!(text(response).await, "<form>again</form>");
}

/// attacks.md row 51: a foreign host gets 421, as a problem or a page; probes pass.
#[tokio::test]
async fn another_host_is_misdirected() {
    let with_host = |path: &str, host: &'static str| {
        let mut request = get_request(path);
        request.headers_mut().insert("host", HeaderValue::from_static(host));
        send(app(), request)
    };
    let refused = pair(421, "misdirected_request");
    assert_eq!(code_of(with_host("/api/v1/id", "evil.example").await).await, refused);
    let page = with_host("/", "evil.example").await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (421, &HeaderValue::from_static("text/html; charset=utf-8"))
    );
    assert!(!text(page).await.contains("evil"));
    assert_eq!(with_host("/healthz", "10.0.0.3:8080").await.status(), 200);
    assert_eq!(with_host("/", "127.0.0.1:8080").await.status(), 200);
}

/// attacks.md row 51: headers of a proxy do not make another host of it.
#[tokio::test]
async fn forwarded_hosts_are_not_looked_at() {
    let mut request = get_request("/api/v1/id");
    for name in
        ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix", "x-original-url"]
    {
        request.headers_mut().insert(name, HeaderValue::from_static("evil.example"));
    }
    request.headers_mut().insert("forwarded", HeaderValue::from_static("host=evil.example;proto=https"));
    assert_eq!(send(app(), request).await.status(), 200);
    let mut request = get_request("/api/v1/id");
    request.headers_mut().append("host", HeaderValue::from_static("localhost:8080"));
    assert_eq!(code_of(send(app(), request).await).await, pair(400, "malformed_request"));
}

/// attacks.md row 4: the address that handlers see is the peer's, whatever the headers say.
#[tokio::test]
async fn handlers_see_the_real_address() {
    let from = |peer: [u8; 4], trusted: &[&str]| {
        let mut request = get_request("/api/v1/address");
        request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 5000))));
        let trusted = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let config = HttpConfig::new(
            "http://localhost:8080".parse().unwrap(),
            "127.0.0.1:8080".parse().unwrap(),
            trusted,
        );
        let app = app_with(config.unwrap(), Timeouts::default());
        async { text(send(app, request).await).await }
    };
    assert_eq!(from([203, 0, 113, 5], &[]).await, "203.0.113.5");
    assert_eq!(from([203, 0, 113, 5], &["10.0.0.0/8"]).await, "203.0.113.5");
    assert_eq!(from([10, 0, 0, 1], &["10.0.0.0/8"]).await, "198.51.100.7");
}

/// attacks.md row 97: where there is no room, only a probe is answered, and everybody else told to come again.
#[tokio::test]
async fn without_room_only_a_probe_is_answered() {
    let crowded = |path: &str| {
        let mut request = get_request(path);
        request.extensions_mut().insert(ProbesOnly);
        send(app(), request)
    };
    assert_eq!(crowded("/healthz").await.status(), 200);
    for path in ["/", "/api/v1/id", "/healthz/"] {
        let answer = crowded(path).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &HeaderValue::from(5))
        );
    }
    let answer: Value = serde_json::from_str(&text(crowded("/api/v1/id").await).await).unwrap();
    assert_eq!(answer["code"], "unavailable");
    assert!(answer["detail"].as_str().unwrap().contains("Try again"));
}

/// attacks.md row 96: an oversized body is refused whether its length is declared or found out.
#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let too_large = pair(413, "payload_too_large");
    let big = "a".repeat(limits::MAX_BODY_BYTES + 1);
    assert_eq!(code_of(send(app(), post_json(big)).await).await, too_large);
    let mut declared = post_json("{}");
    declared.headers_mut().insert("content-length", HeaderValue::from_static("1073741824"));
    assert_eq!(code_of(send(app(), declared).await).await, too_large);
    let fits = "a".repeat(limits::MAX_BODY_BYTES);
    assert_eq!(code_of(send(app(), post_json(fits)).await).await, pair(400, "malformed_request"));
    // Nobody is told of a body that nobody wants, and it is not kept.
    let mut unread = get_request("/api/v1/id");
    *unread.body_mut() = Body::from("a".repeat(limits::MAX_BODY_BYTES + 1));
    assert_eq!(send(app(), unread).await.status(), 200);
}

/// attacks.md row 96: oversized headers and addresses are refused before anything reads them.
#[tokio::test]
async fn a_head_over_the_limits_is_refused() {
    let path = format!("/api/v1/things/{}", "a".repeat(limits::MAX_TARGET_BYTES));
    assert_eq!(code_of(send(app(), get_request(&path)).await).await, pair(414, "uri_too_long"));
    let mut big = get_request("/api/v1/id");
    let value = HeaderValue::from_str(&"a".repeat(limits::MAX_HEADER_BYTES)).unwrap();
    big.headers_mut().insert("cookie", value);
    assert_eq!(code_of(send(app(), big).await).await, pair(431, "headers_too_large"));
    let mut many = get_request("/api/v1/id");
    for _ in 0..limits::MAX_HEADERS {
        many.headers_mut().append("x-a", HeaderValue::from_static(""));
    }
    assert_eq!(code_of(send(app(), many).await).await, pair(431, "headers_too_large"));
}

/// A client that stops sending is let go.
#[tokio::test]
async fn a_body_that_never_comes_times_out() {
    let timeouts = Timeouts { body: Duration::ZERO, ..Timeouts::default() };
    // Its data has come, its end never does.
    let stalled = Full::<Bytes>::from("{").with_trailers(std::future::pending());
    let response = send(app_with(loopback_config(8080), timeouts), post_json(Body::new(stalled))).await;
    assert_eq!(code_of(response).await, pair(408, "request_timeout"));
}

#[tokio::test]
async fn a_handler_that_never_answers_times_out() {
    let timeouts = Timeouts { handler: Duration::ZERO, ..Timeouts::default() };
    let response = send(app_with(loopback_config(8080), timeouts), get_request("/api/v1/never")).await;
    assert_eq!(code_of(response).await, pair(503, "unavailable"));
}

/// attacks.md row 12: hostile bodies are a clear 4xx through the whole stack.
#[tokio::test]
async fn hostile_bodies_are_refused_with_their_code() {
    for (body, status, code) in [
        ("{\"text\":1}", 422, "validation_failed"),
        ("{\"txet\":\"a\"}", 422, "validation_failed"),
        ("{\"text\":\"a\",\"text\":\"b\"}", 400, "malformed_request"),
        ("{\"text\":\"\\u0000\"}", 422, "validation_failed"),
        ("[]", 422, "validation_failed"),
    ] {
        assert_eq!(code_of(send(app(), post_json(body)).await).await, pair(status, code), "{body}");
    }
    let mut form = post_json("text=a");
    form.headers_mut().insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    assert_eq!(code_of(send(app(), form).await).await, pair(415, "unsupported_media_type"));
}

#[tokio::test]
async fn odd_targets_are_answered() {
    for (method, target, host) in [
        (Method::OPTIONS, "*", "localhost:8080"),
        (Method::CONNECT, "localhost:8080", "localhost:8080"),
        (Method::GET, "http://localhost:8080/nowhere", "localhost:8080"),
        (Method::GET, "/api/v1/things/%ff", "localhost:8080"),
        (Method::GET, "/api/v1/things/%00", "localhost:8080"),
        (Method::GET, "//evil/..", "localhost:8080"),
    ] {
        let request = Request::builder().method(method.clone()).uri(target).header("host", host);
        let response = send(app(), request.body(Body::empty()).unwrap()).await;
        assert!(response.status().is_client_error(), "{method} {target} {}", response.status());
        assert!(response.headers().contains_key("content-security-policy"));
    }
}
