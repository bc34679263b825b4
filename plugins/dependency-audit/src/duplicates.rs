//! Packages with several major versions.

use crate::finding::Finding;
use crate::graph::Graph;
use crate::severity::Severity;

/// Returns a finding for each of them.
pub(crate) fn duplicates(graph: &Graph, file: &str) -> Vec<Finding> {
    let finding = |(name, versions): (String, std::collections::BTreeSet<String>)| {
        let mut finding = Finding::new("duplicate", &name, "duplicate");
        finding.summary = format!("{name} is there in {} versions", versions.len());
        finding.severity = Some(Severity::Info);
        finding.chains = versions
            .iter()
            .filter_map(|version| graph.places(&name, Some(version)).find_map(|place| graph.chain(place)))
            .collect();
        finding.versions = versions;
        finding.files.insert(file.to_owned());
        finding
    };
    graph.duplicates().into_iter().map(finding).collect()
}
