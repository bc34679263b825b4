//! Telling secrets from what only looks like one.

use crate::pattern::Judge;
use std::collections::BTreeMap;

/// The placeholders that people write for a secret.
const PLACEHOLDERS: [&str; 17] = [
    "example",
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "dummy",
    "redacted",
    "your_",
    "your-",
    "xxxx",
    "****",
    "...",
    "…",
    "0123456789",
    "1234567890",
    "abcdefghij",
    "notasecret",
];

/// The passwords that are only examples.
const WORDS: [&str; 16] = [
    "admin", "guest", "mysql", "pass", "passwd", "password", "postgres", "pw", "pwd", "root", "secret",
    "test", "token", "user", "username", "redis",
];

/// Returns whether a match is a secret. `bar` is how random an assigned value must be.
pub(crate) fn is_secret(judge: Judge, secret: &str, bar: f64) -> bool {
    match judge {
        Judge::Form => true,
        Judge::Token => !is_placeholder(secret),
        Judge::Random => !is_placeholder(secret) && is_mixed(secret),
        Judge::Url => !is_placeholder(secret) && !WORDS.contains(&secret.to_lowercase().as_str()),
        Judge::Assigned => {
            !is_placeholder(secret) && !is_reference(secret) && !is_name(secret) && entropy(secret) >= bar
        }
    }
}

fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let marked = PLACEHOLDERS.iter().any(|mark| lower.contains(mark));
    let bracketed =
        (lower.contains('<') && lower.contains('>')) || (lower.contains('{') && lower.contains('}'));
    // A variable of a shell, a format string, a template.
    let variable =
        lower.starts_with('$') || lower.contains("$(") || ["%s", "%d", "%v"].contains(&lower.as_str());
    let different = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    let repeated = different <= 2 || (lower.len() >= 20 && different <= 6);
    marked || bracketed || variable || lower.starts_with("%(") || repeated
}

/// Returns whether it names the place of a secret.
fn is_reference(value: &str) -> bool {
    let is_path = value.starts_with('/')
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with('~');
    let is_pattern = value.starts_with('^') || value.ends_with('$');
    let is_expression = value.contains('(') || value.contains("::") || value.contains("->");
    is_path || is_pattern || is_expression || value.contains("://")
}

/// Whether it has nothing but letters and what joins words: a name, a message, a type. Of many random letters, as many are
/// capitals as not; of words, few or all are.
fn is_name(value: &str) -> bool {
    if is_constant(value) {
        return true;
    }
    if !value.chars().all(|c| c.is_alphabetic() || "_-.:/*?!&|+@".contains(c)) {
        return false;
    }
    let count = |kind: fn(&char) -> bool| value.chars().filter(kind).count();
    let (upper, lower) = (count(|c| c.is_uppercase()), count(|c| c.is_lowercase()));
    let letters = upper + lower;
    letters < 16 || upper * 3 <= letters || lower * 4 <= letters
}

/// Returns whether it is a name such as `CLIENT_SECRET_2`.
fn is_constant(value: &str) -> bool {
    let is_part = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_uppercase());
        letters || (part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    value.contains('_') && value.split('_').all(is_part)
}

fn is_mixed(secret: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| secret.as_bytes().iter().any(kind);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Returns the Shannon entropy, in bits for each character.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1;
    }
    let length = f64::from(counts.values().sum::<u32>());
    let bits = |count: &u32| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    };
    counts.values().map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_bits_for_each_character() {
        let close =
            |text: &str, bits: f64| assert!((entropy(text) - bits).abs() < 0.01, "{text}: {}", entropy(text));
        close("", 0.0);
        close("aaaa", 0.0);
        close("abab", 1.0);
        close("abcdefgh", 3.0);
        close("0123456789abcdef", 4.0);
    }

    #[test]
    fn values_that_are_names_references_and_placeholders_are_let_through() {
        for value in [
            "access_token",
            "TheAccessTokenOfTheUser",
            "GITHUB_TOKEN",
            "CLIENT_SECRET_2",
            "Passwort!",
            "incorrect-password",
            "std::string7x9Kq2",
            "/run/secrets/db1x9",
            "./keys/a1b2c3d4e5",
            "vault://kv/a1b2c3d4",
            "${DB_PASSWORD_1}",
            "$PASSWORD1234",
            "<your password 1>",
            "{{ secret.a1b2c3 }}",
            "changeme-123456",
            "xxxxxxxx1234",
            "^[a-z0-9]{32}$",
            "getToken(a1b2c3)",
            "aaaaaaaa",
            "11112222",
            "myexample1234",
            "********",
        ] {
            assert!(!is_secret(Judge::Assigned, value, 3.0), "{value}");
        }
    }

    #[test]
    fn random_values_are_secrets() {
        for value in [
            "q7Zp-2mXv-9LtR",
            "hunter2-Kangaroo",
            "9f86d081884c7d65",
            "pa55W0rd!long",
            "XK7Q_M3ZP_99TR",
            "bkGlljZoOsWPfhDzVyWPGJpvzXRP",
        ] {
            assert!(is_secret(Judge::Assigned, value, 3.0), "{value}");
        }
        assert!(!is_secret(Judge::Assigned, "hunter2-Kangaroo", 4.5), "the bar is the user's");
        assert!(is_secret(Judge::Url, "s3cr3t", 3.0) && !is_secret(Judge::Url, "Password", 3.0));
    }
}
