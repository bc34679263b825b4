//! The proposed task for a finding.

use crate::finding::Finding;
use octopoid_plugin::Proposal;
use std::fmt::Write as _;

/// The longest description that is quoted, in characters.
const LONGEST: usize = 2000;

/// Returns the proposal. Its title is the same in every run, which is how the orchestrator knows that it was filed before.
pub(crate) fn proposal(finding: &Finding) -> Proposal {
    let title = match finding.kind.as_str() {
        "yanked" => format!("yanked: {}", finding.package),
        "duplicate" => format!("several major versions of {}", finding.package),
        _ => format!("{} in {}", finding.id, finding.package),
    };
    Proposal::new(title, body(finding))
}

fn body(finding: &Finding) -> String {
    let severity = match finding.severity {
        _ if finding.kind == "duplicate" || finding.kind == "yanked" => String::new(),
        Some(severity) => format!(" ({}, {})", finding.kind, severity.as_str()),
        None => format!(" ({}, of unknown severity)", finding.kind),
    };
    let mut body = format!("**{}**{severity}\n\n", finding.summary.replace('\n', " "));
    let mut point = |name: &str, text: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(body, "- {name}: {text}");
    };
    let versions: Vec<_> = finding.versions.iter().map(String::as_str).collect();
    if !versions.is_empty() {
        point("Here", &versions.join(", "));
    }
    if let Some(range) = &finding.affected {
        point("Affected", &format!("`{range}`"));
    }
    for chain in &finding.chains {
        point("Comes by", &format!("`{}`", chain.join(" → ")));
    }
    if !finding.files.is_empty() {
        let files: Vec<_> = finding.files.iter().map(|file| format!("`{file}`")).collect();
        point("In", &files.join(", "));
    }
    match (&finding.fixed, finding.kind.as_str()) {
        (_, "yanked" | "duplicate") => {}
        (Some(fixed), _) => point("Fixed by", fixed),
        (None, _) if finding.update.is_some() => {}
        (None, _) => point("Fixed by", "no version yet"),
    }
    if !finding.aliases.is_empty() {
        point("Also known as", &finding.aliases.join(", "));
    }
    if let Some(url) = &finding.url {
        point("More", url);
    }
    let described = finding.description.trim();
    if !described.is_empty() {
        let start: String = described.chars().take(LONGEST).collect();
        let rest = if start.len() < described.len() { "\n> …" } else { "" };
        // What others wrote stays recognisable as that.
        let quoted: Vec<_> = start.lines().map(|line| format!("> {line}")).collect();
        let _ = write!(body, "\n{}{rest}\n", quoted.join("\n"));
    }
    let _ = write!(body, "\n{}\n", advice(finding));
    body
}

/// Returns what to do about the finding.
fn advice(finding: &Finding) -> String {
    if finding.kind == "duplicate" {
        return "Let those who need the older version need the newer one, where they can; then one copy is built and shipped."
            .to_owned();
    }
    // Whoever asks for the package directly may hold it back.
    let asks =
        finding.chains.iter().filter(|chain| chain.len() > 2).filter_map(|chain| chain.get(chain.len() - 2));
    let asks: Vec<_> = asks.map(|package| format!("`{package}`")).collect();
    let holder = match asks.as_slice() {
        [] => String::new(),
        asks => format!(" If that changes nothing, {} holds it back: update that first.", asks.join(" or ")),
    };
    match &finding.update {
        Some(command) => format!("Run `{command}` and the tests.{holder}"),
        None => {
            let who = match asks.as_slice() {
                [] => String::new(),
                asks => format!(", or {}, which needs it,", asks.join(" and ")),
            };
            format!(
                "There is no version to update to: replace `{}`{who} or judge the risk and add `{}` to the `ignore` of this agent's settings.",
                finding.package, finding.id
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::Severity;

    #[test]
    fn a_draft_has_all_that_it_takes_to_decide() {
        let mut finding = Finding::new("RUSTSEC-2021-0003", "smallvec", "vulnerability");
        finding.summary = "Buffer overflow".to_owned();
        finding.description = "A bug.\n\n# Not a heading of ours".to_owned();
        finding.severity = Some(Severity::Critical);
        finding.versions.insert("1.6.0".to_owned());
        finding.files.insert("Cargo.lock".to_owned());
        finding.chains.push(["app 0.1.0", "core 0.8.0", "smallvec 1.6.0"].map(str::to_owned).to_vec());
        finding.fixed = Some(">=1.6.1".to_owned());
        finding.update = Some("cargo update -p smallvec@1.6.0".to_owned());
        let draft = proposal(&finding);
        assert_eq!(draft.title, "RUSTSEC-2021-0003 in smallvec");
        assert_eq!(
            draft.body,
            "**Buffer overflow** (vulnerability, critical)\n\n\
             - Here: 1.6.0\n\
             - Comes by: `app 0.1.0 → core 0.8.0 → smallvec 1.6.0`\n\
             - In: `Cargo.lock`\n\
             - Fixed by: >=1.6.1\n\n\
             > A bug.\n> \n> # Not a heading of ours\n\n\
             Run `cargo update -p smallvec@1.6.0` and the tests. If that changes nothing, `core 0.8.0` holds it back: update that first.\n"
        );
    }

    #[test]
    fn without_a_fix_the_advice_is_another() {
        let mut finding = Finding::new("RUSTSEC-2021-0139", "ansi_term", "unmaintained");
        finding.severity = Some(Severity::Info);
        let body = proposal(&finding).body;
        assert!(body.contains("Fixed by: no version yet") && body.contains("`ignore`"), "{body}");
        assert!(!body.contains("Run `"), "{body}");
    }
}
