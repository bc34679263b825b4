//! Detection of secrets in the values of environment variables (I28).
//!
//! The value of a variable whose name indicates a secret is secret, unless the value only points at a file. The value of another
//! variable is secret if it looks like a key. In a URL only the user and the password are secret.

/// Shortest secret in bytes. Shorter values are words, flags or numbers, and replacing them would make texts unreadable.
const SHORTEST: usize = 8;
/// Shortest value in bytes that may be taken for a key by its appearance alone.
const SHORTEST_KEY: usize = 20;
/// Length in bytes that the longest part between separators must have for a value to be taken for a key by its appearance alone.
const LONGEST_WORD: usize = 16;
/// Entropy in bits per character from which a text looks random; words and version numbers stay below.
const RANDOM: f64 = 3.5;

/// Words in a variable's name that indicate a secret value.
const SECRET_WORDS: [&str; 16] = [
    "KEY",
    "KEYS",
    "TOKEN",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PASSPHRASE",
    "PWD",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
    "AUTHORIZATION",
    "COOKIE",
    "PAT",
];
/// Parts of words that indicate a secret value, as in `GITHUBTOKEN` and `MYAPIKEY`.
const SECRET_PARTS: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "CREDENTIAL"];
/// Last words of a variable's name that indicate a location or a name instead of a secret.
const PLACES: [&str; 14] = [
    "FILE", "PATH", "DIR", "HOME", "SOCK", "SOCKET", "HOST", "HOSTS", "PORT", "URL", "URI", "ENDPOINT",
    "PROXY", "REGION",
];
/// Variables that hold no secret, except in a URL.
const PLAIN: [&str; 14] = [
    "PATH", "HOME", "LANG", "LANGUAGE", "TERM", "TMPDIR", "SHELL", "USER", "LOGNAME", "PWD", "OLDPWD", "TZ",
    "EDITOR", "HOSTNAME",
];
/// Prefixes of the keys of well-known services.
const KEY_PREFIXES: [&str; 22] = [
    "sk-",
    "sk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "npm_",
    "pypi-",
    "hf_",
    "dckr_pat_",
];

/// Returns the texts in a variable's value that must not be shown.
///
/// Each is at least eight bytes long, except for the user part of a URL.
pub(crate) fn secrets(name: &str, value: &str) -> Vec<String> {
    let value = value.trim();
    if let Some(user) = user_of_url(value) {
        let password = user.split_once(':').map_or(user, |(_, password)| password);
        let found = [user.to_owned(), password.to_owned(), percent_decoded(password)];
        let whole = |text: &String| text == user && text.contains(':');
        return found.into_iter().filter(|text| whole(text) || text.len() >= SHORTEST).collect();
    }
    if value.len() < SHORTEST || is_plain(name) {
        return Vec::new();
    }
    let named = is_named_like_a_secret(name) && !is_file(value) && !is_url(value);
    if !named && !looks_like_a_key(name, value) {
        return Vec::new();
    }
    let lines =
        value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_KEY && !line.starts_with("-----"));
    let lines: Vec<_> = if value.contains('\n') { lines.map(str::to_owned).collect() } else { Vec::new() };
    [vec![value.to_owned()], lines].concat()
}

fn is_plain(name: &str) -> bool {
    PLAIN.contains(&name) || name.starts_with("LC_") || name.eq_ignore_ascii_case("no_proxy")
}

fn is_named_like_a_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<_> = upper.split(['_', '-', '.']).collect();
    if words.last().is_some_and(|last| PLACES.contains(last)) {
        return false;
    }
    words
        .iter()
        .any(|word| SECRET_WORDS.contains(word) || SECRET_PARTS.iter().any(|part| word.contains(part)))
}

/// Returns the user and password of a URL: the part before the `@` of its host.
fn user_of_url(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let (user, _) = host.rsplit_once('@')?;
    let is_scheme = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    (is_scheme && !user.is_empty()).then_some(user)
}

/// Returns whether a value is a URL without secrets in its query.
fn is_url(value: &str) -> bool {
    value.contains("://") && !value.contains(['?', '=']) && !value.contains(char::is_whitespace)
}

fn is_file(value: &str) -> bool {
    // No common encoding of keys contains a dot, and few keys have no capitals.
    let starts = value.starts_with('/') || value.starts_with("~/") || value.starts_with("./");
    starts
        && !value.contains(['\n', '+', '='])
        && (value.contains('.') || !value.contains(char::is_uppercase))
}

/// Returns whether a value looks like a key: one of a known service, a signed token, or random characters.
fn looks_like_a_key(name: &str, value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    let word = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-+/=.~".contains(c));
    if !word || value.len() < SHORTEST_KEY {
        return false;
    }
    if KEY_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
        return true;
    }
    if value.starts_with("eyJ") && value.matches('.').count() == 2 {
        return true;
    }
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    let upper = name.to_ascii_uppercase();
    let content_hash =
        ["COMMIT", "SHA", "REVISION", "HASH", "DIGEST"].iter().any(|word| upper.contains(word));
    // Options and names of several words are meant for people; keys have fewer separators.
    let longest = value.split(['-', '_', '+', '=']).map(str::len).max().unwrap_or_default();
    !value.contains(['.', '/', '~'])
        && longest >= LONGEST_WORD
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && !content_hash
        && bits_per_character(value) >= RANDOM
}

fn bits_per_character(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = text.len() as f64;
    let share = |count: u32| f64::from(count) / total;
    counts.into_iter().filter(|count| *count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_values_of_secrets_are_found() {
        for (name, value) in [
            ("ANTHROPIC_API_KEY", "sk-ant-api03-abcdef"),
            ("KEY", "correct horse battery"),
            ("GITHUBTOKEN", "abcdefgh"),
            ("db_pwd", "swordfish"),
            ("AUTH", "/9j+4AAQSkZJRgABAQ=="),
            ("MY-SECRET", "12345678"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "{\"private_key_id\": 1}"),
            ("NPM_PAT", "true-enough"),
            // By their appearance alone.
            ("ANYTHING", "ghp_0123456789abcdefghij"),
            ("BUILD", "AKIAIOSFODNN7EXAMPLE"),
            ("SESSION_DATA", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
            ("HEROKU", "9f2b6c1e4a7d8035b6e1c94d2f70a8b3"),
            ("THING", "-----BEGIN PRIVATE KEY----- x"),
        ] {
            assert_eq!(secrets(name, &format!(" {value}\n")), [value], "{name}");
        }
        assert_eq!(
            secrets("DEPLOY_KEY", "-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQAB\n-----END KEY-----").len(),
            2,
            "each line of its own as well"
        );
    }

    #[test]
    fn only_the_user_of_a_url_is_secret() {
        for (name, value, should) in [
            ("HTTP_PROXY", "http://proxy:3128", &[][..]),
            ("DATABASE_URL", "postgres://db.example.org/app", &[]),
            ("DATABASE_URL", "postgres://ada:pw@db/app", &["ada:pw"]),
            (
                "DATABASE_URL",
                "postgres://ada:p%40ssw0rd-1@db/app",
                &["ada:p%40ssw0rd-1", "p%40ssw0rd-1", "p@ssw0rd-1"],
            ),
            ("SENTRY_DSN", "https://0123456789abcdef@sentry.example.org/1", &["0123456789abcdef"; 3]),
            ("REPO", "https://ada@example.org/repo", &[]),
            ("API_KEY_URL", "https://example.org/keys", &[]),
            ("TOKEN_ISSUER", "https://issuer.example.org/", &[]),
            (
                "SECRET_HOOK",
                "https://hooks.example.org/?token=abc",
                &["https://hooks.example.org/?token=abc"],
            ),
        ] {
            assert_eq!(secrets(name, value), should, "{name}={value}");
        }
    }

    #[test]
    fn what_is_no_secret_is_not_taken_for_one() {
        for (name, value) in [
            ("NO_PROXY", "127.0.0.1"),
            ("no_proxy", "localhost,127.0.0.1,.example.org"),
            ("LANG", "en_US.UTF-8"),
            ("LC_ALL", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", "/home/ada-lovelace"),
            ("PWD", "/home/ada/project"),
            ("NODE_ENV", "production"),
            ("RUST_LOG", "octopoid=debug,hyper=info"),
            ("CARGO_TERM_COLOR", "always"),
            ("NODE_OPTIONS", "--max-old-space-size=4096"),
            ("JAVA_HOME", "/usr/lib/jvm/java-21-openjdk-amd64"),
            ("SSH_AUTH_SOCK", "/tmp/ssh-XXXX123/agent.42"),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/home/ada/Keys/service.json"),
            ("PGPASSFILE", "/home/ada/.pgpass"),
            ("GIT_COMMIT", "9f2b6c1e4a7d8035b6e1c94d2f70a8b39f2b6c1e"),
            ("IMAGE", "registry.example.org/team/image:1.2.3"),
            ("USE_AUTH", "true"),
            ("MODEL", "claude-sonnet-4-20250514"),
            ("MODEL", "us-anthropic-claude-sonnet-4-20250514-v1"),
            ("TZ", "Europe/Berlin"),
            ("KEYBOARD", "us-international"),
        ] {
            assert_eq!(secrets(name, value), [""; 0], "{name}={value}");
        }
    }
}
