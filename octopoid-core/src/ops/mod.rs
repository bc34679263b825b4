//! What people do with a queue, as functions over any [`Store`](crate::store::Store).
//!
//! Every screen (the command line, a dashboard, a program that embeds Octopoid) reads and writes through these, so that
//! all of them know the same and decide alike. Each function takes the store, and the caller's name or what is known around
//! the tasks where it needs them, and returns typed values that can be printed and serialized. Nothing here needs an
//! operating system.
//!
//! | function | for |
//! |---|---|
//! | [`enqueue`] | adding a task unless the same one is open already |
//! | [`edit`] | changing what a task says and waits for |
//! | [`decide`], [`check_decision`] | approving, rejecting, retrying, calling off and moving a task |
//! | [`choices`] | the decisions that are possible on a task now, and their effects |
//! | [`effect()`], [`review_effect`], [`revert_effect`] | what a decision does, in words |
//! | [`comment`], [`open_question`] | the thread: remarks, and answers to an agent's questions |
//! | [`explain`] | why a task does not move, and what would end that |
//! | [`needs_you`], [`needs_you_in`] | the tasks that wait for a person |
//! | [`Attention`], [`Board`] | the tasks of a live screen, grouped by whose turn it is |
//! | [`tell`] | the thread: a message for a task's agent, and when it hears it |
//! | [`revert`] | a task that takes back what another one landed |
//! | [`rounds_of`] | what a task's agents submitted, one submission after the other |
//! | [`TaskFilter`] | choosing tasks by text, project, author and age |
//! | [`task_list`] | many tasks from one Markdown list |
//! | [`costs`] | what runs used, by day, role, agent, project, task or model |
//! | [`project`] | how far projects are, and completing them |
//! | [`draft`] | finding drafts, and making tasks and projects of them |
//! | [`review`] | comments on lines of the work: where they are by now, and what an agent is told of them |
//! | [`diff`] | diffs taken apart: files, hunks, lines and the words that differ |
//! | [`tree`] | tasks in the order in which they depend on each other |
//!
//! ```
//! use octopoid_core::model::{NewTask, Scope};
//! use octopoid_core::ops::{self, Duplicates, Enqueued};
//! use octopoid_core::store::{Store, StoreError};
//!
//! async fn add(store: &dyn Store) -> Result<(), StoreError> {
//!     let new = NewTask::new("Add a --version flag", "Print the version and exit.");
//!     match ops::enqueue(store, new, Duplicates::Refuse).await? {
//!         Enqueued::Created(task) => println!("{} is in the queue", task.id),
//!         Enqueued::Duplicate(twin) => println!("{} says the same", twin.id),
//!     }
//!     for needed in ops::needs_you_in(store, &Scope::single()).await? {
//!         println!("{}: {}; {:?}", needed.task, needed.why, needed.remedies);
//!     }
//!     Ok(())
//! }
//! ```

mod attention;
mod board;
mod choice;
mod comment;
mod costs;
mod decide;
pub mod diff;
pub mod draft;
mod edit;
mod effect;
mod enqueue;
mod error;
mod explain;
mod filter;
mod needs_you;
pub mod project;
mod remedy;
mod retry;
mod revert;
pub mod review;
mod rounds;
mod situation;
pub mod task_list;
mod tell;
mod tree;
mod unfinished;
mod wait_reason;

pub use attention::Attention;
pub use board::Board;
pub use choice::{Choice, DecisionKind, choices};
pub use comment::{comment, find_message, open_question};
pub use costs::{Cost, CostBy, CostOf, CostQuery, Costs, costs};
pub use decide::{Decision, check_decision, decide, decide_on_read};
pub use edit::{Edit, EditField, NotEditable, edit};
pub use effect::{Landing, effect, revert_effect, review_effect};
pub use enqueue::{Duplicates, Enqueued, enqueue, find_duplicate};
pub use error::OpError;
pub use explain::{Explanation, explain};
pub use filter::TaskFilter;
pub use needs_you::{NeedsYou, needs_you, needs_you_in};
pub use remedy::Remedy;
pub use retry::RetryEffect;
pub use revert::{RevertRequest, landing_of, revert};
pub use rounds::{Round, last_reviewed, rounds, rounds_of};
pub use situation::{Capabilities, Delay, OrchestratorState, Situation};
pub use tell::{Hearing, Told, tell};
pub use tree::tree;
pub use unfinished::{Unfinished, unfinished};
pub use wait_reason::{BlockedBy, Moment, WaitReason};

/// What an operation gives.
pub type Result<T, E = OpError> = std::result::Result<T, E>;
