//! Cases of the suite, and their execution.

use super::clock::SteppedClock;
use super::setting::{IdempotentSetting, Setting};
use super::verdict::Verdict;
use super::{
    actions, attributes, blockers, breakdown, claims, commands, drafts, events, feeds, flows, isolation,
    landings, leases, lists, machines, pages, projects, races, records, repeats, requests, retention,
    reviews, scopes, states, tasks, text, threads, types,
};
use octopoid_core::clock::Clock;
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::{IdempotentStore, Store};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Failed case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Name of the case, which says what is required.
    pub case: &'static str,
    /// What was found instead.
    pub what: String,
}

/// Result of a suite with failed cases.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The failures, in the order of the suite.
    pub failures: Vec<Failure>,
    /// The number of cases that were run.
    pub cases: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store fails {} of {} cases:", self.failures.len(), self.cases)?;
        for Failure { case, what } in &self.failures {
            write!(f, "\n{case}: {what}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

type Case = fn(Setting) -> Pin<Box<dyn Future<Output = Verdict> + Send>>;

type IdempotentCase = fn(IdempotentSetting) -> Pin<Box<dyn Future<Output = Verdict> + Send>>;

macro_rules! cases {
    ($($room:ident: $($case:ident),+;)+) => {
        &[$($((concat!(stringify!($room), "::", stringify!($case)), |setting| Box::pin($room::$case(setting)))),+),+]
    };
}

const CASES: &[(&str, Case)] = cases! {
    tasks:
        a_created_task_is_read_back_as_it_was_answered,
        ids_are_given_in_a_row_around_taken_ones,
        a_taken_id_is_a_conflict,
        i04_the_same_key_gives_the_same_task,
        i26_unusable_text_is_refused_and_leaves_nothing,
        what_does_not_exist_is_not_found,
        a_deleted_task_is_gone_with_all_that_belongs_to_it,
        a_held_task_cannot_be_deleted;
    attributes:
        attributes_are_read_back_as_they_were_given,
        attributes_are_merged_and_null_clears,
        unusable_attributes_are_refused_by_name,
        the_longest_attribute_fits,
        an_estimate_and_a_branch_can_be_taken_back,
        a_submission_says_when_it_was_handed_in;
    lists:
        lists_take_what_the_filters_say,
        lists_are_ordered_and_paged,
        limits_out_of_range_are_invalid,
        queues_are_counted;
    pages:
        the_newest_first_can_be_read_on,
        every_order_can_be_read_by_offset,
        an_order_by_priority_has_no_place_to_go_on_after,
        lists_take_types_and_projects,
        lists_tell_what_waits_for_a_person,
        a_search_finds_its_text_in_titles_and_ids;
    states:
        a_state_that_a_flow_adds_is_a_place_like_a_queue,
        a_claim_from_a_state_names_it_and_goes_back_to_it,
        claims_from_a_state_take_the_most_urgent_that_fits,
        a_new_task_stands_where_it_is_put,
        a_flag_asks_for_a_person_until_the_task_moves;
    claims:
        the_most_urgent_then_the_oldest_task_is_claimed,
        claims_take_only_the_roles_asked_for,
        a_named_task_is_claimed_or_refused_with_the_reason,
        each_purpose_has_its_own_tasks,
        i04_the_same_token_gives_the_same_claim,
        the_bound_on_claims_is_kept,
        an_impossible_lease_is_invalid;
    types:
        claims_take_the_most_urgent_then_the_oldest_of_their_types,
        claims_take_only_what_has_both_a_type_and_a_role,
        a_named_task_of_another_type_is_refused,
        reviews_can_be_asked_for_by_type,
        a_changed_type_counts_at_once;
    landings:
        i20_one_landing_per_branch_at_a_time,
        i20_a_landing_in_hand_is_no_ones_business_elsewhere;
    leases:
        an_expired_lease_is_claimable_again,
        i03_a_stale_token_cannot_write,
        i09_the_spared_orchestrator_keeps_its_claims,
        i10_a_late_renewal_is_taken,
        i15_lost_attempts_are_bounded;
    commands:
        work_goes_from_submission_to_done,
        i04_a_repeated_submission_has_one_effect,
        a_burnt_out_attempt_waits_for_a_person,
        rejected_work_goes_back_until_a_person_must_decide,
        reviewers_are_heard_each_and_kept,
        work_goes_on_to_the_states_of_its_flow,
        i12_work_that_is_there_already_is_handed_in_whole,
        a_project_is_done_with_the_task_that_lands_it,
        a_claim_is_given_back_or_charged,
        a_stopped_task_goes_on_when_a_person_says_so,
        i08_failure_carries_its_reason,
        a_person_may_force_any_queue_but_claimed,
        what_a_task_says_can_be_changed,
        only_a_person_may_do_what_people_do,
        i02_several_commands_are_all_carried_out_or_none,
        i04_a_repetition_of_several_commands_changes_nothing,
        a_refusal_changes_nothing;
    blockers:
        i05_a_blocked_task_is_never_claimed,
        i05_the_last_blocker_done_frees_at_once,
        i05_a_done_blocker_does_not_block,
        i05_missing_blockers_are_refused,
        i05_cycles_are_refused,
        i07_a_person_may_unblock,
        a_task_that_others_wait_for_cannot_be_deleted;
    breakdown:
        the_role_says_what_is_to_be_broken_down,
        parts_are_made_with_the_command_and_once,
        the_whole_is_done_with_its_last_part,
        parts_of_parts_end_with_the_whole,
        a_graph_that_cannot_be_makes_nothing,
        a_person_decides_about_parts_that_fail;
    events:
        i02_what_happens_is_in_the_history,
        the_feed_is_resumable,
        waiting_ends_with_the_next_event,
        waiting_may_be_given_up;
    feeds:
        a_machine_hears_what_it_may_claim,
        a_machine_hears_what_others_do_with_its_tasks,
        a_task_that_one_machine_does_not_take_reaches_another,
        a_feed_begins_where_it_is_told_to;
    retention:
        old_history_goes_with_finished_tasks_and_stays_with_others,
        nothing_of_the_last_day_goes,
        a_task_that_was_finished_lately_keeps_its_old_history,
        a_run_that_is_not_settled_stays,
        the_newest_event_stays_so_that_numbers_grow,
        steps_are_bounded_and_come_to_an_end,
        other_scopes_keep_their_history,
        unusable_steps_are_refused;
    records:
        the_last_write_of_a_run_counts,
        runs_are_listed_newest_first,
        usage_is_added_up,
        a_thread_keeps_its_order,
        unusable_messages_are_refused;
    threads:
        a_message_says_whom_it_is_for_and_what_it_is,
        an_answer_names_what_it_answers,
        what_the_state_machine_says_can_be_answered,
        only_a_message_of_the_same_thread_can_be_answered;
    reviews:
        i40_a_comment_is_read_back_as_it_was_made,
        i40_a_comment_with_a_key_is_there_once,
        unusable_comments_are_refused_and_leave_nothing,
        only_drafts_are_changed_and_deleted,
        sent_comments_are_resolved_and_opened_again,
        a_review_sends_all_drafts_of_its_author_with_the_verdict,
        a_review_that_is_refused_sends_nothing,
        a_review_approves_or_only_comments,
        a_verdict_is_on_the_work_that_was_read,
        comments_belong_to_their_task_and_scope;
    scopes:
        scopes_never_leak,
        claims_and_leases_stay_in_their_scope,
        the_feed_of_all_scopes_is_in_one_order,
        the_scopes_that_have_anything_are_told;
    projects:
        a_created_project_is_read_back_as_it_was_answered,
        a_project_gets_a_free_id_from_its_title,
        unusable_projects_are_refused,
        projects_are_listed_newest_first,
        a_patch_changes_what_it_names,
        the_end_of_a_project_is_noted_once,
        a_task_takes_the_branch_of_its_project,
        a_task_needs_no_review_where_its_project_needs_none,
        a_draft_is_implemented_when_its_project_is_completed,
        a_project_with_tasks_cannot_be_deleted,
        a_project_that_is_not_there_is_not_found;
    drafts:
        a_created_draft_is_read_back_as_it_was_answered,
        drafts_have_numbers_of_the_store_and_free_slugs_of_their_scope,
        unusable_drafts_are_refused,
        drafts_are_listed_newest_first,
        a_patch_changes_what_it_names,
        a_draft_that_is_not_there_is_not_found,
        a_draft_is_implemented_when_its_task_is_done;
    actions:
        a_proposed_action_is_listed_as_it_was_answered,
        unusable_actions_are_refused,
        actions_are_listed_newest_first,
        only_a_proposed_action_can_be_wanted,
        what_nobody_wanted_in_time_is_gone,
        of_two_that_want_an_action_one_succeeds,
        an_action_says_how_far_it_is,
        an_action_that_is_not_there_is_not_found;
    flows:
        a_flow_is_registered_new_and_again,
        a_flow_has_the_built_in_states,
        flows_are_listed_by_name_and_removed,
        roles_are_registered_new_and_again,
        roles_of_an_unknown_machine_are_refused,
        scopes_do_not_see_each_others_roles;
    machines:
        a_machine_introduces_itself_new_and_again,
        unusable_registrations_are_refused,
        a_heartbeat_tells_of_agents_by_the_stores_clock,
        a_machine_that_is_not_there_is_not_found,
        a_silent_machine_is_offline_until_it_is_heard_of,
        maintenance_lasts_until_a_person_ends_it,
        the_same_id_in_two_scopes_is_two_machines,
        machines_are_listed_as_the_filters_say,
        i37_a_machine_id_belongs_to_the_installation_that_is_heard_from,
        i37_a_silent_installation_loses_its_machine_id_to_the_next,
        i37_one_of_many_installations_gets_a_free_machine_id,
        installations_are_optional;
    text:
        all_of_unicode_comes_back,
        long_text_comes_back;
    races:
        i03_concurrent_claimers_get_each_task_once,
        concurrent_creators_get_ids_of_their_own,
        i04_a_request_repeated_at_once_has_one_effect;
    isolation:
        i02_no_update_of_a_task_is_lost,
        i05_the_last_of_blockers_that_end_at_once_frees,
        a_bound_holds_for_claims_at_once,
        drafts_made_at_once_have_numbers_and_names_of_their_own,
        whoever_has_seen_an_event_has_seen_those_before_it;
};

const IDEMPOTENT_CASES: &[(&str, IdempotentCase)] = cases! {
    requests:
        i04_a_repeated_creation_gives_the_task_as_it_is_now,
        i04_a_repeated_claim_takes_nothing_more,
        i04_a_repeated_command_has_one_effect,
        i04_a_repeated_message_is_posted_once,
        i04_a_repeated_run_does_not_undo_a_later_one,
        i04_a_repetition_does_not_bring_a_deleted_record_back,
        i04_a_refusal_stays_a_refusal,
        a_key_that_was_used_for_something_else_is_a_conflict,
        i04_each_write_of_a_request_has_a_reply_of_its_own,
        i04_an_interrupted_request_goes_on_where_it_stopped,
        reads_do_not_count_among_the_writes_of_a_request,
        keys_that_look_alike_are_two_requests,
        i04_twins_of_a_request_have_one_effect,
        a_forgotten_request_may_come_anew;
    repeats:
        i04_repeated_requests_for_projects_have_one_effect,
        i04_repeated_requests_for_drafts_have_one_effect,
        i04_repeated_requests_for_actions_have_one_effect,
        i04_repeated_requests_for_flows_and_roles_have_one_effect,
        i04_repeated_requests_for_machines_have_one_effect;
    reviews:
        i04_a_repeated_review_has_one_effect;
};

/// Runs a store through every case for a [`Store`], each with a store of its own that `open` returns: empty, on the clock and
/// under the policy that it is handed.
///
/// # Errors
/// The cases that it fails, by name. A panic of the store is not caught.
pub async fn check<F, O>(open: F) -> Result<(), Report>
where
    F: Fn(Arc<dyn Clock>, Policy) -> O,
    O: Future<Output = Arc<dyn Store>>,
{
    report(run_cases(&open).await, CASES.len())
}

/// Runs a store through every case, as [`check`] does, those for an [`IdempotentStore`] included.
///
/// # Errors
/// As for [`check`].
pub async fn check_idempotent<F, O>(open: F) -> Result<(), Report>
where
    F: Fn(Arc<dyn Clock>, Policy) -> O,
    O: Future<Output = Arc<dyn IdempotentStore>>,
{
    let plain = |clock, policy| {
        let opened = open(clock, policy);
        async { opened.await as Arc<dyn Store> }
    };
    let mut failures = run_cases(&plain).await;
    for (case, run) in IDEMPOTENT_CASES {
        let clock = Arc::new(SteppedClock::new());
        let store = open(Arc::clone(&clock) as Arc<dyn Clock>, Policy::default()).await;
        if let Err(wrong) = run(IdempotentSetting::new(store, clock)).await {
            failures.push(Failure { case, what: wrong.0 });
        }
    }
    report(failures, CASES.len() + IDEMPOTENT_CASES.len())
}

async fn run_cases<F, O>(open: &F) -> Vec<Failure>
where
    F: Fn(Arc<dyn Clock>, Policy) -> O,
    O: Future<Output = Arc<dyn Store>>,
{
    let mut failures = Vec::new();
    for (case, run) in CASES {
        let clock = Arc::new(SteppedClock::new());
        let store = open(Arc::clone(&clock) as Arc<dyn Clock>, Policy::default()).await;
        if let Err(wrong) = run(Setting { store, clock, scope: Scope::single() }).await {
            failures.push(Failure { case, what: wrong.0 });
        }
    }
    failures
}

fn report(failures: Vec<Failure>, cases: usize) -> Result<(), Report> {
    if failures.is_empty() { Ok(()) } else { Err(Report { failures, cases }) }
}
