//! Finding a program before it is started.

use crate::runner::Unavailable;
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folders in which programs are looked for when the environment has no `PATH`.
const PATH_BY_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// Finds a program as a shell would, and returns its absolute path: a name without `/` in the environment's `PATH`, any other
/// relative to `directory`, or to the current folder.
///
/// # Errors
/// [`Unavailable`] when there is no such program, or it cannot be executed.
pub fn find_program(
    name: &str,
    directory: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<PathBuf, Unavailable> {
    if name.is_empty() {
        return Err(Unavailable {
            problem: "the agent's command is empty".to_owned(),
            remedy: "give it as `command: [program, argument, …]` in agents.yaml".to_owned(),
        });
    }
    if name.contains('/') {
        let path = match directory {
            Some(directory) => directory.join(name),
            None => PathBuf::from(name),
        };
        return match obstacle(&path) {
            None => Ok(absolute(path)),
            Some(obstacle) => Err(obstacle.into_error(&path)),
        };
    }
    let folders = environment.get("PATH").map_or(PATH_BY_DEFAULT, String::as_str);
    let mut best = None;
    for folder in folders.split(':').filter(|folder| !folder.is_empty()) {
        let path = Path::new(folder).join(name);
        match obstacle(&path) {
            None => return Ok(absolute(path)),
            Some(Obstacle::Missing) => {}
            Some(obstacle) => best = best.or(Some(obstacle.into_error(&path))),
        }
    }
    Err(best.unwrap_or_else(|| Unavailable {
        problem: format!("the program `{name}` was not found in PATH ({folders})"),
        remedy: format!("install `{name}`, or give its full path"),
    }))
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// What keeps a file from being executed.
enum Obstacle {
    Missing,
    Directory,
    /// A FIFO, a socket or a device.
    Special,
    NotExecutable,
    Interpreter(PathBuf),
}

impl Obstacle {
    fn into_error(self, path: &Path) -> Unavailable {
        let shown = path.display();
        let (problem, remedy) = match self {
            Obstacle::Missing => {
                (format!("the program {shown} does not exist"), "correct its path".to_owned())
            }
            Obstacle::Directory => {
                (format!("{shown} is a folder, not a program"), "name the program in it".to_owned())
            }
            Obstacle::Special => {
                (format!("{shown} is not a regular file"), "name the program itself".to_owned())
            }
            Obstacle::NotExecutable => {
                (format!("{shown} is not executable"), format!("run `chmod +x {shown}`"))
            }
            Obstacle::Interpreter(interpreter) => (
                format!("{shown} is a script for {}, which does not exist", interpreter.display()),
                "install that, or correct the script's first line".to_owned(),
            ),
        };
        Unavailable { problem, remedy }
    }
}

/// Returns what keeps the file from being executed.
fn obstacle(path: &Path) -> Option<Obstacle> {
    let Ok(metadata) = path.metadata() else { return Some(Obstacle::Missing) };
    if metadata.is_dir() {
        return Some(Obstacle::Directory);
    }
    if !metadata.is_file() {
        return Some(Obstacle::Special);
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Some(Obstacle::NotExecutable);
    }
    let interpreter = interpreter(path)?;
    if interpreter.exists() { None } else { Some(Obstacle::Interpreter(interpreter)) }
}

/// Returns the program that a script names in its first line.
fn interpreter(path: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    std::fs::File::open(path).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(word)))
}
