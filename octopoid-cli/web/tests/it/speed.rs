//! How long the large pages take, and what open boards cost. Measured by hand, since a test does not depend on how busy the machine is:
//! `cargo test --release -p octopoid-web --test it -- --ignored --nocapture speed`. Results are in `octopoid-store/BENCH.md`.

use crate::place::Place;
use octopoid_core::model::{NewTask, Priority};
use octopoid_core::store::TaskStore as _;
use std::time::{Duration, Instant};

/// Returns the best of some times.
async fn best(mut work: impl AsyncFnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        work().await;
        best = best.min(begun.elapsed());
    }
    best
}

#[tokio::test]
#[ignore = "measures"]
async fn a_board_of_a_thousand_tasks() {
    let place = Place::signed_in().await;
    for number in 0..1000_usize {
        let new = NewTask::new(format!("Task number {number} of many"), "What is to be done, in a sentence.");
        place.store.create_task(new.with_priority(Priority::ALL[number % 4])).await.unwrap();
    }
    let mut size = 0;
    let took = best(async || size = place.page("/").await.text.len()).await;
    assert!(size > 1000 * 500);
    println!(
        "a board of 1,000 tasks: {took:.1?} for {size} bytes (to reach: 50 ms to the first byte, 150 ms whole)"
    );
}

#[tokio::test]
#[ignore = "measures"]
async fn a_diff_of_ten_thousand_lines_in_a_hundred_files() {
    let place = Place::signed_in().await;
    let text = |word: &str| {
        let line = |number: usize| {
            format!("    let {word}_{number} = compute(\"{word}\", {number}); // line {number}\n")
        };
        format!("fn f() {{\n{}}}\n", (0..50).map(line).collect::<String>())
    };
    for word in ["one", "two"] {
        for file in 0..100 {
            place.repository.write(format!("src/file_{file}.rs"), &text(word));
        }
        place.repository.commit(word);
    }
    let id = place.submitted("Much work", "HEAD~1").await;
    for layout in ["", "?view=split"] {
        let mut lines = 0;
        let took = best(async || {
            let page = place.page(&format!("/tasks/{id}/changes{layout}")).await;
            lines = page.text.matches("<td class=\"code added\">").count()
                + page.text.matches("<td class=\"code removed\">").count();
        });
        let took = took.await;
        assert_eq!(lines, 10_000);
        println!("a diff of 10,000 lines in 100 files{layout}: {took:.1?} (to reach: 300 ms)");
    }
}

/// Returns how long this thread has used the processor.
fn used() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "measures"]
async fn a_hundred_open_boards() {
    let place = Place::signed_in().await;
    let mut ids = Vec::new();
    for number in 0..1000_usize {
        ids.push(place.store.create_task(NewTask::new(format!("Task {number}"), "It.")).await.unwrap().id);
    }
    let page = place.page("/").await;
    let address = format!("/events?since={}", crate::feed::revision(&page.text));
    let mut boards = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let feed = crate::feed::Feed::open(&place, &address, None).await;
        boards.spawn(async move {
            let mut feed = feed;
            // Until the last of the changes below is seen.
            while !feed.next().await.1["cards"].to_string().contains("The last") {}
        });
    }
    let (begun, before) = (Instant::now(), used());
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for (number, id) in ids.iter().take(30).enumerate() {
        pace.tick().await;
        let task = place.read(id).await;
        let mut patch = octopoid_core::model::TaskPatch::default();
        patch.title = Some(if number == 29 { "The last".to_owned() } else { format!("Changed {number}") });
        let edit = octopoid_core::ops::Edit::new(patch);
        let ada = octopoid_core::transition::Actor::Person("Ada".to_owned());
        octopoid_core::ops::edit(&*place.store, &task, &edit, &ada).await.unwrap();
    }
    boards.join_all().await;
    let (took, cost) = (begun.elapsed(), used() - before);
    // The readers of the feeds, which are in this thread too, are included.
    let share = 100.0 * cost.as_secs_f64() / took.as_secs_f64();
    println!("100 open boards, 10 changes a second: {share:.1} % of a core (to reach: 10 %)");
}
