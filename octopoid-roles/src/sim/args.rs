//! The arguments: those of the `claude` program that its runner uses.

/// The parsed command line.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Args {
    pub(super) stream_json: bool,
    /// Whether to speak the Agent Client Protocol.
    pub(super) acp: bool,
    /// Whether to speak the protocol of Codex.
    pub(super) app_server: bool,
    pub(super) verbose: bool,
    pub(super) skip_permissions: bool,
    pub(super) max_turns: Option<u32>,
    pub(super) budget_usd: Option<f64>,
    pub(super) model: Option<String>,
    pub(super) session: Option<String>,
    pub(super) resume: Option<String>,
    pub(super) schema: Option<String>,
}

impl Args {
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut args = Self::default();
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value =
                || rest.next().cloned().ok_or_else(|| format!("error: option '{flag}' argument missing"));
            match flag.as_str() {
                "-p" | "--print" => {}
                "--stream-json" => {
                    args.stream_json = true;
                    args.verbose = true;
                }
                "--output-format" => args.stream_json |= value()? == "stream-json",
                "--acp" => args.acp = true,
                "app-server" => args.app_server = true,
                "--verbose" => args.verbose = true,
                "--dangerously-skip-permissions" => args.skip_permissions = true,
                "--max-turns" => args.max_turns = value()?.parse().ok().filter(|turns| *turns > 0),
                "--max-budget-usd" => args.budget_usd = value()?.parse().ok(),
                "--model" => args.model = Some(value()?),
                "--session-id" => args.session = Some(value()?),
                "--resume" => args.resume = Some(value()?),
                "--json-schema" => args.schema = Some(value()?),
                "--append-system-prompt"
                | "--allowedTools"
                | "--tools"
                | "--permission-mode"
                | "--settings" => {
                    value()?;
                }
                _ => return Err(format!("error: unknown option '{flag}'")),
            }
        }
        Ok(args)
    }
}
