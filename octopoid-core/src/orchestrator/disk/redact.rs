//! Redaction: keeps secrets out of everything that is stored or shown (I28).

use super::secret::secrets;
use std::collections::BTreeMap;

/// Replaces the values of secret variables in texts by the variables' names.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    secrets: Vec<(String, String)>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor")
            .field("names", &self.secrets.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish()
    }
}

impl Redactor {
    /// Collects the secrets among the variables that an agent receives by name.
    pub(crate) fn new(environment: &BTreeMap<String, String>, names: &[String]) -> Self {
        let mut secrets: Vec<_> = names
            .iter()
            .filter_map(|name| Some((name, environment.get(name)?)))
            .flat_map(|(name, value)| secrets(name, value).into_iter().map(|text| (name.clone(), text)))
            .collect();
        // As they are within the strings of JSON.
        let in_json: Vec<_> = secrets
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), escaped(text).filter(|escaped| escaped != text)?)))
            .collect();
        secrets.extend(in_json);
        // The longest first, in case one contains another.
        secrets.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        Self { secrets }
    }

    /// Returns the text without secrets.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.secrets {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), &format!("[{name}]"));
            }
        }
        text
    }

    /// Removes secrets from all texts in a JSON value, except the keys of objects.
    pub(crate) fn clean_json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.clean(text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.clean_json(item)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|item| self.clean_json(item)),
            _ => {}
        }
    }
}

/// Returns a text as it is within a string of JSON.
fn escaped(text: &str) -> Option<String> {
    let quoted = serde_json::to_string(text).ok()?;
    Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn i28_a_secret_in_a_line_of_json_is_found_as_it_is_written_there() {
        let environment: BTreeMap<_, _> = [("TOKEN".to_owned(), "a\"quoted\\secret".to_owned())].into();
        let redactor = Redactor::new(&environment, &["TOKEN".into()]);
        let line = json!({ "content": "it is a\"quoted\\secret" }).to_string();
        assert_eq!(redactor.clean(&line), r#"{"content":"it is [TOKEN]"}"#);
    }

    #[test]
    fn i28_secrets_are_replaced_by_their_names() {
        let environment: BTreeMap<_, _> =
            [("KEY", "sk-secret-1234"), ("FLAG", "1"), ("OTHER", "not-given-5678")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let redactor = Redactor::new(&environment, &["KEY".into(), "FLAG".into(), "MISSING".into()]);
        assert_eq!(redactor.clean("use sk-secret-1234 1 time"), "use [KEY] 1 time");
        let mut value = json!({"a": ["sk-secret-1234!"], "b": 1});
        redactor.clean_json(&mut value);
        assert_eq!(value, json!({"a": ["[KEY]!"], "b": 1}));
        assert!(!format!("{redactor:?}").contains("secret"));
    }

    #[test]
    fn what_holds_no_secret_stays_readable() {
        let environment: BTreeMap<_, _> = [
            ("NO_PROXY", "127.0.0.1"),
            ("HTTPS_PROXY", "http://ada:pass+word@proxy.example.org:3128"),
            ("API_TOKEN", "0123456789"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let redactor =
            Redactor::new(&environment, &["NO_PROXY".into(), "HTTPS_PROXY".into(), "API_TOKEN".into()]);
        assert_eq!(
            redactor.clean(
                "via http://ada:pass+word@proxy.example.org:3128, not for 127.0.0.1: 0123456789 pass+word"
            ),
            "via http://[HTTPS_PROXY]@proxy.example.org:3128, not for 127.0.0.1: [API_TOKEN] [HTTPS_PROXY]"
        );
    }
}
