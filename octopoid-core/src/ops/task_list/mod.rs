//! Many tasks from one Markdown list.
//!
//! [`parse`] reads the text, [`plan`] says what would become of each entry, and [`create`] creates the tasks that are new. Repeated
//! with the same source, the same entries are the same tasks: each has a key made of the source, the role and the title.

mod entry;
mod parse;
mod plan;

pub use entry::{ListProblem, ListedTask};
pub use parse::parse;
pub use plan::{Listed, PlannedTask, create, plan};
