//! Lists: their filters, orders and pages.

use super::{claim, create, ids, server};
use serde_json::json;

#[tokio::test]
async fn filters_take_other_words_as_nothing_or_find_nothing() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    for query in [
        "needs_intervention=True",
        "needs_intervention=1",
        "needs_intervention=",
        "sort=newest",
        "sort=x",
        "has_plan=1",
    ] {
        assert_eq!(ids(&s, query).await, ["T1"], "{query}");
    }
    for query in [
        "queue=nowhere",
        "queue=not%20a%20name",
        "needs_intervention=true",
        "priority=P9",
        "role=none",
        "role=no%20role",
        "claimed_by=nobody",
        "claimed_by=no%20agent",
        "project_id=none",
        "project_id=no%20project",
    ] {
        assert_eq!(ids(&s, query).await, Vec::<String>::new(), "{query}");
    }
    assert_eq!(ids(&s, "queue=nowhere,incoming").await, ["T1"]);
    assert_eq!(ids(&s, "needs_intervention=false").await, ["T1"]);
}

#[tokio::test]
async fn tasks_are_filtered_and_ordered() {
    let s = server().await;
    create(&s, "T1", json!({ "priority": "P2", "role": "implement" })).await;
    create(&s, "T2", json!({ "priority": "P1" })).await;
    create(&s, "T3", json!({ "priority": "P1" })).await;
    assert_eq!(ids(&s, "").await, ["T3", "T2", "T1"]);
    assert_eq!(ids(&s, "sort=priority").await, ["T2", "T3", "T1"]);
    assert_eq!(ids(&s, "role=implement").await, ["T1"], "a role that was left out is none");
    assert_eq!(ids(&s, "priority=P2,P3").await, ["T1"]);
    claim(&s, json!({})).await.with(200);
    assert_eq!(ids(&s, "claimed_by=agent-1").await, ["T2"]);
    assert_eq!(ids(&s, "queue=claimed,incoming").await, ["T3", "T2", "T1"]);
}

#[tokio::test]
async fn limits_below_zero_mean_all_and_offsets_below_zero_the_beginning() {
    let s = server().await;
    for number in 0..60 {
        create(&s, &format!("T{number}"), json!({})).await;
    }
    let page = s.get("/api/v1/tasks?scope=team").await.with(200);
    assert_eq!(
        (page["tasks"].as_array().unwrap().len(), &page["limit"], &page["total"]),
        (50, &json!(50), &json!(60))
    );
    assert_eq!(ids(&s, "limit=-1").await.len(), 60);
    assert_eq!(ids(&s, "limit=-1&offset=10").await.len(), 50);
    assert_eq!(ids(&s, "limit=0").await.len(), 0);
    assert_eq!(ids(&s, "limit=2&offset=-5").await, ["T59", "T58"]);
    let capped = s.get("/api/v1/tasks?scope=team&limit=100000").await.with(200);
    assert_eq!(capped["limit"], 500);
    let drafts = s.get("/api/v1/drafts?scope=team&limit=1000000").await.with(200);
    assert_eq!(drafts["limit"], 1_000_000);
    assert_eq!(s.get("/api/v1/projects?scope=team&limit=-7").await.with(200)["limit"], -7);
    s.get("/api/v1/tasks?scope=team&limit=abc").await.with(400);
}
