//! Two processes on one file.

use super::child;
use super::setting::Folder;
use octopoid_core::store::EventLog;
use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn another_processs_commit_wakes_who_waits() {
    let folder = Folder::new();
    let store = folder.open();
    let mut writer = child::start("writes_when_told", &folder.path());
    let mut orders = writer.stdin.take().unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).find(|line| line.ends_with("ready")).expect("the writer is ready");

    let mut waits = Vec::new();
    for number in 0..30 {
        let last = store.last_event().await.unwrap();
        let waiting = store.wait_for_event(last);
        tokio::pin!(waiting);
        // Registered before the order is given.
        let early = tokio::select! {
            biased;
            woken = &mut waiting => Some(woken),
            () = tokio::task::yield_now() => None,
        };
        assert!(early.is_none(), "woken by nothing");
        let asked = Instant::now();
        writeln!(orders, "Number {number}").unwrap();
        tokio::time::timeout(Duration::from_secs(20), &mut waiting).await.expect("woken").unwrap();
        waits.push(asked.elapsed());
        assert_eq!(store.last_event().await.unwrap(), last + 1);
    }
    drop(orders);
    writer.wait().unwrap();
    waits.sort();
    println!("from the order to the wake-up: median {:?}, longest {:?}", waits[15], waits[29]);
    // Far below the second after which the safety net would have noticed.
    assert!(waits[15] < Duration::from_millis(500), "{:?}", waits[15]);
}

#[tokio::test]
async fn a_second_store_in_the_same_program_is_woken_too() {
    let folder = Folder::new();
    let (one, two) = (folder.open(), folder.open());
    for number in 0..20 {
        let last = one.last_event().await.unwrap();
        let title = format!("Number {number}");
        let (woken, created) = tokio::join!(
            tokio::time::timeout(Duration::from_secs(20), one.wait_for_event(last)),
            super::setting::create(&two, &title),
        );
        created.unwrap();
        woken.expect("woken").unwrap();
    }
}
