//! What `cargo deny --format json check advisories` says on its stderr: one JSON object a line.

use crate::finding::Finding;
use crate::severity::Severity;
use octopoid_plugin::serde_json::{self, Value};
use serde::Deserialize;

/// What a run of it came to.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) findings: Vec<Finding>,
    /// What went wrong with the run itself.
    pub(crate) problems: Vec<String>,
    /// Whether it came to its end: only then nothing found means that nothing is there.
    pub(crate) complete: bool,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    fields: Value,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Diagnostic {
    severity: String,
    code: Option<String>,
    message: String,
    labels: Vec<Label>,
    notes: Vec<String>,
    advisory: Option<Advisory>,
    graphs: Vec<Node>,
}

#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    span: String,
}

#[derive(Deserialize)]
struct Node {
    #[serde(rename = "Krate")]
    krate: Krate,
}

#[derive(Deserialize)]
struct Krate {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    package: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    cvss: Option<String>,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

/// Reads it. Lines that are no JSON are of other programs, such as cargo's own warnings.
pub(crate) fn parse(text: &str) -> Said {
    let mut said = Said::default();
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
        match line.kind.as_str() {
            "diagnostic" => match serde_json::from_value(line.fields) {
                Ok(diagnostic) => said.take(diagnostic),
                Err(error) => said.problems.push(format!("a diagnostic is not understood: {error}")),
            },
            "log" => {
                let field = |name: &str| line.fields.get(name).and_then(Value::as_str).unwrap_or_default();
                if field("level") == "ERROR" {
                    said.problems.push(one_line(field("message")));
                }
            }
            "summary" => said.complete |= line.fields.get("advisories").is_some(),
            _ => {}
        }
    }
    said
}

impl Said {
    fn take(&mut self, diagnostic: Diagnostic) {
        let Some((name, version)) = krate(&diagnostic) else {
            if diagnostic.severity == "error" {
                self.problems.push(one_line(&diagnostic.message));
            }
            return;
        };
        match (diagnostic.code.as_deref(), &diagnostic.advisory) {
            // Its own settings ignore these.
            (Some("advisory-ignored" | "yanked-ignored" | "advisory-not-detected"), _) => {}
            (_, Some(advisory)) => self.findings.push(vulnerable(&diagnostic, advisory, version)),
            (Some("yanked"), None) => self.findings.push(yanked(&name, version)),
            _ if diagnostic.severity == "error" => self.problems.push(one_line(&diagnostic.message)),
            _ => {}
        }
    }
}

/// The crate that a diagnostic is about: of the graph, or of the label `name version source`.
fn krate(diagnostic: &Diagnostic) -> Option<(String, String)> {
    if let Some(Node { krate }) = diagnostic.graphs.first() {
        return Some((krate.name.clone(), krate.version.clone()));
    }
    let mut words = diagnostic.labels.first()?.span.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}

fn vulnerable(diagnostic: &Diagnostic, advisory: &Advisory, version: String) -> Finding {
    let note = |start: &str| diagnostic.notes.iter().find_map(|note| note.strip_prefix(start));
    let kind = advisory.informational.clone().unwrap_or_else(|| "vulnerability".to_owned());
    let mut finding = Finding::new(&advisory.id, &advisory.package, &kind);
    finding.aliases.clone_from(&advisory.aliases);
    finding.summary = if advisory.title.is_empty() { &diagnostic.message } else { &advisory.title }.clone();
    finding.description.clone_from(&advisory.description);
    finding.severity = match (&advisory.informational, &advisory.cvss) {
        (_, Some(vector)) => Severity::of_vector(vector),
        (Some(_), None) => Some(Severity::Info),
        (None, None) => None,
    };
    finding.url = note("Advisory: ").map(str::to_owned).or_else(|| advisory.url.clone());
    finding.fixed = note("Solution: Upgrade to ").map(|solution| {
        let versions = solution.split(" (try ").next().unwrap_or(solution);
        versions.replace(" OR ", " or ")
    });
    if finding.fixed.is_some() {
        finding.update = Some(format!("cargo update -p {}@{version}", advisory.package));
    }
    finding.versions.insert(version);
    finding
}

fn yanked(name: &str, version: String) -> Finding {
    let mut finding = Finding::new("yanked", format!("{name} {version}"), "yanked");
    finding.summary = format!("{name} {version} was withdrawn by its authors");
    finding.severity = Some(Severity::Info);
    finding.update = Some(format!("cargo update -p {name}@{version}"));
    finding.versions.insert(version);
    finding
}

/// A message of several lines as one, with an end.
fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ").chars().take(600).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURED: &str = include_str!("../../tests/captured/cargo-deny.jsonl");

    #[test]
    fn what_it_printed_is_read() {
        let said = parse(CAPTURED);
        assert!(said.complete && said.problems.is_empty(), "{said:?}");
        let [unmaintained, vulnerable, yanked] = said.findings.as_slice() else { panic!("{said:?}") };
        assert_eq!(
            (unmaintained.id.as_str(), unmaintained.kind.as_str()),
            ("RUSTSEC-2021-0139", "unmaintained")
        );
        assert_eq!((unmaintained.severity, &unmaintained.fixed), (Some(Severity::Info), &None));
        assert_eq!(vulnerable.id, "RUSTSEC-2021-0003");
        assert_eq!(vulnerable.package, "smallvec");
        assert!(vulnerable.versions.contains("1.6.0"));
        assert_eq!(vulnerable.severity, Some(Severity::Critical));
        assert_eq!(vulnerable.fixed.as_deref(), Some(">=0.6.14, <1.0.0 or >=1.6.1"));
        assert_eq!(vulnerable.url.as_deref(), Some("https://rustsec.org/advisories/RUSTSEC-2021-0003"));
        assert_eq!(vulnerable.update.as_deref(), Some("cargo update -p smallvec@1.6.0"));
        assert!(vulnerable.is_named("cve-2021-25900"));
        assert_eq!((yanked.id.as_str(), yanked.package.as_str()), ("yanked", "winapi 0.3.9"));
    }

    #[test]
    fn a_run_that_did_not_come_to_its_end_is_told_from_one_that_found_nothing() {
        let said = parse(include_str!("../../tests/captured/cargo-deny-offline.jsonl"));
        assert!(!said.complete && said.findings.is_empty());
        assert!(said.problems[0].contains("failed to fetch advisory database"), "{said:?}");
        assert!(said.problems[0].contains("Could not resolve host"), "{said:?}");
        let clean = parse("{\"type\":\"summary\",\"fields\":{\"advisories\":{\"errors\":0}}}\n");
        assert!(clean.complete && clean.findings.is_empty());
        assert!(!parse("").complete);
    }

    #[test]
    fn ignored_advisories_and_other_lines_are_no_findings() {
        let ignored = "warning: unused manifest key\n\
            {\"type\":\"diagnostic\",\"fields\":{\"severity\":\"note\",\"code\":\"advisory-ignored\",\"message\":\"x\",\
             \"labels\":[{\"span\":\"a 1.0.0 registry\"}]}}\n\
            {\"type\":\"weather\",\"fields\":{}}\n\
            {\"type\":\"diagnostic\",\"fields\":{\"severity\":\"error\",\"message\":\"bad\\nconfig\",\"labels\":[]}}\n";
        let said = parse(ignored);
        assert!(said.findings.is_empty(), "{said:?}");
        assert_eq!(said.problems, ["bad; config"]);
    }
}
