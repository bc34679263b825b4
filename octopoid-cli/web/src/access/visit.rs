//! Requests of signed-in viewers.

use super::{SignIn, Viewer};
use crate::dashboard::Shared;
use crate::failure::Failure;
use crate::form::Fields;
use crate::hub::Hub;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT, COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use octopoid_core::model::{Scope, Timestamp};
use std::sync::Arc;

/// Request of a signed-in viewer.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) shared: Arc<Shared>,
    pub(crate) viewer: Viewer,
    pub(crate) now: Timestamp,
    /// Path and query of the page, below the dashboard's base.
    pub(crate) address: String,
    pub(crate) fields: Fields,
    /// Whether the page is loaded again in the background, by its own script, rather than opened.
    is_refresh: bool,
    /// What tells this viewer from others: the token of the session.
    identity: String,
}

/// Header by which the script of a page says that it loads the page again.
const REFRESH: &str = "octopoid-refresh";

impl Visit {
    pub(crate) fn scope(&self) -> &Scope {
        &self.viewer.scope
    }

    pub(crate) fn hub(&self) -> Arc<Hub> {
        self.shared.hub(self.scope())
    }

    /// Returns the address of a page of the dashboard.
    pub(crate) fn url(&self, path: &str) -> String {
        self.shared.url(path)
    }

    /// Returns the token that forms carry.
    pub(crate) fn csrf(&self) -> String {
        self.shared.sessions.csrf(&self.identity)
    }

    /// Keeps a sentence for the next page that the viewer opens, which is the answer to a form.
    pub(crate) fn say(&self, words: String) {
        self.shared.marks.say(&self.identity, words);
    }

    /// Takes the sentence that was kept for the viewer. A page that is loaded again in the background, perhaps in another tab, leaves it for the one that is the answer.
    pub(crate) fn take_said(&self) -> Option<String> {
        if self.is_refresh { None } else { self.shared.marks.take_said(&self.identity) }
    }

    /// Returns whether the viewer has a session here, rather than with the program that embeds the dashboard.
    pub(crate) fn can_sign_out(&self) -> bool {
        !matches!(self.shared.sign_in, SignIn::Embedder)
    }

    pub(crate) fn end_session(&self) {
        self.shared.sessions.end(&self.identity);
    }
}

/// Returns the name of the cookie: browsers keep one set of cookies for all ports of a host.
pub(crate) fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    port.map_or_else(|| "octopoid".to_owned(), |port| format!("octopoid-{port}"))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

impl FromRequestParts<Arc<Shared>> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let address =
            parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |address| address.as_str().to_owned());
        let (viewer, identity) = match &shared.sign_in {
            SignIn::Embedder => {
                let viewer = parts.extensions.get::<Viewer>().cloned();
                let viewer =
                    viewer.ok_or_else(|| Failure::new(StatusCode::FORBIDDEN, "nobody is signed in"))?;
                let identity = format!("{}\n{}", viewer.scope, viewer.name);
                (viewer, identity)
            }
            SignIn::Links | SignIn::Keys(_) => {
                let token = cookie(&parts.headers, &cookie_name(&parts.headers));
                let session =
                    token.and_then(|token| Some((shared.sessions.viewer(token)?, token.to_owned())));
                let Some((viewer, token)) = session else { return Err(stranger(parts, shared, &address)) };
                if let (SignIn::Keys(keys), Some(key)) = (&shared.sign_in, &viewer.key)
                    && !keys.is_valid(key).await
                {
                    shared.sessions.end(&token);
                    return Err(stranger(parts, shared, &address));
                }
                (viewer, token)
            }
        };
        let fields = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let is_refresh = parts.headers.contains_key(REFRESH);
        let now = shared.clock.now();
        Ok(Self { shared: Arc::clone(shared), viewer, now, address, fields, is_refresh, identity })
    }
}

/// Redirects a visitor who is not signed in to the sign-in page, and then back.
fn stranger(parts: &Parts, shared: &Shared, address: &str) -> Failure {
    let wants_page = parts.headers.get(ACCEPT).and_then(|kinds| kinds.to_str().ok());
    let is_page = wants_page.is_none_or(|kinds| kinds.contains("text/html") || kinds.contains("*/*"));
    if parts.method != Method::GET || !is_page {
        return Failure::new(StatusCode::UNAUTHORIZED, "nobody is signed in, or the session has ended");
    }
    let next = serde_urlencoded::to_string([("next", address)]).unwrap_or_default();
    Failure::go(format!("{}/sign-in?{next}", shared.base))
}

/// Form sent by a viewer who may decide, from a page of the dashboard.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) visit: Visit,
    pub(crate) form: Fields,
}

impl FromRequest<Arc<Shared>> for Submitted {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, shared).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), shared)
            .await
            .map_err(|error| Failure::new(error.status(), error.body_text()))?;
        let form = Fields::parse(&body);
        if !shared.sessions.is_own_form(&visit.identity, form.get("csrf").unwrap_or_default()) {
            let words = "the form is out of date: go back, load the page again and send it once more";
            return Err(Failure::new(StatusCode::FORBIDDEN, words));
        }
        Ok(Self { visit, form })
    }
}

impl Submitted {
    /// Checks that the viewer may decide.
    pub(crate) fn decider(self) -> Result<Self, Failure> {
        if self.visit.viewer.may_decide {
            return Ok(self);
        }
        Err(Failure::new(StatusCode::FORBIDDEN, "your key lets you see everything and change nothing"))
    }
}
