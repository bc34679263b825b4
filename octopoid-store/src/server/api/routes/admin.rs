//! Keys and scopes, for the operator of the server.

use super::{Answer, checked, required};
use crate::server::api::app::App;
use crate::server::api::auth::{Caller, digest, generate_key, refuse_lost_secret};
use crate::server::api::input::{Empty, Name, NoParams, Params, ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{KeyBody, Keys, NewKey, ProblemBody, Scopes, SecretBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// Lists keys, without their secrets.
#[utoipa::path(get, path = "/keys", tag = "keys", params(ScopeParams),
    responses((status = 200, body = Keys), (status = 403, body = ProblemBody)))]
pub(crate) async fn list_keys(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Keys> {
    caller.check_admin(&app.keyring).await?;
    let scope = params.scope.map(|scope| checked::<Scope>(scope, "scope")).transpose()?;
    let keys = app.keyring.store()?.keys(scope.as_ref()).await?;
    Ok(Json(Keys { keys: keys.iter().map(KeyBody::from).collect() }))
}

/// Makes a key for a scope. It is shown once: the same request again, by its `Idempotency-Key`, makes no second one and is
/// answered with 409, which names the key that was made.
#[utoipa::path(post, path = "/keys", tag = "keys", params(ScopeParams), request_body = NewKey,
    responses((status = 201, body = SecretBody), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn create_key(
    State(app): State<App>,
    Write { body, params, caller, request, .. }: Write<NewKey>,
) -> Result<(StatusCode, Json<SecretBody>), Problem> {
    caller.check_admin(&app.keyring).await?;
    let scope: Scope = checked(required(body.scope.or(params.scope), "scope")?, "scope")?;
    let label = body.label.unwrap_or_else(|| "made over the network".to_owned());
    let key = generate_key();
    let keys = app.keyring.store_for(request.as_ref())?;
    let added = keys.add_key(&scope, &label, digest(&key), false).await?;
    app.keyring.invalidate();
    refuse_lost_secret(&added, &digest(&key))?;
    Ok((StatusCode::CREATED, Json(SecretBody { api_key: key, scope: scope.into(), id: added.id })))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", params(("id" = String, Path)),
    responses((status = 200, body = KeyBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    Name(id): Name,
    Write { caller, request, .. }: Write<Empty, NoParams>,
) -> Answer<KeyBody> {
    caller.check_admin(&app.keyring).await?;
    let key = app.keyring.store_for(request.as_ref())?.revoke_key(&id).await?;
    app.keyring.invalidate();
    Ok(Json(KeyBody::from(&key)))
}

/// Body of the request that removes idempotency records.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub(crate) struct Forget {
    /// Everything before this moment. Required.
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
}

/// Number of idempotency records that were removed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Forgotten {
    /// Number of records.
    forgotten: u64,
}

/// Removes the idempotency records of old requests. The server does it by itself, after a day unless
/// configured otherwise.
#[utoipa::path(post, path = "/requests/forget", tag = "keys", request_body = Forget,
    responses((status = 200, body = Forgotten), (status = 403, body = ProblemBody)))]
pub(crate) async fn forget_requests(
    State(app): State<App>,
    Write { body, caller, .. }: Write<Forget, NoParams>,
) -> Answer<Forgotten> {
    caller.check_admin(&app.keyring).await?;
    let before = body.before.ok_or_else(|| Problem::missing(&["before"]))?;
    Ok(Json(Forgotten { forgotten: app.store.forget_requests(before).await? }))
}

/// Lists the scopes that have tasks.
#[utoipa::path(get, path = "/scopes", tag = "keys", params(ScopeParams),
    responses((status = 200, body = Scopes)))]
pub(crate) async fn list_scopes(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ScopeParams>,
) -> Answer<Scopes> {
    let named = params.scope.as_deref().map(|scope| caller.scope(Some(scope))).transpose()?;
    let mut scopes = match &caller {
        Caller::Key { scope, .. } => vec![scope.clone()],
        Caller::Admin | Caller::Anybody => app.store.scopes().await?,
    };
    scopes.retain(|scope| named.as_ref().is_none_or(|named| named == scope));
    Ok(Json(Scopes { scopes: scopes.into_iter().map(Into::into).collect() }))
}
