//! The patterns of credentials.

/// How a match is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    /// By its form alone: a placeholder does not look like this.
    Form,
    /// Unless it is an obvious placeholder.
    Token,
    /// A token of so common a form that it must look random too.
    Random,
    /// A password in a URL: unless it is a placeholder or a word that everybody uses there.
    Url,
    /// A value that a name says to be secret: if it is random enough.
    Assigned,
}

/// A pattern of a credential.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The name for people.
    pub(crate) kind: &'static str,
    /// The secret is the first group, or the whole match where there is none.
    pub(crate) regex: &'static str,
    pub(crate) judge: Judge,
    /// Whether it is only looked for in files of settings, where values have no quotes.
    pub(crate) unquoted: bool,
}

const fn token(kind: &'static str, regex: &'static str) -> Pattern {
    Pattern { kind, regex, judge: Judge::Token, unquoted: false }
}

/// The names whose values are secret. Longer names, such as `token_url`, tell something about a secret instead.
macro_rules! names {
    () => {
        r#"[A-Za-z0-9_.-]*(?:pass(?:word|wd|phrase)|pwd|secret|token|credential|(?:api|access|auth|private|signing|encryption)[_-]?key)(?:[_-]?(?:key|value|base|[0-9]+))*"#
    };
}

/// All of them. Word boundaries are those of ASCII, which are faster and no different for tokens. Where two match at the same place, the first one counts.
pub(crate) const PATTERNS: &[Pattern] = &[
    Pattern {
        kind: "private key",
        // Either the key follows in the next lines, or in this one, where it stands in a string. A program that only looks
        // for such a line has none.
        regex: concat!(
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
            r#"(?:\s*$|(?:\\[nr])+["'\\+,\s]*$|(?:\\[nr])*\s*(?:[A-Za-z0-9+/=]{16,}|Proc-Type).*)"#
        ),
        judge: Judge::Form,
        unquoted: false,
    },
    token("AWS access key", r"(?-u:\b)(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?-u:\b)"),
    token(
        "AWS secret key",
        r#"(?i)aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?([A-Za-z0-9/+=]{40})(?:[^A-Za-z0-9/+=]|$)"#,
    ),
    token("GitHub token", r"(?-u:\b)gh[pousr]_[A-Za-z0-9]{36,255}(?-u:\b)"),
    token("GitHub token", r"(?-u:\b)github_pat_[A-Za-z0-9_]{22,255}(?-u:\b)"),
    token("GitLab token", r"(?-u:\b)gl(?:pat|dt|ptt|rt|cbt|ft|soat|oas|agent|imt)-[A-Za-z0-9_.-]{20,}"),
    token("Slack token", r"(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    token("Slack token", r"(?-u:\b)xapp-[0-9]-[A-Za-z0-9-]{10,}"),
    token("Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9+/]{20,})"),
    token("Stripe key", r"(?-u:\b)(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}(?-u:\b)"),
    token("Stripe key", r"(?-u:\b)whsec_[A-Za-z0-9+/=]{32,}"),
    token("Google API key", r"(?-u:\b)AIza[0-9A-Za-z_-]{35}"),
    token("Google client secret", r"(?-u:\b)GOCSPX-[A-Za-z0-9_-]{28}"),
    token("npm token", r"(?-u:\b)npm_[A-Za-z0-9]{36}(?-u:\b)"),
    token("PyPI token", r"(?-u:\b)pypi-AgE[A-Za-z0-9_-]{50,}"),
    token("Anthropic key", r"(?-u:\b)sk-ant-[A-Za-z0-9_-]{20,}"),
    Pattern {
        kind: "OpenAI key",
        regex: r"(?-u:\b)sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}",
        judge: Judge::Random,
        unquoted: false,
    },
    token("Octopoid key", r"(?-u:\b)oct_[0-9a-f]{64}(?-u:\b)"),
    token("Hugging Face token", r"(?-u:\b)hf_[A-Za-z0-9]{34}(?-u:\b)"),
    token("DigitalOcean token", r"(?-u:\b)do[opr]_v1_[0-9a-f]{64}(?-u:\b)"),
    token("SendGrid key", r"(?-u:\b)SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    token("Azure storage key", r"(?-u:\b)AccountKey=([A-Za-z0-9+/]{86}==)"),
    token("JSON web token", r"(?-u:\b)eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Pattern {
        kind: "password in a URL",
        regex: r#"(?-u:\b)[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@'"`<>]*:([^\s/@'"`]{3,})@[^\s@]"#,
        judge: Judge::Url,
        unquoted: false,
    },
    Pattern {
        kind: "authorization header",
        regex: r#"(?i)(?-u:\b)authorization["'`]?\s*[:=,]\s*["'`]?(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{16,})"#,
        judge: Judge::Assigned,
        unquoted: false,
    },
    Pattern {
        kind: "secret in an assignment",
        regex: concat!(
            r#"(?i)"#,
            names!(),
            // `name: Type = "…"`, `name = "…"`, `"name": "…"`, `"name" => "…"`, `set("NAME", "…")`.
            r#"(?:\s*:\s*[A-Za-z0-9_&'<> ]+=|["'`\]]{0,2}\s*(?::=|=>|[:=])|["'`]\s*,)"#,
            r#"\s*[rbuf&]?["'`]([^"'`\s]{8,})["'`]"#
        ),
        judge: Judge::Assigned,
        unquoted: false,
    },
    Pattern {
        kind: "secret in an assignment",
        regex: concat!(
            r#"(?i)^\s*(?:-\s+|export\s+|set\s+|ENV\s+|ARG\s+)*["']?(?://\S+:)?"#,
            names!(),
            r#"["']?\s*[:=]\s*([^\s"'#,;]{8,})\s*(?:[#;].*)?$"#
        ),
        judge: Judge::Assigned,
        unquoted: true,
    },
];
