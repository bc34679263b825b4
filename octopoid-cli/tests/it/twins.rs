//! Two installations that are configured as the same machine (I37).

use crate::place::{PROGRAM, Place};
use nix::sys::signal::Signal;

/// A folder with `.octopoid` whose queue is the database that all of them share.
fn folder(place: &Place, name: &str) {
    place.git(&["clone", "--quiet", ".", name]);
    place.run(&["--dir", name, "init", "--local", "--runner", "command", "--test", ""]).ok();
    let (config, database) = (format!("{name}/.octopoid/config.yaml"), place.path().join("shared.db"));
    place.replace(&config, "database: .octopoid/octopoid.db", &format!("database: {}", database.display()));
    let agent = format!(
        "echo $OCTOPOID_TASK_ID >> ../../../../starts\nwhile [ -e ../../../../hold ]; do sleep 0.05; done\nexec {PROGRAM:?} sim-agent\n"
    );
    place.write(&format!("{name}/.octopoid/agent.sh"), agent);
    let agents = format!(
        "runner: command\nagents:\n  - name: worker\n    role: implement\n    command: [sh, {:?}]\n",
        place.path().join(format!("{name}/.octopoid/agent.sh"))
    );
    place.write(&format!("{name}/.octopoid/agents.yaml"), agents);
}

#[test]
fn i37_a_second_folder_with_the_same_machine_id_on_one_database_is_refused() {
    let place = Place::repository();
    folder(&place, "one");
    folder(&place, "two");
    place.write("hold", "");
    let id = place.json(&["--dir", "one", "enqueue", "Slow"])["id"].as_str().unwrap().to_owned();
    let mut first = place.start_aloud(&["--dir", "one", "start"]);
    first.until("begins to implement");

    let refused =
        place.run(&["--dir", "two", "start"]).refused(5, "another installation on laptop", "machine_id");
    assert!(refused.stderr.contains("`1` of the cluster `local`"), "{}", refused.stderr);
    let shown = place.json(&["--dir", "one", "show", &id]);
    assert_eq!((shown["queue"].as_str(), shown["counters"]["runs"].as_u64()), (Some("claimed"), Some(1)));

    // Under a name of its own it works beside the first.
    place.replace("two/.octopoid/config.yaml", "database:", "server: { machine_id: two }\ndatabase:");
    place.run(&["--dir", "two", "start", "--once"]).ok();
    std::fs::remove_file(place.path().join("hold")).unwrap();
    first.signal(Signal::SIGTERM);
    assert!(first.end().0.success());
    assert_eq!(place.read("starts"), format!("{id}\n"), "one agent was paid");
    // The folder itself is known again at once.
    place.run(&["--dir", "one", "start", "--once"]).ok();
}
