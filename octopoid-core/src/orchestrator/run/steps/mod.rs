//! Steps of a flow. Each takes the work as it stands and returns what it came to; the flow records that before the next one.

mod breakdown;
mod changelog;
mod custom_step;
mod outcome;
mod pointers;
mod proposals;
mod protected;
mod pull_request;
mod push;
mod rebase;
mod script;
mod sign;
mod take;
mod test;

pub(super) use breakdown::{break_down, too_deep};
pub(super) use custom_step::{CustomEnd, custom_step};
pub(super) use outcome::{IN_BASE, Next, StepOutcome};
pub(super) use pointers::settle_pointers;
pub(super) use proposals::propose;
pub(super) use protected::{changed_checks, copied_files, protected_paths};
pub(super) use pull_request::{comment_review, pull_request_body, put_on_task, show, withdraw};
pub(super) use push::{cleanup, share, upload_lfs};
pub(super) use script::{in_worktree, is_as_submitted, script};
pub(super) use sign::note_signed;
pub(super) use take::take;
pub(super) use test::STEP as TEST_STEP;
