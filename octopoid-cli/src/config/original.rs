//! The words of the original Octopoid's files that differ from ours, each with what takes its place.

/// Returns what to do about a key of the original's `config.yaml` or `agents.yaml`.
pub(super) fn fix_for_key(key: &str) -> Option<&'static str> {
    Some(match key {
        "hooks" | "task_types" => {
            "remove it: rebase and tests are steps of the flow (`octopoid flow eject default` writes it out to change them), and \
             `forge: github` makes pull requests"
        }
        "mode" => "remove it: without `server` all is local; `octopoid init --local` and `--server` switch",
        "url" => "remove it: the repository's remote is named by `repo.remote`",
        "main_branch" => "name it `base_branch`",
        "api_key" => "put the key into OCTOPOID_API_KEY, or into .octopoid/api-key with mode 600",
        "queue_limits" => {
            "remove it: `limits` in config.yaml bounds what is in hand (`claimed`, `provisional`)"
        }
        "fleet" => "name it `agents`: a list with a `name` and a `role` each",
        "max_instances" | "max_concurrent" => "name it `instances`",
        "enabled" => "remove it; `paused: true` switches an agent off",
        "allowed_tools" => "name it `tools`",
        "spawn_mode" | "claim_from" | "claims_from" | "agent_dir" | "lightweight" | "focus" | "type" => {
            "remove it: what an agent takes and is told belongs to its role; `octopoid role new NAME` makes one"
        }
        "proposal_limits" | "voice_weights" | "gatekeeper" => {
            "remove it: roles that propose write drafts, which `octopoid draft approve` makes tasks of"
        }
        "commands" => "remove it: `tools` of an agent says what it may use",
        _ => return None,
    })
}

/// Returns our name of a role of the original, where it has another.
pub(crate) fn role_of_original(role: &str) -> Option<&'static str> {
    match role {
        "implementer" | "orchestrator_impl" => Some("implement"),
        "gatekeeper" | "reviewer" => Some("review"),
        _ => None,
    }
}

/// What to do about agents that are a mapping by name.
pub(super) const AGENTS_ARE_A_LIST: &str =
    "write the agents as a list: `- name: implementer` with `role: implement` below it, and so on";
