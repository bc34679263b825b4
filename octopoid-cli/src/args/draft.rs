//! The commands about drafts.

use clap::{Args, Subcommand};
use octopoid_core::model::{DraftStatus, Priority, RoleName};

/// `draft`
#[derive(Debug, Args)]
#[command(after_help = "\
Drafts are ideas that may become tasks. Roles that propose, such as the plugin dependency-audit, write them; an archived one \
is not proposed again.

Examples:
  octopoid draft list
  octopoid draft show 3
  octopoid draft approve 3 --priority P1
  octopoid draft archive 3")]
pub(crate) struct Draft {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: DraftAction,
}

/// What to do with drafts.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftAction {
    /// List drafts, newest first.
    List {
        /// Only with this status: idea, draft, review, approved, implemented or archived. Unless given, all but archived.
        #[arg(long, value_name = "STATUS", value_parser = status)]
        status: Option<DraftStatus>,
        /// Only by this author, such as the role that proposed it.
        #[arg(long, value_name = "NAME")]
        author: Option<String>,
        /// At most so many.
        #[arg(long, short, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Show a draft with its text.
    Show {
        /// The draft's number.
        id: u64,
    },
    /// Make a task of a draft.
    Approve {
        /// The draft's number.
        id: u64,
        /// The role that works on it.
        #[arg(long, short, value_name = "ROLE", default_value = "implement")]
        role: RoleName,
        /// How urgent: P0 (now) to P3 (when there is time).
        #[arg(long, short, value_name = "P0..P3", default_value = "P2")]
        priority: Priority,
    },
    /// Put a draft away.
    Archive {
        /// The draft's number.
        id: u64,
    },
}

fn status(word: &str) -> Result<DraftStatus, String> {
    DraftStatus::ALL.into_iter().find(|status| status.as_str() == word).ok_or_else(|| {
        let words: Vec<_> = DraftStatus::ALL.into_iter().map(DraftStatus::as_str).collect();
        format!("use one of {}", words.join(", "))
    })
}
