//! A workerd of a test's own, which it may kill.

use super::deployment::variable;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program, and the folder with what it serves.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    workerd: PathBuf,
    dist: PathBuf,
}

impl Program {
    /// Returns what `.ci/worker` names; says that the test is left out where it names nothing.
    pub(crate) fn find() -> Option<Self> {
        let found = (variable("OCTOPOID_TEST_WORKERD"), variable("OCTOPOID_TEST_WORKER_DIST"));
        match found {
            (Some(workerd), Some(dist)) => Some(Self { workerd: workerd.into(), dist: dist.into() }),
            _ => {
                println!("left out: there is no workerd");
                None
            }
        }
    }

    /// Starts it on stored data, at a port; 0 is one that is free.
    pub(crate) fn start(&self, config: &str, socket: &str, state: &Path, port: u16) -> Workerd {
        let mut process = Command::new(&self.workerd)
            .current_dir(&self.dist)
            .args(["serve", config, "--control-fd=1"])
            .arg(format!("--directory-path=state={}", state.display()))
            .arg(format!("--socket-addr={socket}=127.0.0.1:{port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(process.stdout.take().unwrap());
        let listens = format!("\"socket\":\"{socket}\",\"port\":");
        let port = loop {
            let mut line = String::new();
            assert_ne!(says.read_line(&mut line).unwrap(), 0, "workerd ended");
            if let Some((_, port)) = line.split_once(&listens) {
                break port.trim().trim_end_matches('}').parse().unwrap();
            }
        };
        Workerd { process, _says: says, port }
    }
}

/// A workerd that is killed with the test.
#[derive(Debug)]
pub(crate) struct Workerd {
    process: Child,
    /// What it says; with nobody to hear it, it would end.
    _says: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl Workerd {
    /// Returns its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        self.kill();
    }
}
