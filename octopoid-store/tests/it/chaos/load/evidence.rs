//! What the store holds when all is done.

use super::{Evidence, History};
use octopoid_core::model::Scope;
use octopoid_core::store::{EventQuery, RunQuery, Store, StoreExt, TaskQuery};

pub(super) async fn collect(server: &dyn Store, scope: &Scope, history: &History) -> Evidence {
    let mut evidence = Evidence { calls: history.calls(), ..Evidence::default() };
    let mut query = EventQuery::after(scope.clone(), 0);
    loop {
        let page = server.events(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.after = last.seq;
        evidence.log.extend(page);
    }
    for task in server.all_tasks(&TaskQuery::new(scope.clone())).await.unwrap() {
        evidence.messages.extend(server.messages(scope, &task.id).await.unwrap());
        let runs = RunQuery::new(scope.clone()).of_task(task.id.clone());
        evidence.runs.extend(server.list_runs(&runs).await.unwrap());
        evidence.titles.push(task.title);
    }
    // What the state machine says in a thread is not the machines' own.
    evidence.messages.retain(|message| message.kind == octopoid_core::model::MessageKind::Comment);
    evidence
}
