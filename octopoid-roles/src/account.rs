//! Names of accounts, by the credentials that agents are given.

use octopoid_core::runner::RunnerCheck;
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// The namespace of the names; any fixed value does.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f63_746f_706f_6964_6163_636f_756e_7401);

/// Returns a name that is the same for the same credential, and does not show it.
pub(crate) fn name(program: &str, credential: &[&str]) -> String {
    let id = Uuid::new_v5(&NAMESPACE, credential.join("\0").as_bytes()).simple().to_string();
    format!("{program}-{}", &id[..8])
}

/// Returns the values of variables that hold keys, in the order of their names.
fn keys(environment: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    const WORDS: [&str; 4] = ["KEY", "TOKEN", "SECRET", "CREDENTIAL"];
    let is_key = |name: &str| WORDS.iter().any(|word| name.to_ascii_uppercase().contains(word));
    environment.iter().filter(move |(name, _)| is_key(name)).map(|(_, value)| value.as_str())
}

/// Returns the name of the account that a program uses: that of the keys in its environment, or of the login in its home.
pub(crate) fn of_program(name: &str, program: &str, environment: &BTreeMap<String, String>) -> String {
    let home = environment.get("HOME").map(String::as_str);
    let credential: Vec<_> = [program].into_iter().chain(home).chain(keys(environment)).collect();
    self::name(name, &credential)
}

/// Returns the name of the account of an agent's own command; `None` without one.
pub(crate) fn of_command(check: &RunnerCheck) -> Option<String> {
    let program = check.command.first()?;
    let name = Path::new(program).file_stem()?.to_string_lossy().into_owned();
    Some(of_program(&name, program, &check.environment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_a_name_is_of_the_credential_and_does_not_show_it() {
        let name = |key: &str| name("claude", &[key]);
        assert_eq!(name("sk-ant-1"), name("sk-ant-1"));
        assert_ne!(name("sk-ant-1"), name("sk-ant-2"));
        assert!(!name("sk-ant-1").contains("sk-ant"));
        assert_eq!(name("sk-ant-1").len(), "claude-".len() + 8);
    }

    #[test]
    fn keys_are_known_by_their_names() {
        let environment = [("OPENAI_API_KEY", "a"), ("PATH", "b"), ("My_Token", "c"), ("HOME", "d")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(keys(&environment.into()).collect::<Vec<_>>(), ["c", "a"]);
    }
}
