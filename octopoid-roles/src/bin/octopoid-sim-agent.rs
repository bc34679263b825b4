//! The sim agent as a program; see `octopoid_roles::sim`.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
    match octopoid_roles::sim::run(&arguments, &environment, &mut stdin, &mut stdout, &mut stderr) {
        Ok(code) => ExitCode::from(code),
        Err(_) => ExitCode::from(74),
    }
}
