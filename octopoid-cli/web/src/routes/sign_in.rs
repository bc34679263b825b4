//! Signing in and out.

use super::{Page, next};
use crate::access::{Admission, Sessions, SignIn, Submitted, Viewer, cookie_name};
use crate::dashboard::Shared;
use crate::failure::{Answer, Failure};
use crate::form::Fields;
use crate::pages;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Longest name of a person, in characters.
const LONGEST: usize = 80;

/// Trades the token of a one-time link for a session.
pub(super) async fn enter(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    match shared.sessions.trade(fields.get("token").unwrap_or_default()) {
        Admission::Granted(token) => Ok(admit(&shared, &headers, &token, fields.get("next"))),
        Admission::Refused => Err(Failure::new(
            StatusCode::FORBIDDEN,
            "this link has been used, or is older than 15 minutes; somebody who is signed in can make another, and so does the program that serves the dashboard when it starts",
        )),
        Admission::TooMany => Err(too_many()),
    }
}

fn too_many() -> Failure {
    Failure::new(StatusCode::TOO_MANY_REQUESTS, "too many wrong links or keys were tried; wait a minute")
}

fn admit(shared: &Shared, headers: &HeaderMap, token: &str, to: Option<&str>) -> Response {
    let mut response = next(shared, to, "/").into_response();
    set_cookie(shared, headers, &mut response, token, "2592000");
    response
}

fn set_cookie(shared: &Shared, headers: &HeaderMap, response: &mut Response, value: &str, seconds: &str) {
    let secure = if shared.https { "; Secure" } else { "" };
    let path = if shared.base.is_empty() { "/" } else { &shared.base };
    let name = cookie_name(headers);
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

fn with_key(shared: &Shared) -> bool {
    matches!(shared.sign_in, SignIn::Keys(_))
}

async fn written(shared: &Shared, fields: &Fields, refused: Option<&str>) -> Page {
    let (to, name) = (fields.get("next").unwrap_or("/"), fields.get("name").unwrap_or_default());
    super::page(pages::sign_in::sign_in(&shared.base, with_key(shared), to, name, refused))
}

/// The page on which people sign in.
pub(super) async fn page(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Page {
    written(&shared, &Fields::parse(query.unwrap_or_default().as_bytes()), None).await
}

/// Trades an API key and a name for a session.
pub(super) async fn sign_in(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let form = Fields::parse(&body);
    let SignIn::Keys(keys) = &shared.sign_in else {
        return Err(Failure::new(StatusCode::FORBIDDEN, "this dashboard is opened by a one-time link"));
    };
    if !shared.sessions.may_try() {
        return Err(too_many());
    }
    let refuse = async |words: &str| {
        Ok((StatusCode::FORBIDDEN, written(&shared, &form, Some(words)).await).into_response())
    };
    let Some(name) =
        form.text("name").filter(|name| name.chars().count() <= LONGEST && !name.contains(char::is_control))
    else {
        return refuse("say who you are, in at most 80 characters").await;
    };
    let Some(holder) = keys.holder(form.text("key").unwrap_or_default()).await? else {
        shared.sessions.count_failure();
        return refuse("this key is unknown or was revoked").await;
    };
    let mut viewer = Viewer::new(name, holder.scope);
    (viewer.key, viewer.may_decide) = (Some(holder.id), !holder.read_only);
    let token = Sessions::begin(&shared.sessions, viewer);
    Ok(admit(&shared, &headers, &token, form.get("next")))
}

/// Ends the session.
pub(super) async fn sign_out(headers: HeaderMap, Submitted { visit, .. }: Submitted) -> Response {
    visit.end_session();
    let mut response = next(&visit.shared, None, "/sign-in").into_response();
    set_cookie(&visit.shared, &headers, &mut response, "", "0");
    response
}

/// Makes a one-time link for another browser of the same person.
pub(super) async fn link(headers: HeaderMap, Submitted { visit, .. }: Submitted) -> Page {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if visit.shared.https { "https" } else { "http" };
    let token = visit.shared.sessions.link(visit.viewer.clone());
    let address = format!("{scheme}://{host}{}/enter?token={token}", visit.shared.base);
    super::page(pages::sign_in::link(&visit.shared.base, &address))
}
