//! Changing settings in `config.yaml` without touching the rest of its text, comments included.

use super::file::ConfigFile;
use super::scalar::scalar;
use serde_yaml::{Mapping, Value};

/// A setting of the section `server` and its new value, as YAML.
pub(crate) type Setting = (&'static str, String);

/// Returns the text with other values in its section `server`; `new` is the section to add where there is none. None where the text
/// is written in a way that cannot be changed safely.
pub(crate) fn with_server(text: &str, settings: &[Setting], new: &str) -> Option<String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter().position(|line| line.starts_with("server:")) {
        Some(at) => change(&mut lines, at, settings)?,
        None => {
            let at = place_for_a_section(&lines);
            lines.splice(at..at, new.lines().map(str::to_owned));
        }
    }
    let changed = lines.join(newline) + newline;
    keeps_the_rest(text, &changed, settings).then_some(changed)
}

/// Changes the section that begins at a line.
fn change(lines: &mut Vec<String>, at: usize, settings: &[Setting]) -> Option<()> {
    let (value, comment) = without_comment(lines[at].strip_prefix("server:")?);
    if value.starts_with('{') {
        let mut mapping: Mapping = serde_yaml::from_str(&value).ok()?;
        for (key, value) in settings {
            mapping.insert((*key).into(), serde_yaml::from_str(value).ok()?);
        }
        let items = mapping.iter().map(|(key, value)| Some(format!("{}: {}", word(key)?, word(value)?)));
        lines[at] = format!("server: {{ {} }}{comment}", items.collect::<Option<Vec<_>>>()?.join(", "));
        return Some(());
    }
    if !value.is_empty() {
        return None;
    }
    let is_content = |line: &String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let end = (at + 1..lines.len()).find(|next| is_content(&lines[*next]) && depth(&lines[*next]) == 0);
    let inside = at + 1..end.unwrap_or(lines.len());
    let first = inside.clone().find(|next| is_content(&lines[*next]));
    let indent = first.map_or(2, |first| depth(&lines[first]));
    let mut added = String::new();
    for (key, value) in settings {
        let key_at = |line: &String| {
            depth(line) == indent
                && line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
        };
        match inside.clone().find(|next| key_at(&lines[*next])) {
            Some(found) => {
                let (_, comment) = without_comment(lines[found].split_once(':')?.1);
                lines[found] = format!("{}{key}: {value}{comment}", " ".repeat(indent));
            }
            None => added.push_str(&format!("{}{key}: {value}\n", " ".repeat(indent))),
        }
    }
    lines.splice(at + 1..at + 1, added.lines().map(str::to_owned));
    Some(())
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A value and, with the blanks before it, the comment behind it.
fn without_comment(text: &str) -> (String, String) {
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if letter == '#' && before.is_whitespace() => {
                let value = text[..at].trim_end();
                return (value.trim().to_owned(), text[value.len()..].to_owned());
            }
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => {}
        }
        before = letter;
    }
    (text.trim().to_owned(), String::new())
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(scalar(text)),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The line before which a section can stand: that of the first key, or of the comments right above it.
fn place_for_a_section(lines: &[String]) -> usize {
    let is_key = |line: &String| !line.trim().is_empty() && !line.starts_with(['#', '-', '%']);
    let key = lines.iter().position(is_key).unwrap_or(lines.len());
    let comments = lines[..key].iter().rev().take_while(|line| line.starts_with('#')).count();
    if comments < key { key - comments } else { key }
}

/// Whether nothing else means another thing than before, and the settings are there.
fn keeps_the_rest(before: &str, after: &str, settings: &[Setting]) -> bool {
    let read = |text: &str| serde_yaml::from_str::<ConfigFile>(text).ok();
    let (Some(mut before), Some(mut after)) = (read(before), read(after)) else { return false };
    let server = serde_yaml::from_str::<Value>(&{
        let lines = settings.iter().map(|(key, value)| format!("{key}: {value}"));
        lines.collect::<Vec<_>>().join("\n")
    });
    let Ok(told) = server.and_then(serde_yaml::from_value::<super::Server>) else { return false };
    let (old, new) = (before.server.take().unwrap_or_default(), after.server.take().unwrap_or_default());
    before == after && new == told.or(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "server:\n  enabled: true\n  url: http://n\n\n";

    fn off(text: &str) -> Option<String> {
        with_server(text, &[("enabled", "false".to_owned())], NEW)
    }

    #[test]
    fn only_the_value_changes() {
        let text = "# Mine.\nserver:   # ours\n  # on?\n  enabled: true    # yes\n  url: \"http://a#b\"\n\nrepo:\n  base_branch: main # x\n";
        assert_eq!(off(text).unwrap(), text.replace("enabled: true ", "enabled: false "));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(off(&windows).unwrap(), windows.replace("enabled: true ", "enabled: false "));
        let flow = "server: { enabled: true, url: 'http://a' } # ours\nrepo: { base_branch: main }\n";
        assert_eq!(
            off(flow).unwrap(),
            "server: { enabled: false, url: \"http://a\" } # ours\nrepo: { base_branch: main }\n"
        );
    }

    #[test]
    fn what_is_not_there_is_added() {
        let text = "server:\n    url: http://a\n    cluster: x\nrepo:\n  base_branch: main\n";
        let settings =
            [("enabled", "true".to_owned()), ("cluster", "y".to_owned()), ("machine_id", "m".to_owned())];
        assert_eq!(
            with_server(text, &settings, NEW).unwrap(),
            "server:\n    enabled: true\n    machine_id: m\n    url: http://a\n    cluster: y\nrepo:\n  base_branch: main\n"
        );
        let settings = [("enabled", "true".to_owned()), ("url", "http://n".to_owned())];
        let text = "# Head.\n\n# Which.\nrepo:\n  base_branch: main\n";
        assert_eq!(
            with_server(text, &settings, NEW).unwrap(),
            text.replace("# Which", &format!("{NEW}# Which"))
        );
        let text = "---\nrepo: { base_branch: main }\n";
        assert_eq!(with_server(text, &settings, NEW).unwrap(), text.replace("repo", &format!("{NEW}repo")));
    }

    #[test]
    fn what_cannot_be_changed_safely_is_left_alone() {
        for text in [
            "server:\n  &a enabled: true\nrepo: { base_branch: main }\n",
            "server: {\n  enabled: true }\nrepo: { base_branch: main }\n",
            "\"server\": { enabled: true }\nrepo: { base_branch: main }\n",
            "repo: [\n",
        ] {
            assert_eq!(off(text), None, "{text}");
        }
    }
}
