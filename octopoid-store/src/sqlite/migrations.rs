//! Migrations of the tables.

/// Migrations, in order. They are never changed, only added to.
pub(super) const MIGRATIONS: [&str; 11] = [
    include_str!("../../migrations/0001_tasks.sql"),
    include_str!("../../migrations/0002_server.sql"),
    include_str!("../../migrations/0003_review.sql"),
    include_str!("../../migrations/0004_breakdown.sql"),
    include_str!("../../migrations/0005_landings.sql"),
    include_str!("../../migrations/0006_cheaper_writes.sql"),
    include_str!("../../migrations/0007_linked_drafts.sql"),
    include_str!("../../migrations/0008_run_ends.sql"),
    include_str!("../../migrations/0009_states.sql"),
    include_str!("../../migrations/0010_references.sql"),
    include_str!("../../migrations/0011_authors_and_models.sql"),
];
