//! What is found, and what is not.

use crate::made_up::examples;
use crate::result::{guard, rejected};
use octopoid_plugin::Outcome;

/// A file with one added line.
fn patch(line: &str) -> String {
    format!("@@ -0,0 +1,2 @@\n+first\n+{line}\n")
}

fn outcome(path: &str, line: &str) -> Outcome {
    guard().diff(crate::result::files(&[(path, &patch(line))])).run().outcome.unwrap()
}

#[test]
fn i28_every_kind_is_found_and_never_shown() {
    for seed in 1..16 {
        let examples = examples(seed);
        // Each in a file of its own; the folder keeps its name from being another's.
        let paths: Vec<_> = examples
            .iter()
            .enumerate()
            .map(|(number, example)| format!("{number}/{}", example.path))
            .collect();
        let patches: Vec<_> = examples.iter().map(|example| patch(&example.line)).collect();
        let changed: Vec<_> =
            paths.iter().zip(&patches).map(|(path, patch)| (path.as_str(), patch.as_str())).collect();
        let finished = guard().diff(crate::result::files(&changed)).run();
        let seen = format!("{finished:?}");
        let feedback = rejected(finished);
        for (example, path) in examples.iter().zip(&paths) {
            let words = format!("{path}:2: {}", example.kind);
            assert!(feedback.contains(&words), "{words} of {example:?}: {feedback}");
            // Neither whole nor in part.
            for part in example.secret.as_bytes().windows(12).map(String::from_utf8_lossy) {
                let is_public = "-----BEGIN RSA PRIVATE KEY-----".contains(part.as_ref());
                assert!(is_public || !seen.contains(part.as_ref()), "{part} of {example:?}: {seen}");
            }
        }
    }
}

#[test]
fn what_only_looks_like_it_is_let_through() {
    let example_key = format!("AKIA{}", "IOSFODNN7EXAMPLE");
    for (path, line) in [
        ("a.rs", format!("let key = \"{example_key}\";")),
        ("a.rs", format!("let token = \"ghp_{}\";", "x".repeat(36))),
        ("a.rs", format!("(\"oct_{}\")", "0".repeat(64))),
        ("a.rs", "AKIA is how they begin, and ghp_ and xoxb- and sk- too".to_owned()),
        ("a.rs", "-----BEGIN PUBLIC KEY-----".to_owned()),
        ("a.rs", "-----BEGIN CERTIFICATE-----".to_owned()),
        ("a.rs", format!("if text.starts_with(\"-----BEGIN {}-----\") {{", "PRIVATE KEY")),
        ("a.rs", format!("write(\"-----BEGIN {}-----\\nnonsense\\n\")", "PRIVATE KEY")),
        ("a.json", "{\"input_tokens\":12,\"ephemeral_5m_input_tokens\":0,\"x\":\"a1b2c3d4e5f6\"}".to_owned()),
        ("a.json", "{\"input_tokens\":12,\"session\":\"a1b2c3d4e5f6\"}".to_owned()),
        ("a.rs", "ClientTrafficSecret => \"CLIENT_TRAFFIC_SECRET_0\",".to_owned()),
        ("a.css", ".sk-folding-cube-with-a-very-long-class-name { }".to_owned()),
        ("a.rs", "https://example.com/path:with@colon".to_owned()),
        ("a.rs", "postgres://user:password@localhost/test".to_owned()),
        ("a.sh", "postgres://app:${DB_PASSWORD}@db/app".to_owned()),
        ("a.py", "f\"postgres://{user}:{password}@{host}/x\"".to_owned()),
        ("a.md", "Authorization: Bearer <your token here>".to_owned()),
        ("a.rs", "let password = read_password();".to_owned()),
        ("a.rs", "let password = \"${PASSWORD_1}\";".to_owned()),
        ("a.rs", "password: \"changeme-1234\"".to_owned()),
        ("a.json", "\"password\": \"Enter your password, 8 letters at least\"".to_owned()),
        ("a.rs", "Error::Token => \"invalid_token\"".to_owned()),
        ("a.rs", "token_url = \"https://login.internal/a1b2c3d4e5\"".to_owned()),
        ("a.rs", "secret_name: \"app-a1b2c3d4e5\"".to_owned()),
        ("a.rs", "password_hash = \"9f86d081884c7d659a2feaa0c55ad015\"".to_owned()),
        ("a.rs", "password: \"short1\"".to_owned()),
        ("a.yaml", "  secretName: my-secret-v1-2024".to_owned()),
        ("a.yaml", "  password: ${DB_PASSWORD_2}".to_owned()),
        (".env.example", "TOKEN=<the token of 40 letters>".to_owned()),
        ("a.sh", "TOKEN=$(cat /run/secrets/token1)".to_owned()),
        ("a.rs", "TOKEN=a1b2c3d4e5f6".to_owned()),
        ("a.js", "token: process.env.TOKEN_2024,".to_owned()),
        ("a.rs", "let checksum = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c\";".to_owned()),
    ] {
        let seen = outcome(path, &line);
        assert!(matches!(seen, Outcome::Approved { .. }), "{path}: {line}: {seen:?}");
    }
}

#[test]
fn a_placeholder_does_not_cover_a_secret_beside_it() {
    let example = examples(3).remove(2);
    let feedback = match outcome("a.rs", &format!("login(\"changeme\"); {}", example.line)) {
        Outcome::Rejected { feedback } => feedback,
        other => panic!("{other:?}"),
    };
    assert!(!feedback.contains(&example.secret), "{feedback}");
}

#[test]
fn two_secrets_in_a_line_are_both_found_and_both_hidden() {
    let all = examples(5);
    let line = format!("{} {}", all[2].line, all[4].line);
    let finished = guard().diff(crate::result::files(&[("a.rs", &patch(&line))])).run();
    let seen = format!("{finished:?}");
    let feedback = rejected(finished);
    assert!(feedback.contains("in 2 places"), "{feedback}");
    assert!(!seen.contains(&all[2].secret) && !seen.contains(&all[4].secret), "{seen}");
}
