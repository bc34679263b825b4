//! `serve`, `key`, `machines`, and orchestrators on a server's queue.

use crate::place::{Place, Running};
use nix::sys::signal::Signal;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

/// An implementer by the command protocol: one commit, and a line in a file outside for each start.
const IMPLEMENT: &str = "#!/bin/sh\nset -e\nenv > ../../../../seen-$OCTOPOID_TASK_ID.env\n\
    echo start >> ../../../../starts-$OCTOPOID_TASK_ID\n\
    while [ -e ../../../../hold ]; do sleep 0.05; done\n\
    echo done > $OCTOPOID_TASK_ID.txt\ngit add -A\ngit commit -qm \"Do $OCTOPOID_TASK_ID\"\n\
    echo '{\"outcome\":\"submitted\",\"summary\":\"did it\"}' > $OCTOPOID_RESULT\n";
/// A reviewer that wants to see the file.
const REVIEW: &str = "#!/bin/sh\nif [ -e $OCTOPOID_TASK_ID.txt ]; then echo '{\"outcome\":\"approved\",\"feedback\":\"\"}'; \
    else echo '{\"outcome\":\"rejected\",\"feedback\":\"no file\"}'; fi > $OCTOPOID_RESULT\n";

pub(crate) fn serve(place: &Place, more: &[&str]) -> (Running, String) {
    let arguments = [&["serve", "--listen", "127.0.0.1:0", "--database", "queue.db"], more].concat();
    let mut server = place.start(&arguments);
    let line = server.until("listening on http");
    let url = line.split_whitespace().last().unwrap().to_owned();
    (server, url)
}

/// A repository, its remote, and a machine with a clone of its own for each name.
pub(crate) struct Team {
    pub(crate) place: Place,
}

impl Team {
    pub(crate) fn new() -> Self {
        let place = Place::repository();
        place.git(&["clone", "--quiet", "--bare", ".", "origin.git"]);
        place.write("implement.sh", IMPLEMENT);
        place.write("review.sh", REVIEW);
        for script in ["implement.sh", "review.sh"] {
            let path = place.path().join(script);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { place }
    }

    /// Sets a machine up with agents of some roles.
    pub(crate) fn machine(&self, name: &str, url: &str, roles: &[&str]) -> String {
        self.machine_of("prod", name, url, roles)
    }

    fn machine_of(&self, cluster: &str, name: &str, url: &str, roles: &[&str]) -> String {
        self.place.git(&["clone", "--quiet", "origin.git", name]);
        let init = ["--dir", name, "init", "--server", url, "--cluster", cluster, "--machine-id", name];
        self.place.run(&[&init[..], &["--runner", "command", "--test", ""]].concat()).ok();
        let mut agents = "runner: command\nagents:\n".to_owned();
        for role in roles {
            let script = self.place.path().join(format!("{role}.sh"));
            agents.push_str(&format!(
                "  - {{ name: {name}-{role}, role: {role}, command: [\"{}\"], interval_seconds: 0, env: [OCTOPOID_API_KEY] }}\n",
                script.display()
            ));
        }
        self.place.write(&format!("{name}/.octopoid/agents.yaml"), agents);
        self.place.run(&["--dir", name, "validate"]).ok();
        name.to_owned()
    }

    fn queue(&self, machine: &str, id: &str) -> String {
        self.place.json(&["--dir", machine, "show", id])["queue"].as_str().unwrap().to_owned()
    }

    pub(crate) fn origin(&self, arguments: &[&str]) -> String {
        self.place.git(&[&["--git-dir", "origin.git"], arguments].concat())
    }
}

#[test]
fn a_server_answers_and_ends_when_told() {
    let place = Place::empty();
    let (server, url) = serve(&place, &[]);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    server.signal(Signal::SIGTERM);
    let (status, seen) = server.end();
    assert!(status.success(), "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("everything that was taken in is finished")), "{seen:?}");
}

#[test]
fn a_server_that_others_can_reach_needs_keys() {
    let place = Place::empty();
    let open = ["serve", "--listen", "0.0.0.0:0", "--database", "queue.db"];
    place.run(&open).refused(3, "there is no key", "octopoid key create");
    place.run(&["serve", "--listen", "127.0.0.1:0"]).refused(2, "no database to guess", "--database");
    let bad = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "queue.db",
        "--tls-cert",
        "a.pem",
        "--tls-key",
        "b.pem",
    ];
    place.run(&bad).refused(3, "a.pem", "PEM");
    place.write("not.db", "this is no database".repeat(1000));
    let wrong = ["serve", "--listen", "127.0.0.1:0", "--database", "not.db"];
    place.run(&wrong).refused(1, "not.db", "doctor");
}

#[test]
fn a_key_is_shown_once_and_kept_by_its_digest() {
    let place = Place::empty();
    let key = |arguments: &[&str]| place.run(&[&["key", "--database", "queue.db"], arguments].concat());
    let made = key(&["create", "--quiet", "--scope", "team", "--label", "laptop"]).ok();
    let secret = made.stdout.trim();
    assert!(secret.starts_with("oct_") && secret.len() == 68, "{secret}");
    let listed = key(&["list"]).ok().stdout;
    assert!(listed.contains("key-1") && listed.contains("laptop") && !listed.contains(&secret[4..]));
    for file in ["queue.db", "queue.db-wal"] {
        let bytes = std::fs::read(place.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(64).any(|part| part == &secret.as_bytes()[4..]), "{file}");
    }
    key(&["rotate", "--scope", "team"]).ok();
    assert!(key(&["list"]).ok().stdout.contains("revoked"));
    assert!(key(&["revoke", "key-2"]).ok().stdout.contains("no longer opens team"));
    key(&["revoke", "key-9"]).refused(4, "key-9", "octopoid key list");
}

#[test]
fn the_logs_of_another_machine_are_read_from_the_server() {
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement", "review"]);
    let south = team.machine("south", &url, &["review"]);
    let noisy = IMPLEMENT.replacen("set -e\n", "set -e\necho \"the key is $OCTOPOID_API_KEY\"\n", 1);
    team.place.write("implement.sh", noisy.replacen("env >", "echo looking around\nenv >", 1));
    team.place.run(&["--dir", &north, "enqueue", "Number 1"]).ok();
    let nothing = team.place.run(&["--dir", &south, "logs", "task-1"]).ok().stdout;
    assert_eq!(nothing, "nothing has happened to task-1 yet\n");
    let mut one = team.place.start(&["--dir", &north, "start", "--until-idle"]);
    one.until("ended after");

    // On a machine that has a clone, on one that has none, and followed to the end.
    let logs = |machine: &str, more: &[&str]| {
        let arguments = [&["--dir", machine, "logs", "task-1", "--attempt", "1"], more].concat();
        team.place.run(&arguments).ok().stdout
    };
    let here = logs(&north, &["--quiet"]);
    assert!(here.contains("looking around") && here.contains("the task is in `provisional`"), "{here}");
    assert_eq!(logs(&south, &["--quiet"]), here);
    assert_eq!(logs(&south, &[]), format!("── attempt 1 ── from the server\n{here}"));
    let bare = ["--server", &url, "--scope", "prod", "--quiet"];
    assert_eq!(logs("/", &bare), here);
    assert_eq!(logs("/", &[&bare[..], &["--follow"]].concat()), here);
    let raw = logs("/", &[&bare[..], &["--raw"]].concat());
    assert!(raw.contains("looking around\n") && !raw.contains("provisional"), "{raw}");
    team.place.run(&["--dir", &south, "logs", "task-1", "--attempt", "9"]).refused(
        4,
        "no log of an attempt 9",
        "there are attempts 1, 2, 3",
    );
    assert!(team.place.path().join("queue.artifacts/prod/task-1/task-1.1/diff").exists());
}

#[test]
fn two_machines_share_one_queue_and_their_work() {
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    let south = team.machine("south", &url, &["review"]);
    let mut one = team.place.start(&["--dir", &north, "start"]);
    let mut other = team.place.start(&["--dir", &south, "start"]);
    one.until("started");
    other.until("started");
    for number in 1..=3 {
        team.place.run(&["--dir", &north, "enqueue", &format!("Number {number}")]).ok();
    }
    for id in ["task-1", "task-2", "task-3"] {
        team.place.run(&["--dir", &south, "logs", id, "--follow"]).ok();
        // Its log is on the machine that did it; the queue knows when it is over.
        while team.queue(&north, id) != "done" {}
        assert_eq!(
            std::fs::read_to_string(team.place.path().join(format!("starts-{id}"))).unwrap(),
            "start\n"
        );
    }
    let log = team.origin(&["log", "--format=%s", "main"]);
    assert_eq!(log.lines().filter(|line| line.starts_with("Do task-")).count(), 3, "{log}");
    let machines = team.place.json(&["--dir", &north, "machines"]);
    assert_eq!(machines["machines"].as_array().unwrap().len(), 2);
    let taken = team.place.run(&["--dir", &north, "machines", "drain"]).ok().stdout;
    assert!(taken.contains("prod-north is out of service"), "{taken}");
    team.place.run(&["--dir", &north, "machines", "drain", "prod-nobody"]).refused(
        4,
        "prod-nobody",
        "octopoid machines",
    );
    for running in [one, other] {
        running.signal(Signal::SIGTERM);
        assert!(running.end().0.success());
    }
    assert_eq!(team.origin(&["branch", "--list", "agent/*"]).trim(), "");
}

#[test]
fn i09_a_result_waits_for_a_server_that_is_away() {
    let team = Team::new();
    let (server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    team.place.write("hold", "");
    let mut running = team.place.start(&["--dir", &north, "start"]);
    running.until("started");
    team.place.run(&["--dir", &north, "enqueue", "One"]).ok();
    running.until("begins to implement");
    while !team.place.path().join("starts-task-1").exists() {}
    server.signal(Signal::SIGKILL);
    drop(server);
    std::fs::remove_file(team.place.path().join("hold")).unwrap();
    // The orchestrator learns of it by itself, and tells since when.
    loop {
        let status = team.place.json(&["--dir", &north, "status"]);
        assert!(status["queue_away"].is_string());
        if status["running"]["queue_away_since"].is_string() {
            break;
        }
    }
    team.place.run(&["--dir", &north, "list"]).refused(6, "does not answer", "octopoid serve");
    let address = url.strip_prefix("http://").unwrap();
    let mut again = team.place.start(&["serve", "--listen", address, "--database", "queue.db"]);
    again.until("listening on http");
    while team.queue(&north, "task-1") != "provisional" {}
    assert_eq!(team.place.read("starts-task-1"), "start\n");
}

#[test]
fn a_cluster_never_takes_the_tasks_of_another_on_the_same_server() {
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let prod = team.machine_of("prod", "north", &url, &["implement", "review"]);
    let dev = team.machine_of("dev", "south", &url, &["implement", "review"]);
    for title in ["One", "Two"] {
        team.place.run(&["--dir", &prod, "enqueue", title]).ok();
    }
    team.place.run(&["--dir", &dev, "start", "--until-idle"]).ok();
    assert_eq!(team.place.json(&["--dir", &dev, "list"])["tasks"], json!([]));
    assert!(!team.place.path().join("starts-task-1").exists());
    team.place.run(&["--dir", &dev, "enqueue", "For dev alone"]).ok();
    team.place.run(&["--dir", &prod, "start", "--until-idle"]).ok();
    assert_eq!((team.queue(&prod, "task-1"), team.queue(&prod, "task-2")), ("done".into(), "done".into()));
    assert_eq!(team.queue(&dev, "task-1"), "incoming");
    // Machines are told apart likewise.
    for (machine, id) in [(&prod, "prod-north"), (&dev, "dev-south")] {
        let machines = team.place.json(&["--dir", machine, "machines"]);
        let ids: Vec<_> = machines["machines"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, [id]);
    }
    // A cluster may share another's queue where that is said in words; both then draw on it.
    let told =
        ["--dir", &dev, "init", "--force", "--server", &url, "--cluster", "dev", "--machine-id", "south"];
    team.place.run(&[&told[..], &["--scope", "prod", "--runner", "command", "--test", ""]].concat()).ok();
    assert_eq!(team.queue(&dev, "task-2"), "done");
}

#[test]
fn a_key_of_another_scope_is_found_at_once() {
    let team = Team::new();
    let made = ["key", "--quiet", "--database", "queue.db", "create", "--scope", "prod"];
    let key = team.place.run(&made).ok().stdout;
    let (_server, url) = serve(&team.place, &[]);
    let dev = team.machine_of("dev", "south", &url, &["implement"]);
    let file = team.place.path().join(format!("{dev}/.octopoid/api-key"));
    std::fs::write(&file, key).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    for command in ["start", "list"] {
        team.place.run(&["--dir", &dev, command]).refused(5, "Scope mismatch", "key create --scope dev");
    }
}

#[test]
fn draining_twice_finishes_what_runs_and_takes_nothing_new() {
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    team.place.write("hold", "");
    let mut running = team.place.start(&["--dir", &north, "start"]);
    running.until("started");
    for title in ["One", "Two"] {
        team.place.run(&["--dir", &north, "enqueue", title]).ok();
    }
    running.until("begins to implement");
    while !team.place.path().join("starts-task-1").exists() {}
    // What it does is known to all.
    let machine = loop {
        let machines = team.place.json(&["--dir", &north, "machines"]);
        if machines["machines"][0]["agents"][0]["task"].is_string() {
            break machines["machines"][0].clone();
        }
    };
    assert_eq!((&machine["id"], &machine["status"]), (&json!("prod-north"), &json!("active")));
    let load = json!([{ "agent": "north-implement", "role": "implement", "task": "task-1" }]);
    assert_eq!(machine["agents"], load);
    let listed = team.place.run(&["--dir", &north, "machines"]).ok().stdout;
    for words in ["prod-north", "active", "north-implement on task-1"] {
        assert!(listed.contains(words), "{words:?} is not in {listed}");
    }
    let mut stops = Vec::new();
    for said in ["finishing what runs, then ending", "still finishing what runs"] {
        let mut stop = team.place.start(&["--dir", &north, "stop", "--drain"]);
        stop.until("asked process");
        running.until(said);
        stops.push(stop);
    }
    std::fs::remove_file(team.place.path().join("hold")).unwrap();
    assert!(running.end().0.success());
    for stop in stops {
        let (status, seen) = stop.end();
        assert!(status.success() && seen.iter().any(|line| line.contains("stopped after")), "{seen:?}");
    }
    assert_eq!(team.place.read("starts-task-1"), "start\n");
    assert_eq!(
        (team.queue(&north, "task-1"), team.queue(&north, "task-2")),
        ("provisional".into(), "incoming".into())
    );
}

#[test]
fn a_machine_that_is_out_of_service_stays_so_until_it_is_told_otherwise() {
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    team.place.run(&["--dir", &north, "start", "--once"]).ok();
    let drained = team.place.run(&["--dir", &north, "machines", "drain"]).ok().stdout;
    assert!(drained.contains("prod-north is out of service"), "{drained}");
    assert!(team.place.run(&["--dir", &north, "machines"]).ok().stdout.contains("out of service"));
    team.place.run(&["--dir", &north, "enqueue", "One"]).ok();
    team.place.run(&["--dir", &north, "start", "--once"]).ok();
    assert_eq!(team.queue(&north, "task-1"), "incoming");
    team.place.run(&["--dir", &north, "machines", "resume", "prod-north"]).ok();
    team.place.run(&["--dir", &north, "start", "--once"]).ok();
    assert_eq!(team.queue(&north, "task-1"), "provisional");
}

#[test]
fn i28_the_key_reaches_the_orchestrator_and_no_agent() {
    let team = Team::new();
    let made =
        team.place.run(&["key", "--quiet", "--database", "queue.db", "create", "--scope", "prod"]).ok();
    let key = made.stdout.trim().to_owned();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    team.place.run(&["--dir", &north, "list"]).refused(5, "a key is needed", "OCTOPOID_API_KEY");
    let file = format!("{north}/.octopoid/api-key");
    team.place.write(&file, format!("{key}\n"));
    let path = team.place.path().join(&file);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    team.place.run(&["--dir", &north, "list"]).refused(3, "can be read by others", "chmod 600");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    team.place.run(&["--dir", &north, "list"]).ok();
    std::fs::remove_file(&path).unwrap();
    let with_key = |arguments: &[&str]| {
        let mut command = team.place.command(&[&["--dir", &north], arguments].concat());
        command.env("OCTOPOID_API_KEY", &key);
        command.output().unwrap()
    };
    assert!(with_key(&["enqueue", "One"]).status.success());
    assert!(with_key(&["start", "--until-idle"]).status.success());
    let seen = team.place.read("seen-task-1.env");
    assert!(seen.contains("OCTOPOID_TASK_ID=task-1") && !seen.contains("oct_"), "{seen}");
    let found = std::process::Command::new("grep")
        .args(["-rl", &key])
        .arg(team.place.path().join(&north))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "");
    assert!(with_key(&["doctor"]).stdout.windows(8).any(|part| part == b"task-1  " || part == b"server  "));
}

#[test]
fn others_come_in_by_a_key_unless_it_is_said_in_words() {
    let team = Team::new();
    let made = ["key", "--quiet", "--database", "queue.db", "create", "--scope", "prod"];
    let key = team.place.run(&made).ok().stdout;
    let mut machines = 0;
    for more in [&[][..], &["--compat"]] {
        let arguments = [&["serve", "--listen", "0.0.0.0:0", "--database", "queue.db"], more].concat();
        let mut server = team.place.start(&arguments);
        let line = server.until("listening on http");
        let url = line.split_whitespace().last().unwrap().replace("0.0.0.0", "127.0.0.1");
        machines += 1;
        let machine = team.machine(&format!("north-{machines}"), &url, &["implement"]);
        team.place.run(&["--dir", &machine, "list"]).refused(5, "a key is needed", "OCTOPOID_API_KEY");
        let with_key =
            team.place.command(&["--dir", &machine, "list"]).env("OCTOPOID_API_KEY", key.trim()).output();
        assert!(with_key.unwrap().status.success(), "{more:?}");
    }
    // On a loopback address, the words are those of what is so: a key is there.
    for (database, more, words) in [
        ("queue.db", &[][..], "those who have a key"),
        ("queue.db", &["--compat"], "anybody on this machine, also without a key"),
        ("new.db", &[], "anybody on this machine, until there is a key"),
    ] {
        let arguments = [&["serve", "--listen", "127.0.0.1:0", "--database", database], more].concat();
        team.place.start(&arguments).until(words);
    }
    let open = ["serve", "--listen", "0.0.0.0:0", "--database", "open.db", "--insecure-no-auth"];
    let mut server = team.place.start(&open);
    let line = server.until("listening on http");
    server.until("anybody who reaches the address");
    let url = line.split_whitespace().last().unwrap().replace("0.0.0.0", "127.0.0.1");
    let machine = team.machine("anybody", &url, &["implement"]);
    team.place.run(&["--dir", &machine, "enqueue", "One"]).ok();
    assert_eq!(team.queue(&machine, "task-1"), "incoming");
}

#[test]
fn init_for_a_server_is_checked() {
    let place = Place::repository();
    let init = |more: &[&str]| place.run(&[&["init", "--runner", "command"], more].concat());
    init(&["--server", "octopoid.example", "--cluster", "prod", "--machine-id", "a"]).refused(
        2,
        "not the address",
        "https://",
    );
    init(&["--cluster", "prod"]).code(2);
    init(&["--local", "--server", "http://127.0.0.1:9", "--cluster", "prod"]).code(2);
    init(&["--server", "http://127.0.0.1:9", "--cluster", "../x", "--machine-id", "a"]).refused(
        2,
        "id",
        "--cluster",
    );
    // A server that is not there yet is no reason to write nothing.
    let said = init(&["--server", "http://127.0.0.1:9", "--cluster", "prod", "--machine-id", "a"]).ok();
    assert!(said.stderr.contains("does not answer") || said.stdout.contains("does not answer"), "{said:?}");
    place.write(".octopoid/agents.yaml", "agents: []\n");
    place.replace(".octopoid/config.yaml", "  cluster: prod", "  # none");
    place.run(&["validate"]).code(3);
}

#[test]
fn an_encrypted_server_is_used_by_whoever_trusts_its_certificate_and_by_nobody_else() {
    let team = Team::new();
    let place = &team.place;
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    place.write("cert.pem", certificate.pem());
    place.write("key.pem", key.serialize_pem());
    let (_server, url) = serve(place, &["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");

    let name = "north";
    place.git(&["clone", "--quiet", "origin.git", name]);
    let init = ["--dir", name, "init", "--server", &url, "--cluster", "prod", "--machine-id", name];
    place.run(&[&init[..], &["--runner", "command", "--test", ""]].concat()).ok();
    let agents: String = ["implement", "review"]
        .map(|role| {
            let script = place.path().join(format!("{role}.sh"));
            format!("  - {{ name: {role}er, role: {role}, command: [{script:?}], interval_seconds: 0 }}\n")
        })
        .concat();
    place.write(&format!("{name}/.octopoid/agents.yaml"), format!("runner: command\nagents:\n{agents}"));

    // Nobody has said that this certificate is to be trusted.
    place.run(&["--dir", name, "enqueue", "Nobody"]).refused(
        6,
        "invalid peer certificate",
        "`ca_file` under `server`",
    );
    // Nor is it spoken to in the clear.
    let config = format!("{name}/.octopoid/config.yaml");
    let clear = url.replace("https:", "http:");
    place.replace(&config, &url, &clear);
    place.run(&["--dir", name, "enqueue", "In the clear"]).refused(
        6,
        "cannot use the server http:",
        "octopoid doctor",
    );
    place.replace(&config, &clear, &url);

    place.replace(&config, "server:\n", "server:\n  ca_file: ../cert.pem\n");
    place.run(&["--dir", name, "enqueue", "Encrypted"]).ok();
    place.run(&["--dir", name, "start", "--until-idle"]).ok();
    assert_eq!(team.queue(name, "task-1"), "done");
    assert_eq!(team.origin(&["log", "-1", "--format=%s", "main"]), "Do task-1");
    // A file that is no certificate, or is not there, is said to be it.
    place.write("cert.pem", "no certificate\n");
    place.run(&["--dir", name, "list"]).refused(3, "cert.pem", "config.yaml");
    std::fs::remove_file(place.path().join("cert.pem")).unwrap();
    place.run(&["--dir", name, "list"]).refused(3, "cert.pem", "config.yaml");
}
