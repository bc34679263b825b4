//! What waiting costs (I35), by counting: the times that the system let a process run, and for how long in all.
//!
//! A loop that spins takes a whole processor and thousands of turns a second, on a busy machine too. The bounds lie far from both.

use crate::place::{Place, Running};
use crate::server::serve;
use nix::sys::signal::Signal;
use octopoid_core::clock::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long is counted.
const SPAN: Duration = Duration::from_secs(4);
/// The most turns a second.
const TURNS: u64 = 60;
/// The most of a processor, in thousandths of a percent. A debug build takes several times what a release build does.
const SHARE: u64 = 1500;

/// How often a thread waited for something, and how long it was let run, in nanoseconds.
type Cost = (u64, u64);

/// What each thread of a process has cost so far.
fn costs(pid: u32) -> BTreeMap<String, Cost> {
    let one = |thread: &Path| {
        let read = |name: &str| std::fs::read_to_string(thread.join(name)).unwrap_or_default();
        let waited = read("status")
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok());
        let run = read("schedstat").split_whitespace().next().and_then(|text| text.parse().ok());
        (waited.unwrap_or_default(), run.unwrap_or_default())
    };
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads
        .flatten()
        .map(|thread| (thread.file_name().to_string_lossy().into_owned(), one(&thread.path())))
        .collect()
}

/// Counts for a while what a process does that has nothing to do.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "what happens in a span of time is counted, and the counts are shown"
)]
fn costs_nothing(running: &Running, state: &str) {
    // What led into the state comes to rest first.
    std::thread::sleep(Duration::from_secs(2));
    let before = costs(running.pid());
    std::thread::sleep(SPAN);
    let (mut turns, mut nanoseconds) = (0, 0);
    for (thread, (waited, run)) in costs(running.pid()) {
        let (earlier, ran) = before.get(&thread).copied().unwrap_or_default();
        turns += waited - earlier;
        nanoseconds += run - ran;
    }
    let turns = turns / SPAN.as_secs();
    let share = nanoseconds * 100_000 / u64::try_from(SPAN.as_nanos()).unwrap();
    let words =
        format!("{state}: {turns} turns a second, {}.{:03} % of a processor", share / 1000, share % 1000);
    println!("{words}");
    assert!(turns <= TURNS && share <= SHARE, "{words}");
}

/// A repository whose agents do what a script says.
fn with_agent(script: &str) -> Place {
    let place = Place::repository();
    place.run(&["init", "--local", "--runner", "command", "--test", ""]).ok();
    place.write("../agent.sh", format!("#!/bin/sh\n{script}\n"));
    let agent = place.path().join("../agent.sh");
    executable(&agent);
    place.write(
        ".octopoid/agents.yaml",
        format!(
            "agents:\n  - {{ name: worker, role: implement, runner: command, command: [{:?}] }}\n",
            agent
        ),
    );
    place
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn i35_an_idle_and_a_paused_orchestrator_cost_nothing() {
    let place = with_agent("exit 1");
    let mut running = place.start(&["start"]);
    running.until("started");
    costs_nothing(&running, "idle");
    place.run(&["pause"]).ok();
    place.enqueue(&["Wait"]);
    costs_nothing(&running, "paused");
}

#[test]
fn i35_an_orchestrator_whose_account_is_limited_costs_nothing() {
    let lifts = SystemClock.now() + Duration::from_secs(10 * 24 * 3600);
    let place = with_agent(&format!(
        r#"echo '{{"outcome":"failed","reason":"5-hour limit","retry_at":{}}}' > $OCTOPOID_RESULT; exit 75"#,
        lifts.as_millis()
    ));
    place.enqueue(&["One"]);
    place.enqueue(&["Two"]);
    let mut running = place.start(&["start"]);
    running.until("5-hour limit");
    costs_nothing(&running, "rate limited");
    let status = place.run(&["status"]).ok().stdout;
    let day = &lifts.to_string()[..10];
    assert!(status.contains("the account agent-") && status.contains(day), "{status}");
}

#[test]
fn i35_an_idle_server_and_an_orchestrator_without_it_cost_nothing() {
    let place = Place::repository();
    let (server, url) = serve(&place, &[]);
    let init = ["init", "--server", &url, "--cluster", "prod", "--machine-id", "north"];
    place.run(&[&init[..], &["--runner", "command", "--test", ""]].concat()).ok();
    place.write(
        ".octopoid/agents.yaml",
        "agents:\n  - { name: worker, role: implement, runner: command, command: [/bin/false] }\n",
    );
    let mut running = place.start(&["start"]);
    running.until("started");
    costs_nothing(&running, "idle on a server");
    costs_nothing(&server, "idle server");
    server.signal(Signal::SIGKILL);
    assert!(!server.end().0.success());
    costs_nothing(&running, "server away");
    running.signal(Signal::SIGTERM);
    running.end();
}

/// A disk of its own.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "none"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn i35_an_orchestrator_on_a_full_disk_costs_nothing_and_ends_when_told() {
    let place = with_agent(
        "dd if=/dev/zero of=../../filler bs=64k 2>/dev/null; echo x > x; git add x && git commit -qm x || exit 1\n\
         echo '{\"outcome\":\"submitted\",\"summary\":\"x\"}' > $OCTOPOID_RESULT",
    );
    let folder = place.path().join(".octopoid");
    let kept = place.path().join("kept");
    std::fs::rename(&folder, &kept).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let Some(disk) = Disk::mount(&folder) else {
        println!("left out: this user may not mount");
        return;
    };
    let copied = Command::new("cp").arg("-a").arg(kept.join(".")).arg(&folder).status().unwrap();
    assert!(copied.success());
    let id = place.enqueue(&["Fill the disk"]);
    let mut running = place.start(&["start"]);
    running.until("begins to implement");
    let filler = folder.join("filler");
    while !std::fs::metadata(&filler).is_ok_and(|facts| facts.len() > 4 << 20) {
        std::thread::yield_now();
    }
    costs_nothing(&running, "disk full");
    running.signal(Signal::SIGTERM);
    running.end();
    std::fs::remove_file(&filler).unwrap();
    assert_eq!(place.json(&["show", &id])["counters"]["attempts"], 0);
    drop(disk);
}
