//! Parameters in the path.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use twinlock_core::ids::{FactorId, SessionId, UserId};

use super::problem::{Code, Problem};

/// One value in the path, in its one spelling.
pub trait PathParam: Sized {
    /// `None` where the text cannot name anything.
    fn from_path(text: &str) -> Option<Self>;
}

impl PathParam for String {
    fn from_path(text: &str) -> Option<Self> {
        (!text.chars().any(char::is_control)).then(|| text.to_owned())
    }
}

macro_rules! id_in_path {
    ($($id:ident),*) => {$(
        impl PathParam for $id {
            fn from_path(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )*};
}

id_in_path!(FactorId, SessionId, UserId);

/// The path's parameters in order: `ApiPath(id)` for one, `ApiPath((tenant, user))` for two.
///
/// A text that cannot be such a value is 404, exactly as a well-formed one that names nothing.
#[derive(Clone, Copy, Debug)]
pub struct ApiPath<T>(pub T);

/// What [`ApiPath`] can hold.
pub trait PathParams: Sized {
    /// From the decoded texts, in order.
    fn from_texts(texts: &[&str]) -> Option<Self>;
}

impl<A: PathParam> PathParams for A {
    fn from_texts(texts: &[&str]) -> Option<Self> {
        let [a] = texts else { return None };
        A::from_path(a)
    }
}

impl<A: PathParam, B: PathParam> PathParams for (A, B) {
    fn from_texts(texts: &[&str]) -> Option<Self> {
        let [a, b] = texts else { return None };
        Some((A::from_path(a)?, B::from_path(b)?))
    }
}

impl<A: PathParam, B: PathParam, C: PathParam> PathParams for (A, B, C) {
    fn from_texts(texts: &[&str]) -> Option<Self> {
        let [a, b, c] = texts else { return None };
        Some((A::from_path(a)?, B::from_path(b)?, C::from_path(c)?))
    }
}

impl<S: Send + Sync, T: PathParams> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found = || Problem::new(Code::NotFound);
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let texts: Vec<&str> = raw.iter().map(|(_, text)| text).collect();
        T::from_texts(&texts).map(Self).ok_or_else(not_found)
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn status(path: &str) -> u16 {
        let router = Router::new()
            .route("/s/{id}", get(async |ApiPath(id): ApiPath<SessionId>| id.to_string()))
            .route("/t/{tenant}/u/{user}", get(async |ApiPath((_, _)): ApiPath<(String, UserId)>| "ok"));
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn an_identifier_has_one_spelling() {
        let id = "0198c3a2-7b10-7c3e-8f4a-0123456789ab";
        assert_eq!(status(&format!("/s/{id}")).await, 200);
        assert_eq!(status(&format!("/t/demo/u/{id}")).await, 200);
        for other in [id.to_uppercase(), id.replace('-', ""), format!("%7B{id}%7D"), format!("urn:uuid:{id}")]
        {
            assert_eq!(status(&format!("/s/{other}")).await, 404, "{other}");
        }
    }

    /// Hostile path ids are 404 like any unknown one.
    #[tokio::test]
    async fn what_cannot_be_an_identifier_is_not_found() {
        for text in ["1", "x'%20OR%201=1--", "%00", "%ff", "%2e%2e", "%F0%9F%92%A9", "null"] {
            assert_eq!(status(&format!("/s/{text}")).await, 404, "{text}");
        }
        assert_eq!(status("/t/a%00b/u/0198c3a2-7b10-7c3e-8f4a-0123456789ab").await, 404);
    }
}
