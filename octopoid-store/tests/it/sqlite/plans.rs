//! Claims stay flat: what SQLite means to do for the statements that a claim is made of.

use super::setting::{Folder, raw};

fn plan(file: &rusqlite::Connection, sql: &str) -> String {
    let mut statement = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let marks = statement.parameter_count();
    let rows =
        statement.query_map(rusqlite::params_from_iter(vec!["x"; marks]), |row| row.get::<_, String>(3));
    rows.unwrap().map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

#[test]
fn claims_are_looked_up_in_indexes_and_nothing_is_sorted() {
    let folder = Folder::new();
    drop(folder.open());
    let file = raw(&folder.path());
    for (sql, index) in [
        (
            "SELECT seq FROM tasks WHERE scope = ? AND claimable_for = ? AND role = ? ORDER BY priority, seq LIMIT 1",
            "tasks_claimable (scope=? AND claimable_for=? AND role=?)",
        ),
        (
            "SELECT role FROM tasks WHERE scope = ? AND claimable_for = ? AND role > ? ORDER BY role LIMIT 1",
            "tasks_claimable (scope=? AND claimable_for=? AND role>?)",
        ),
        (
            "SELECT seq FROM tasks WHERE scope = ? AND claimable_for = ? AND type = ? AND role = ?
              ORDER BY priority, seq LIMIT 1",
            "tasks_claimable_by_type (scope=? AND claimable_for=? AND type=? AND role=?)",
        ),
        (
            "SELECT seq FROM tasks INDEXED BY tasks_landing
              WHERE scope = ? AND branch IS ? AND hold = 'claimed' AND approved_by IS NOT NULL LIMIT 1",
            "INDEX tasks_landing (scope=? AND branch=?)",
        ),
        (
            "SELECT branch FROM tasks INDEXED BY tasks_to_land
              WHERE scope = ? AND branch > ? AND hold = 'free' AND approved_by IS NOT NULL
              ORDER BY branch LIMIT 1",
            "INDEX tasks_to_land (scope=? AND branch>?)",
        ),
        (
            "SELECT role FROM tasks INDEXED BY tasks_to_land
              WHERE scope = ? AND branch IS ? AND role > ? AND hold = 'free' AND approved_by IS NOT NULL
              ORDER BY role LIMIT 1",
            "INDEX tasks_to_land (scope=? AND branch=? AND role>?)",
        ),
        (
            "SELECT priority, seq FROM tasks INDEXED BY tasks_to_land
              WHERE scope = ? AND branch IS ? AND role = ? AND hold = 'free' AND approved_by IS NOT NULL
                AND (?4 IS NULL OR type = ?4)
              ORDER BY priority, seq LIMIT 1",
            "tasks_to_land (scope=? AND branch=? AND role=?)",
        ),
        ("SELECT digest, body FROM replies WHERE key = ?", "sqlite_autoindex_replies_1 (key=?)"),
        (
            "SELECT seq FROM tasks WHERE scope = ? AND claim_token = ?",
            "COVERING INDEX tasks_by_token (claim_token=? AND scope=?)",
        ),
        (
            "SELECT count(*) FROM tasks WHERE scope = ? AND claim_orchestrator = ? AND queue = 'claimed'",
            "tasks_by_holder (scope=? AND claim_orchestrator=? AND queue=?)",
        ),
        ("SELECT seq FROM tasks WHERE scope = ? AND lease_expires_at <= ?", "tasks_by_lease (scope=? AND"),
        (
            "SELECT task FROM blockers WHERE scope = ? AND blocker = ? AND resolved = 0 ORDER BY task",
            "COVERING INDEX blockers_unresolved (scope=? AND blocker=?)",
        ),
        (
            "SELECT body FROM records WHERE kind = 'drafts' AND scope = ? AND body ->> '$.linked_task' = ?
              ORDER BY place",
            "drafts_of_task (scope=? AND <expr>=?)",
        ),
        (
            "SELECT body FROM records WHERE kind = 'drafts' AND scope = ? AND body ->> '$.linked_project' = ?
              ORDER BY place",
            "drafts_of_project (scope=? AND <expr>=?)",
        ),
        (
            "SELECT seq FROM events WHERE +scope = ? AND seq > ? ORDER BY seq LIMIT 1",
            "INTEGER PRIMARY KEY (rowid>?)",
        ),
        (
            "SELECT seq FROM events WHERE scope = ? AND task = ? AND seq > ? ORDER BY seq",
            "events_by_task (task=? AND scope=?",
        ),
    ] {
        let plan = plan(&file, sql);
        assert!(
            plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{sql}\n{plan}"
        );
    }
}

#[test]
fn a_step_of_pruning_reads_one_stretch_of_the_history() {
    let folder = Folder::new();
    drop(folder.open());
    let file = raw(&folder.path());
    for (table, place, at) in [("events", "seq", "at"), ("runs", "place", "started_at")] {
        let window = format!(
            "SELECT {place}, {at} FROM {table} WHERE {place} > ?1 ORDER BY {place} LIMIT 1 OFFSET ?2"
        );
        let planned = plan(&file, &window);
        assert_eq!(planned, format!("SEARCH {table} USING INTEGER PRIMARY KEY (rowid>?)"));
        let delete = format!(
            "DELETE FROM {table} WHERE {place} > ?1 AND {place} <= ?2 AND (?3 IS NULL OR scope = ?3) AND {at} < ?4
              AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.scope = {table}.scope AND t.id = {table}.task
                AND (t.queue NOT IN ('done', 'failed') OR t.updated_at >= ?4))"
        );
        let planned = plan(&file, &delete);
        let steps: Vec<_> = planned.lines().filter(|line| !line.contains("SUBQUERY")).collect();
        assert_eq!(
            steps[0],
            format!("SEARCH {table} USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
            "{planned}"
        );
        assert!(steps[1].starts_with("SEARCH t USING INDEX"), "{planned}");
        assert!(steps[1].ends_with("(scope=? AND id=?)") && steps.len() == 2, "{planned}");
    }
}

#[test]
fn a_write_of_a_task_builds_no_list_to_check_it_against() {
    let folder = Folder::new();
    drop(folder.open());
    let file = raw(&folder.path());
    for sql in [
        "UPDATE tasks SET queue = ?1, hold = ?2, complexity = ?3, approved_by_person = ?4 WHERE seq = ?5",
        "INSERT INTO tasks (seq, scope, id, queue, hold, complexity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    ] {
        let mut statement = file.prepare(&format!("EXPLAIN {sql}")).unwrap();
        let marks = statement.parameter_count();
        let steps =
            statement.query_map(rusqlite::params_from_iter(vec!["x"; marks]), |row| row.get::<_, String>(1));
        let steps: Vec<_> = steps.unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().any(|step| step == "Halt"), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step == "OpenEphemeral"), "{sql}: {steps:?}");
    }
}
