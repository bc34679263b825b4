//! Fields of the records that this crate takes apart one by one: the compiler does not tell that a new one is left out.

use octopoid_core::model::{
    ActionDraft, Approval, Blocker, Claim, ClaimToken, Counters, EventDraft, EventKind, FlowRecord, Hold,
    Holder, Installation, InstallationId, Machine, NewDraft, OrchestratorId, Provisional, Registration,
    RoleName, RoleRegistration, Scope, Settled, TaskId, Timestamp, Usage,
};
use std::fmt::Debug;

/// Returns the names of a record's fields.
fn fields(record: &dyn Debug) -> Vec<String> {
    let text = format!("{record:#?}");
    let names =
        text.lines().filter_map(|line| Some(line.strip_prefix("    ")?.split_once(": ")?.0.to_owned()));
    names.filter(|name| !name.starts_with(' ')).collect()
}

#[test]
fn every_field_of_a_record_has_its_place_on_the_wire_and_in_the_database() {
    let (now, scope) = (Timestamp::default(), Scope::single());
    let machine: OrchestratorId = "prod-one".parse().unwrap();
    let registration = Registration::new(scope.clone(), "prod", "one", "here");
    let holder = Holder::new(machine.clone(), "agent".parse().unwrap());
    let token: ClaimToken = "token".parse().unwrap();
    let action = ActionDraft::new("draft", "7", "Do it", "planner").at("act-1", scope.clone(), now);
    let role = RoleRegistration::new(RoleName::implement(), "incoming");
    let known: [(&dyn Debug, &str); 17] = [
        // src/wire/action.rs
        (&action, "id scope draft status proposed_at executed_at result"),
        (
            &action.draft,
            "entity_type entity_id action_type label description proposed_by expires_at metadata action_data",
        ),
        // src/wire/draft.rs
        (
            &NewDraft::new(scope.clone(), "A draft", "ada").at(1, "a-draft", now),
            "id slug scope title status author domain file_path body linked_task linked_project tags created_at \
             updated_at original",
        ),
        // src/wire/flow.rs
        (
            &FlowRecord::new(scope.clone(), "default", Vec::new(), Vec::new(), now),
            "name scope states transitions registered_at updated_at",
        ),
        (
            &role.at(scope.clone(), machine.clone(), now),
            "name scope claims_from description orchestrator created_at",
        ),
        // src/wire/machine.rs
        (&registration, "scope cluster machine_id repo_url hostname version capabilities installation"),
        (&Installation::new(InstallationId::new("one").unwrap(), std::time::Duration::ZERO), "id lease"),
        (
            &Machine::new(machine, registration.clone(), now),
            "id registration status registered_at last_heartbeat agents held_since",
        ),
        // src/sqlite/columns.rs, src/sqlite/row.rs
        (&holder, "orchestrator agent"),
        (
            &Claim::new(token.clone(), holder.clone(), now, now),
            "token holder claimed_at lease_expires_at from",
        ),
        (&Blocker::new(TaskId::numbered(1), false), "id resolved"),
        (&Counters::default(), "runs attempts review_rounds conflicts rejections"),
        (&Settled::new(token, "release"), "token command"),
        (&Provisional::new(None, Hold::Free), "approval hold"),
        (&Approval::new("ada", now, true), "by at person"),
        (&EventDraft::new(EventKind::Created, "ada", None, None), "kind actor from to note"),
        (&Usage::default(), "turns input_tokens output_tokens cost_usd"),
    ];
    for (record, names) in known {
        let names: Vec<_> = names.split(' ').map(str::to_owned).collect();
        assert_eq!(
            fields(record),
            names,
            "carry a new field over in the file named above it, then name it here"
        );
    }
}
