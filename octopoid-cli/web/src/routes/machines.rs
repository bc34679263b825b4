//! Machines.

use super::{Page, next, page};
use crate::access::{Submitted, Visit};
use crate::failure::{Answer, Failure};
use crate::pages;
use axum::extract::Path;
use octopoid_core::model::{MachineStatus, OrchestratorId};
use octopoid_core::store::MachineQuery;

pub(super) async fn machines(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let machines = visit.shared.store.machines(&MachineQuery::new(visit.scope().clone())).await?;
    Ok(page(pages::machines::machines(&visit, &snapshot, &machines)))
}

pub(super) async fn drain(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    set(&id, submitted, MachineStatus::Maintenance, "takes nothing new").await
}

pub(super) async fn resume(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    set(&id, submitted, MachineStatus::Active, "is back in service").await
}

async fn set(id: &str, submitted: Submitted, status: MachineStatus, words: &str) -> Answer<Failure> {
    let Submitted { visit, .. } = submitted.decider()?;
    let id = OrchestratorId::new(id).map_err(|_| Failure::not_found(format_args!("machine {id:?}")))?;
    visit.shared.store.set_machine_status(visit.scope(), &id, status).await?;
    visit.say(format!("{id} {words}."));
    Ok(next(&visit.shared, None, "/machines"))
}
