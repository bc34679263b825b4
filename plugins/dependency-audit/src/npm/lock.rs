//! `package-lock.json`, of npm 5 and later.

use crate::graph::{Graph, Package};
use octopoid_plugin::serde_json::{self, Value};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the file says, and which folder each package is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NpmLock {
    pub(crate) graph: Graph,
    /// Places in the graph by folders such as `node_modules/a/node_modules/b`.
    pub(crate) folders: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct File {
    /// Without it, it is another JSON file.
    #[serde(rename = "lockfileVersion")]
    _version: u32,
    #[serde(default)]
    name: String,
    /// Since npm 7: every package, by its folder.
    #[serde(default)]
    packages: Option<BTreeMap<String, Entry>>,
    /// Up to npm 6: packages in packages.
    #[serde(default)]
    dependencies: BTreeMap<String, Nested>,
}

type Names = BTreeMap<String, Value>;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    name: Option<String>,
    version: String,
    resolved: Option<String>,
    link: bool,
    dependencies: Names,
    dev_dependencies: Names,
    optional_dependencies: Names,
    peer_dependencies: Names,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Nested {
    version: String,
    requires: Value,
    dependencies: BTreeMap<String, Nested>,
}

/// Reads it. An error has the line, if that is known.
pub(crate) fn parse(text: &str) -> Result<NpmLock, (Option<usize>, String)> {
    let file: File = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        let reason = words.split(" at line ").next().unwrap_or(&words).to_owned();
        (Some(error.line()).filter(|line| *line > 0), reason)
    })?;
    let entries = file.packages.unwrap_or_else(|| flat(file.name, file.dependencies));
    let mut lock = NpmLock::default();
    for (folder, entry) in entries.iter().filter(|(_, entry)| !entry.link) {
        let last = folder.rsplit_once("node_modules/").map(|(_, name)| name);
        let package = Package {
            name: entry.name.clone().unwrap_or_else(|| last.unwrap_or(folder).to_owned()),
            version: entry.version.clone(),
            local: last.is_none(),
            needs: Vec::new(),
        };
        lock.folders.insert(folder.clone(), lock.graph.packages.len());
        lock.graph.packages.push(package);
    }
    // A link leads to a package of the repository itself.
    for (folder, entry) in entries.iter().filter(|(_, entry)| entry.link) {
        if let Some(place) = entry.resolved.as_ref().and_then(|resolved| lock.folders.get(resolved)).copied()
        {
            lock.folders.insert(folder.clone(), place);
        }
    }
    for (folder, entry) in &entries {
        let Some(place) = lock.folders.get(folder).copied().filter(|_| !entry.link) else { continue };
        let needed = [
            &entry.dependencies,
            &entry.dev_dependencies,
            &entry.optional_dependencies,
            &entry.peer_dependencies,
        ];
        let names: BTreeSet<&String> = needed.into_iter().flat_map(BTreeMap::keys).collect();
        lock.graph.packages[place].needs =
            names.into_iter().filter_map(|name| resolve(&lock.folders, folder, name)).collect();
    }
    Ok(lock)
}

/// The package that a name means in a folder: the nearest one, from that folder upwards.
fn resolve(folders: &BTreeMap<String, usize>, folder: &str, name: &str) -> Option<usize> {
    let mut at = folder;
    loop {
        let path =
            if at.is_empty() { format!("node_modules/{name}") } else { format!("{at}/node_modules/{name}") };
        if let Some(place) = folders.get(&path) {
            return Some(*place);
        }
        if at.is_empty() {
            return None;
        }
        at = at.rfind("node_modules/").map_or("", |inner| at[..inner].trim_end_matches('/'));
    }
}

/// The packages of the older form, by their folders. What the repository itself needs is not in it: whatever nobody
/// else needs is taken for that.
fn flat(name: String, dependencies: BTreeMap<String, Nested>) -> BTreeMap<String, Entry> {
    fn walk(above: &str, dependencies: BTreeMap<String, Nested>, found: &mut BTreeMap<String, Entry>) {
        for (name, nested) in dependencies {
            let folder = if above.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{above}/node_modules/{name}")
            };
            let requires = nested.requires.as_object().cloned().unwrap_or_default();
            let entry = Entry {
                version: nested.version,
                dependencies: requires.into_iter().collect(),
                ..Entry::default()
            };
            walk(&folder, nested.dependencies, found);
            found.insert(folder, entry);
        }
    }
    let mut found = BTreeMap::new();
    walk("", dependencies, &mut found);
    let required: BTreeSet<String> =
        found.values().flat_map(|entry| entry.dependencies.keys().cloned()).collect();
    let top = |folder: &String| {
        folder.strip_prefix("node_modules/").filter(|name| !name.contains("node_modules/")).map(str::to_owned)
    };
    let own: Names = found
        .keys()
        .filter_map(top)
        .filter(|name| !required.contains(name))
        .map(|name| (name, Value::Null))
        .collect();
    found.insert(String::new(), Entry { name: Some(name), dependencies: own, ..Entry::default() });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_what_they_need_are_read() {
        let lock = parse(include_str!("../../tests/captured/package-lock.json")).unwrap();
        let chain = |folder: &str| lock.graph.chain(lock.folders[folder]).unwrap();
        assert_eq!(chain("node_modules/minimist"), ["shop 1.0.0", "mkdirp 0.5.1", "minimist 0.0.8"]);
        assert_eq!(chain("node_modules/lodash"), ["shop 1.0.0", "lodash 4.17.15"]);
        assert!(lock.graph.foreign() > 50);
    }

    #[test]
    fn the_nearest_package_is_meant_and_links_lead_home() {
        let lock = parse(
            r#"{"lockfileVersion": 3, "packages": {
                "": {"name": "top", "dependencies": {"a": "1", "own": "*"}},
                "own": {"name": "own", "version": "0.1.0", "dependencies": {"b": "2"}},
                "node_modules/own": {"resolved": "own", "link": true},
                "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1", "@s/c": "1"}},
                "node_modules/a/node_modules/b": {"version": "1.0.0", "optionalDependencies": {"gone": "1"}},
                "node_modules/b": {"version": "2.0.0"},
                "node_modules/@s/c": {"version": "1.0.0"}
            }}"#,
        )
        .unwrap();
        let chain = |folder: &str| lock.graph.chain(lock.folders[folder]).unwrap();
        assert_eq!(chain("node_modules/a/node_modules/b"), ["top", "a 1.0.0", "b 1.0.0"]);
        assert_eq!(chain("node_modules/b"), ["own 0.1.0", "b 2.0.0"]);
        assert_eq!(chain("node_modules/@s/c"), ["top", "a 1.0.0", "@s/c 1.0.0"]);
        assert_eq!(lock.graph.duplicates().len(), 1);
    }

    #[test]
    fn the_older_form_is_read_too() {
        let lock = parse(
            r#"{"name": "shop", "version": "1.0.0", "lockfileVersion": 1, "requires": true, "dependencies": {
                "mkdirp": {"version": "0.5.1", "requires": {"minimist": "0.0.8"},
                           "dependencies": {"minimist": {"version": "0.0.8"}}},
                "left-pad": {"version": "1.0.0", "requires": false}
            }}"#,
        )
        .unwrap();
        let minimist = lock.folders["node_modules/mkdirp/node_modules/minimist"];
        assert_eq!(lock.graph.chain(minimist).unwrap(), ["shop", "mkdirp 0.5.1", "minimist 0.0.8"]);
        assert_eq!(lock.graph.foreign(), 3);
    }

    #[test]
    fn an_error_has_its_line() {
        let (line, reason) = parse("{\n \"packages\": {\n  \"\": 7\n }\n}").unwrap_err();
        assert_eq!(line, Some(3), "{reason}");
        assert!(!reason.contains("line"), "{reason}");
    }
}
