//! The commands about drafts.

use super::words::one_of;
use clap::{Args, Subcommand};
use octopoid_core::model::{Complexity, DraftStatus, Priority, ProjectId, RoleName, TaskId};
use std::path::PathBuf;

/// `draft`
#[derive(Debug, Args)]
#[command(after_help = "\
Drafts are ideas that may become tasks or projects. People write them, and roles that propose, such as the plugin \
dependency-audit; an archived one is not proposed again. An approved one is implemented once its task is done, or its project \
completed. A draft is named by its number or its slug, of which words that no other draft has are enough.

Examples:
  octopoid draft create \"Cache the index\" --file notes/cache.md
  octopoid draft list
  octopoid draft show cache-the-index
  octopoid draft approve cache-the-index --priority P1
  octopoid draft approve 4 --project --branch feature/index
  octopoid draft archive 3")]
pub(crate) struct Draft {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: DraftAction,
}

/// What to do with drafts.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftAction {
    /// Write an idea down. Without --file the title says it all.
    #[command(
        after_help = "Examples:\n  octopoid draft create \"Cache the index\"\n  octopoid draft create \"Cache the index\" \
                            --file notes/cache.md --status review\n  octopoid draft create \"Cache the index\" --file - <notes.md"
    )]
    Create {
        /// One line that says what it is.
        title: String,
        /// Who writes it. Unless given, you.
        #[arg(long, short, value_name = "NAME")]
        author: Option<String>,
        /// How far it is: idea, draft, review, approved, implemented or archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status, default_value = "idea")]
        status: DraftStatus,
        /// What it is about, in a word.
        #[arg(long, short, value_name = "WORD")]
        domain: Option<String>,
        /// Words to find it by, with commas between them.
        #[arg(long, short, value_name = "WORDS", value_delimiter = ',')]
        tags: Vec<String>,
        /// Read its text from a file; `-` is standard input.
        #[arg(long, short, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Change a draft.
    #[command(
        after_help = "Examples:\n  octopoid draft update cache-the-index --status review\n  octopoid draft update 3 --file notes/cache.md"
    )]
    Update {
        /// The draft, by its number or its slug.
        draft: String,
        /// A new title.
        #[arg(long, short, value_name = "TEXT")]
        title: Option<String>,
        /// Another status: idea, draft, review, approved, implemented or archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status)]
        status: Option<DraftStatus>,
        /// Another author.
        #[arg(long, short, value_name = "NAME")]
        author: Option<String>,
        /// What it is about, in a word.
        #[arg(long, short, value_name = "WORD")]
        domain: Option<String>,
        /// Read a new text from a file; `-` is standard input.
        #[arg(long, short, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The task that was made of it.
        #[arg(long, value_name = "ID")]
        link_task: Option<TaskId>,
        /// The project that was made of it.
        #[arg(long, value_name = "ID")]
        link_project: Option<ProjectId>,
    },
    /// Edit a draft in your editor: its title in the first line, then its text.
    #[command(after_help = "Examples:\n  octopoid draft edit cache-the-index")]
    Edit {
        /// The draft, by its number or its slug.
        draft: String,
    },
    /// List drafts, newest first.
    List {
        /// Only with this status: idea, draft, review, approved, implemented or archived. Unless given, all but archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status)]
        status: Option<DraftStatus>,
        /// Only by this author, such as the role that proposed it.
        #[arg(long, short, value_name = "NAME")]
        author: Option<String>,
        /// Only about this.
        #[arg(long, short, value_name = "WORD")]
        domain: Option<String>,
        /// At most so many.
        #[arg(long, short, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Show a draft with its text.
    Show {
        /// The draft, by its number or its slug.
        draft: String,
    },
    /// Make a task of a draft, or a project.
    Approve {
        /// The draft, by its number or its slug.
        draft: String,
        /// The role that works on it.
        #[arg(long, short, value_name = "ROLE", default_value = "implement")]
        role: RoleName,
        /// How urgent: P0 (now) to P3 (when there is time).
        #[arg(long, short, value_name = "P0..P3", default_value = "P2")]
        priority: Priority,
        /// How big: XS, S, M, L or XL.
        #[arg(long, short, value_name = "XS..XL")]
        complexity: Option<Complexity>,
        /// Make a project of it instead; tasks are added with `octopoid enqueue --project`.
        #[arg(long, conflicts_with_all = ["role", "priority", "complexity"])]
        project: bool,
        /// The branch that the project's tasks share.
        #[arg(long, value_name = "BRANCH", requires = "project")]
        branch: Option<String>,
    },
    /// Put a draft away.
    Archive {
        /// The draft, by its number or its slug.
        draft: String,
    },
    /// Delete a draft for good.
    Delete {
        /// The draft, by its number or its slug.
        draft: String,
        /// Delete it; without this only what would happen is said.
        #[arg(long, short)]
        force: bool,
    },
}

fn status(word: &str) -> Result<DraftStatus, String> {
    one_of(word, &DraftStatus::ALL, DraftStatus::as_str)
}
