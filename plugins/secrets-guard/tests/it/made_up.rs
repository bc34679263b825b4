//! Credentials that were made up: put together when the test runs, so that no file has one.

const WORDS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8] = b"0123456789abcdef";

/// A source of characters, the same for the same seed.
#[derive(Debug)]
pub(crate) struct Source(u64);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[(self.next() >> 33) as usize % alphabet.len()])).collect()
    }

    pub(crate) fn words(&mut self, length: usize) -> String {
        self.text(WORDS, length)
    }

    pub(crate) fn upper(&mut self, length: usize) -> String {
        self.text(UPPER, length)
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(HEX, length)
    }

    /// Random characters that nobody takes for a name.
    pub(crate) fn password(&mut self) -> String {
        format!("{}7-{}", self.words(9), self.words(8))
    }
}

/// Something that is found, with the secret in it.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) kind: &'static str,
    pub(crate) path: &'static str,
    pub(crate) line: String,
    pub(crate) secret: String,
}

/// One example for each pattern.
pub(crate) fn examples(seed: u64) -> Vec<Example> {
    let mut source = Source::new(seed);
    let mut all = Vec::new();
    let mut add = |kind, path, secret: String, line: &str| {
        all.push(Example { kind, path, line: line.replace('~', &secret), secret });
    };
    let s = &mut source;
    add("private key", "key.pem", format!("{}BEGIN RSA {}-----", "-----", "PRIVATE KEY"), "~");
    let key = format!("{}BEGIN {}-----\\n{}", "-----", "PRIVATE KEY", s.words(64));
    add("private key", "account.json", key, "  \"key_text\": \"~\\n\",");
    add("AWS access key", "a.rs", format!("AKIA{}", s.upper(16)), "let key = \"~\";");
    add("AWS secret key", "a.py", s.words(40), "aws_secret_access_key = '~'");
    add("GitHub token", "a.sh", format!("ghp_{}", s.words(36)), "curl -H ~ https://x");
    add("GitHub token", "a.md", format!("github_pat_{}_{}", s.words(22), s.words(59)), "use `~` for it");
    add("GitLab token", "a.rs", format!("glpat-{}", s.words(20)), "(\"~\")");
    add("Slack token", "a.rs", format!("xoxb-{}-{}", s.hex(12), s.words(24)), "(\"~\")");
    add("Slack token", "a.rs", format!("xapp-1-{}", s.words(30)), "(\"~\")");
    add(
        "Slack webhook",
        "a.rs",
        format!("T{}/B{}/{}", s.upper(8), s.upper(8), s.words(24)),
        "https://hooks.slack.com/services/~",
    );
    add("Stripe key", "a.rb", format!("sk_live_{}", s.words(24)), "Stripe.key = '~'");
    add("Stripe key", "a.rb", format!("whsec_{}", s.words(32)), "hook '~'");
    add("Google API key", "a.js", format!("AIza{}", s.words(35)), "key: '~'");
    add("Google client secret", "a.js", format!("GOCSPX-{}", s.words(28)), "x('~')");
    add("npm token", ".npmrc", format!("npm_{}", s.words(36)), "//registry.npmjs.org/:_auth=~");
    add("PyPI token", "x", format!("pypi-AgEIcHlwaS5vcmc{}", s.words(60)), "upload ~");
    add("Anthropic key", "a.ts", format!("sk-ant-api03-{}", s.words(80)), "new Client('~')");
    add("OpenAI key", "a.ts", format!("sk-proj-7aA{}", s.words(45)), "new Client('~')");
    add("Octopoid key", "a.txt", format!("oct_{}", s.hex(64)), "key ~ of the server");
    add("Hugging Face token", "a.py", format!("hf_{}", s.words(34)), "login('~')");
    add("DigitalOcean token", "a.tf", format!("dop_v1_{}", s.hex(64)), "x(\"~\")");
    add("SendGrid key", "a.go", format!("SG.{}.{}", s.words(22), s.words(43)), "New(\"~\")");
    add("Azure storage key", "a.cs", format!("{}==", s.words(86)), "\"AccountName=x;AccountKey=~;Suffix\"");
    add(
        "JSON web token",
        "a.rs",
        format!("eyJ{}.eyJ{}.{}", s.words(20), s.words(40), s.words(43)),
        "(\"~\")",
    );
    add("password in a URL", "a.rs", s.password(), "postgres://app:~@db.internal/app");
    add("authorization header", "a.py", s.words(32), "headers = {'Authorization': 'Bearer ~'}");
    let begun = format!("{}BEGIN {}-----\\n", "-----", "PRIVATE KEY");
    add("private key", "a.js", begun, "let key = \"~\" +");
    for line in [
        "const PASSWORD: &str = \"~\";",
        "password = '~'",
        "\"client_secret\": \"~\",",
        "apiKey := \"~\"",
        "config[\"access_token\"] = \"~\"",
        "setToken(token=\"~\")",
        "setenv(\"API_TOKEN\", \"~\", 1)",
        ":secret_key_base => '~',",
        "let db_passphrase = `~`;",
    ] {
        add("secret in an assignment", "src/a.code", s.password(), line);
    }
    for (path, line) in [
        ("deploy/.env.production", "API_TOKEN=~"),
        ("x.env", "export SECRET_KEY_2=~  # for now"),
        ("values.yaml", "  dbPassword: ~"),
        ("a.ini", "password = ~"),
        ("Dockerfile", "ENV NPM_TOKEN=~"),
        (".npmrc", "//npm.internal/:_authToken=~"),
    ] {
        add("secret in an assignment", path, s.password(), line);
    }
    all
}
