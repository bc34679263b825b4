//! Decision of the scheduler: which agents try to claim a task now, and why the others do not. Pure functions.

use super::accounts::Room;
use super::cooldown::Cooldown;
use crate::model::{AgentName, Timestamp};
use crate::orchestrator::settings::{AgentSettings, Limits};
use crate::orchestrator::status::Idle;
use crate::transition::Purpose;

/// State of one agent for the decision.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'a> {
    pub(crate) settings: &'a AgentSettings,
    pub(crate) purpose: Purpose,
    /// Whether the agent is working.
    pub(crate) busy: bool,
    /// Time at which the agent last started a run.
    pub(crate) last_start: Option<Timestamp>,
    /// Backoff of the agent after a failure.
    pub(crate) backoff: Option<&'a Cooldown>,
    /// Account that the agent uses, and the number of agents that the account allows to work.
    pub(crate) account: &'a str,
    pub(crate) account_room: Room,
}

/// State of the machine and its scope for the decision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    pub(crate) now: Timestamp,
    pub(crate) paused: bool,
    /// Whether a person has put this machine into maintenance.
    pub(crate) maintenance: bool,
    pub(crate) draining: bool,
    pub(crate) limits: Limits,
    /// Number of tasks in `provisional`.
    pub(crate) provisional: u64,
    /// Cost of the current day in US dollars.
    pub(crate) spent_today: f64,
    /// Start of the next day.
    pub(crate) tomorrow: Timestamp,
}

/// Decision on one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Agent is working.
    Busy,
    /// Agent tries to claim a task.
    Try,
    /// Agent does not claim a task, for this reason.
    Idle(Idle),
}

/// Decides for every agent, in order.
///
/// More agents may try than `limits.agents` leaves room for, because not each of them finds a task; the caller has to enforce the
/// limit.
pub(crate) fn plan(candidates: &[Candidate<'_>], situation: &Situation) -> Vec<(AgentName, Decision)> {
    let full = candidates.iter().filter(|c| c.busy).count() >= situation.limits.agents;
    candidates
        .iter()
        .map(|candidate| {
            let word = if candidate.busy {
                Decision::Busy
            } else if let Some(idle) = obstacle(candidate, situation) {
                Decision::Idle(idle)
            } else if full {
                Decision::Idle(no_room(&situation.limits))
            } else {
                Decision::Try
            };
            (candidate.settings.name.clone(), word)
        })
        .collect()
}

/// Returns the reason why an agent is idle if as many others use its account as are allowed.
pub(crate) fn account_opens(account: &str, agents: usize, next: Timestamp) -> Idle {
    let reason = format!(
        "the account {account} opens slowly after its limit has lifted: {agents} of its agents may work for now"
    );
    Idle { reason, until: Some(next) }
}

/// Returns the reason why an agent is idle if the largest number of agents is working.
pub(crate) fn no_room(limits: &Limits) -> Idle {
    let reason = format!("{} agents are at work, as many as `limits.agents` allows", limits.agents);
    Idle { reason, until: None }
}

fn obstacle(candidate: &Candidate<'_>, situation: &Situation) -> Option<Idle> {
    let idle = |reason: String, until| Some(Idle { reason, until });
    let Situation { now, limits, .. } = *situation;
    if situation.draining {
        return idle("the orchestrator is stopping".to_owned(), None);
    }
    if situation.paused {
        return idle("the orchestrator is paused".to_owned(), None);
    }
    if situation.maintenance {
        let reason = "this machine is out of service";
        return idle(reason.to_owned(), None);
    }
    if candidate.settings.paused {
        return idle("paused in agents.yaml".to_owned(), None);
    }
    if let Some(backoff) = candidate.backoff.filter(|backoff| backoff.until > now) {
        return idle(backoff.reason.clone(), Some(backoff.until));
    }
    if let Room::None(pause) = &candidate.account_room {
        let reason = if candidate.account == candidate.settings.name.as_str() {
            pause.reason.clone()
        } else {
            format!("the account {} is limited: {}", candidate.account, pause.reason)
        };
        return idle(reason, Some(pause.until));
    }
    if let Some(next) =
        candidate.last_start.map(|start| start + candidate.settings.interval).filter(|next| *next > now)
    {
        return idle(
            format!("keeps its interval of {} s", candidate.settings.interval.as_secs()),
            Some(next),
        );
    }
    if situation.spent_today >= limits.cost_usd_per_day {
        let reason = format!(
            "${:.2} were used today, as much as `limits.cost_usd_per_day` allows",
            situation.spent_today
        );
        return idle(reason, Some(situation.tomorrow));
    }
    if candidate.purpose == Purpose::Work && situation.provisional >= limits.provisional {
        let reason = format!(
            "{} tasks wait in `provisional`, as many as `limits.provisional` allows",
            situation.provisional
        );
        return idle(reason, None);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RoleName;
    use std::time::Duration;

    fn agent(name: &str) -> AgentSettings {
        AgentSettings::new(AgentName::new(name).unwrap(), RoleName::implement())
    }

    fn candidate(settings: &AgentSettings) -> Candidate<'_> {
        Candidate {
            settings,
            purpose: Purpose::Work,
            busy: false,
            last_start: None,
            backoff: None,
            account: "claude-1",
            account_room: Room::All,
        }
    }

    fn situation() -> Situation {
        Situation {
            now: Timestamp::from_millis(1_000_000),
            paused: false,
            maintenance: false,
            draining: false,
            limits: Limits::default(),
            provisional: 0,
            spent_today: 0.0,
            tomorrow: Timestamp::from_millis(9_000_000),
        }
    }

    fn only(candidate: Candidate<'_>, situation: Situation) -> Decision {
        plan(&[candidate], &situation).remove(0).1
    }

    fn reason(word: Decision) -> (String, Option<Timestamp>) {
        match word {
            Decision::Idle(idle) => (idle.reason, idle.until),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_agent_without_an_obstacle_tries() {
        assert_eq!(only(candidate(&agent("a")), situation()), Decision::Try);
    }

    #[test]
    fn i06_nobody_tries_when_as_many_are_busy_as_the_limit_allows() {
        let agents: Vec<_> = (0..5).map(|n| agent(&format!("a{n}"))).collect();
        let mut candidates: Vec<_> = agents.iter().map(candidate).collect();
        candidates[3].busy = true;
        let limited = |candidates: &[Candidate<'_>]| {
            let limits = Limits::default().with_agents(2);
            let words = plan(candidates, &Situation { limits, ..situation() });
            words.into_iter().map(|(_, word)| word).collect::<Vec<_>>()
        };
        assert_eq!(limited(&candidates)[2..], [Decision::Try, Decision::Busy, Decision::Try]);
        candidates[4].busy = true;
        assert!(limited(&candidates)[..3].iter().all(|word| matches!(word, Decision::Idle(_))));
    }

    #[test]
    fn every_obstacle_has_its_reason_and_its_end() {
        let settings = agent("a");
        assert!(
            reason(only(candidate(&settings), Situation { paused: true, ..situation() }))
                .0
                .contains("is paused")
        );
        assert!(
            reason(only(candidate(&settings), Situation { draining: true, ..situation() }))
                .0
                .contains("stopping")
        );
        let (why, until) = reason(only(candidate(&settings), Situation { spent_today: 50.0, ..situation() }));
        assert!(why.contains("cost_usd_per_day"));
        assert_eq!(until, Some(situation().tomorrow));
        assert!(
            reason(only(candidate(&settings), Situation { provisional: 20, ..situation() }))
                .0
                .contains("provisional")
        );
        let backoff = Cooldown {
            until: Timestamp::from_millis(2_000_000),
            reason: "no program".into(),
            faults: 1,
            fixed: false,
        };
        let held = Candidate { backoff: Some(&backoff), ..candidate(&settings) };
        assert_eq!(reason(only(held, situation())), ("no program".to_owned(), Some(backoff.until)));
        let limited = Candidate { account_room: Room::None(backoff.clone()), ..candidate(&settings) };
        let (why, until) = reason(only(limited, situation()));
        assert!(why.contains("claude-1"), "{why}");
        assert_eq!(until, Some(backoff.until));
    }

    #[test]
    fn submitted_work_holds_back_workers_but_not_reviewers() {
        let settings = agent("a");
        let reviewer = Candidate { purpose: Purpose::Review, ..candidate(&settings) };
        assert_eq!(only(reviewer, Situation { provisional: 99, ..situation() }), Decision::Try);
    }

    #[test]
    fn an_interval_paces_an_agent_but_never_delays_its_first_run() {
        let settings = agent("a").with_interval(Duration::from_secs(300));
        assert_eq!(only(candidate(&settings), situation()), Decision::Try);
        let started = Timestamp::from_millis(999_000);
        let again = Candidate { last_start: Some(started), ..candidate(&settings) };
        assert_eq!(reason(only(again.clone(), situation())).1, Some(started + Duration::from_secs(300)));
        let later = Situation { now: started + Duration::from_secs(300), ..situation() };
        assert_eq!(only(again, later), Decision::Try);
    }
}
