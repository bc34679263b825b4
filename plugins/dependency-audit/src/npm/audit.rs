//! What `npm audit --json` says, since npm 7.

use super::lock::NpmLock;
use crate::finding::Finding;
use crate::severity::Severity;
use octopoid_plugin::serde_json::{self, Value};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why what it said is no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: String,
    /// Whether the same may work later.
    pub(crate) later: bool,
}

#[derive(Deserialize)]
struct File {
    vulnerabilities: BTreeMap<String, Vulnerable>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Vulnerable {
    /// Advisories, and the names of packages that it is vulnerable by.
    via: Vec<Value>,
    /// The folders with it.
    nodes: Vec<String>,
    fix_available: Value,
}

#[derive(Deserialize)]
struct Advisory {
    source: Value,
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    range: String,
}

/// Reads it. The lock file tells versions and where they come from.
pub(crate) fn parse(text: &str, lock: &NpmLock) -> Result<Vec<Finding>, Refused> {
    let refused = |reason: String| Refused { reason, later: false };
    let value: Value =
        serde_json::from_str(text).map_err(|error| refused(format!("its output is not JSON: {error}")))?;
    if value.get("vulnerabilities").is_none() {
        return Err(refusal(&value));
    }
    let file: File = serde_json::from_value(value)
        .map_err(|error| refused(format!("its output is not understood: {error}")))?;
    let mut findings = Vec::new();
    for (package, vulnerable) in &file.vulnerabilities {
        // A name means that another package is at fault, which is listed by itself.
        for advisory in vulnerable.via.iter().filter(|via| via.is_object()) {
            let advisory: Advisory = serde_json::from_value(advisory.clone())
                .map_err(|error| refused(format!("the advisory of {package} is not understood: {error}")))?;
            findings.push(finding(&advisory, vulnerable, lock));
        }
    }
    Ok(findings)
}

fn finding(advisory: &Advisory, vulnerable: &Vulnerable, lock: &NpmLock) -> Finding {
    let number = format!("npm-{}", advisory.source.to_string().trim_matches('"'));
    let page = advisory.url.rsplit('/').next().filter(|id| id.starts_with("GHSA-")).map(str::to_owned);
    let mut finding =
        Finding::new(page.clone().unwrap_or_else(|| number.clone()), &advisory.name, "vulnerability");
    finding.aliases = page.map(|_| number).into_iter().collect();
    finding.summary.clone_from(&advisory.title);
    finding.severity = Severity::of_word(&advisory.severity);
    finding.affected = Some(advisory.range.clone()).filter(|range| !range.is_empty());
    finding.url = Some(advisory.url.clone()).filter(|url| !url.is_empty());
    match &vulnerable.fix_available {
        Value::Bool(true) => finding.update = Some("npm audit fix".to_owned()),
        Value::Object(fix) => {
            let word = |name: &str| fix.get(name).and_then(Value::as_str).unwrap_or_default();
            let (name, version) = (word("name"), word("version"));
            let breaking = fix.get("isSemVerMajor").and_then(Value::as_bool).unwrap_or_default();
            let note = if breaking { " (a breaking change)" } else { "" };
            finding.fixed = Some(format!("{name} {version}{note}"));
            finding.update = Some(format!("npm install {name}@{version}"));
        }
        _ => {}
    }
    for place in vulnerable.nodes.iter().filter_map(|node| lock.folders.get(node)) {
        if let Some(package) = lock.graph.packages.get(*place) {
            finding.versions.insert(package.version.clone());
        }
        finding.chains.extend(lock.graph.chain(*place));
    }
    finding
}

fn refusal(value: &Value) -> Refused {
    if value.get("advisories").is_some() {
        let reason = "it is of npm 6, whose output has another form; use npm 7 or later".to_owned();
        return Refused { reason, later: false };
    }
    let text = |path: &str| {
        value.pointer(path).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    };
    let reason = text("/error/summary").or_else(|| text("/message")).or_else(|| text("/error/detail"));
    let code = text("/error/code").or_else(|| text("/code")).unwrap_or_default();
    let network = ["ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH"];
    let refused = value.get("statusCode").and_then(Value::as_u64);
    let later =
        network.iter().any(|word| code == *word || reason.is_some_and(|reason| reason.contains(word)))
            || refused.is_some_and(|status| status >= 500 || status == 429);
    Refused { reason: reason.unwrap_or("it gave no result and no reason").to_owned(), later }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npm::lock;

    fn captured() -> Vec<Finding> {
        let lock = lock::parse(include_str!("../../tests/captured/package-lock.json")).unwrap();
        parse(include_str!("../../tests/captured/npm-audit.json"), &lock).unwrap()
    }

    #[test]
    fn what_it_printed_is_read() {
        let findings = captured();
        let ids: Vec<_> =
            findings.iter().map(|finding| (finding.package.as_str(), finding.id.as_str())).collect();
        assert_eq!(
            ids,
            [
                ("lodash", "GHSA-35jh-r3h4-6jhm"),
                ("lodash", "GHSA-29mw-wpgm-hmr9"),
                ("minimist", "GHSA-xvch-5gv4-984h"),
                ("qs", "GHSA-hrpp-h998-j3pp"),
            ]
        );
        let minimist = &findings[2];
        assert_eq!(minimist.severity, Some(Severity::Critical));
        assert_eq!(minimist.affected.as_deref(), Some("<0.2.4"));
        assert_eq!(minimist.fixed.as_deref(), Some("mkdirp 0.5.6"));
        assert_eq!(minimist.update.as_deref(), Some("npm install mkdirp@0.5.6"));
        assert_eq!(minimist.chains, [["shop 1.0.0", "mkdirp 0.5.1", "minimist 0.0.8"]]);
        assert!(minimist.versions.contains("0.0.8") && minimist.is_named("npm-1097678"), "{minimist:?}");
    }

    #[test]
    fn what_is_no_result_is_refused_with_the_reason() {
        let read = |text: &str| parse(text, &NpmLock::default()).unwrap_err();
        let refused = read(include_str!("../../tests/captured/npm-audit-refused.json"));
        assert!(refused.reason.starts_with("405 Method Not Allowed") && !refused.later, "{refused:?}");
        let lockless = read(
            r#"{"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": "Try"}}"#,
        );
        assert_eq!(
            lockless,
            Refused { reason: "This command requires an existing lockfile.".into(), later: false }
        );
        let unreachable = read(
            r#"{"message": "request to https://registry.npmjs.org/-/npm/v1/security/advisories/bulk failed, reason: connect ECONNREFUSED 127.0.0.1:9", "error": {"summary": "", "detail": ""}}"#,
        );
        assert!(unreachable.later, "{unreachable:?}");
        assert!(read(r#"{"advisories": {}, "metadata": {}}"#).reason.contains("npm 6"));
        assert!(read("npm ERR!").reason.contains("not JSON"));
        assert!(read("{}").reason.contains("no reason"));
    }

    #[test]
    fn a_fix_may_be_missing_or_breaking() {
        let text = |fix: &str| {
            format!(
                r#"{{"vulnerabilities": {{"a": {{"via": [{{"source": 7, "name": "a", "severity": "odd"}}], "nodes": ["node_modules/a"], "fixAvailable": {fix}}}}}}}"#
            )
        };
        let read = |fix: &str| parse(&text(fix), &NpmLock::default()).unwrap().remove(0);
        assert_eq!(read("false").update, None);
        assert_eq!(read("true").update.as_deref(), Some("npm audit fix"));
        let breaking = read(r#"{"name": "b", "version": "2.0.0", "isSemVerMajor": true}"#);
        assert_eq!(breaking.fixed.as_deref(), Some("b 2.0.0 (a breaking change)"));
        assert_eq!((breaking.id.as_str(), breaking.severity), ("npm-7", None));
    }
}
