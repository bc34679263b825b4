//! Stages of a run, in the order in which it goes through them. Each takes what it needs and returns what it found.

mod budget;
mod collect;
mod elsewhere;
mod fetch_work;
mod findings;
mod judge;
mod keep;
mod land;
mod leftovers;
mod prepare;
mod project_branch;
mod recoveries;
mod settle;
mod take_back;
mod verdict;
mod work;
mod worktree;

pub(super) use budget::{Budget, budget};
pub(super) use collect::{Collected, collect};
pub(super) use fetch_work::fetch_work;
pub(super) use findings::{comment, comment_from_forge};
pub(super) use judge::judge;
pub(super) use keep::{keep_diff, keep_on_branch};
pub(super) use land::{
    LandingBase, ask_forge, before_merge, find_base, has_landed, landed_by, landing, make_commit, open_work,
};
pub(super) use leftovers::ask_for_leftovers;
pub(super) use prepare::{Prepared, prepare};
pub(super) use project_branch::require_project_branch;
pub(super) use recoveries::cut_off_too_often;
pub(super) use settle::{announce, clean_up, save_record, settle_claim};
pub(super) use take_back::take_back;
pub(super) use verdict::Verdict;
pub(super) use work::{RoleRun, newest_test_output, own_report, report, require_role};
pub(super) use worktree::{Owner, would_be_ready};
