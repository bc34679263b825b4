//! `Cargo.lock`.

use crate::graph::{Graph, Package};
use serde::Deserialize;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// Reads it. An error has the line, if that is known.
pub(crate) fn parse(text: &str) -> Result<Graph, (Option<usize>, String)> {
    let lock: Lock = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        (line, error.message().to_owned())
    })?;
    let place = |wanted: &str| {
        // `name`, `name version` or `name version (source)`, as much as it takes to be clear.
        let mut words = wanted.splitn(3, ' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let source = words.next().map(|source| source.trim_matches(['(', ')']));
        lock.package.iter().position(|package| {
            package.name == name
                && version.is_none_or(|version| package.version == version)
                && source.is_none_or(|source| package.source.as_deref() == Some(source))
        })
    };
    let package = |locked: &Locked| Package {
        name: locked.name.clone(),
        version: locked.version.clone(),
        local: locked.source.is_none(),
        needs: locked.dependencies.iter().filter_map(|needed| place(needed)).collect(),
    };
    Ok(Graph { packages: lock.package.iter().map(package).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURED: &str = include_str!("../../tests/captured/Cargo.lock");

    #[test]
    fn packages_and_what_they_need_are_read() {
        let graph = parse(CAPTURED).unwrap();
        assert_eq!(graph.packages.iter().filter(|package| package.local).count(), 1);
        let winapi = graph.places("winapi", None).next().unwrap();
        assert_eq!(graph.chain(winapi).unwrap(), ["app 0.1.0", "ansi_term 0.12.1", "winapi 0.3.9"]);
    }

    #[test]
    fn two_versions_of_one_name_are_told_apart() {
        let text = "\
            version = 3\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\"a 2.0.0\", \"b\"]\n\
            [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\
            [[package]]\nname = \"a\"\nversion = \"2.0.0\"\nsource = \"registry+x\"\n\
            [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"git+y\"\ndependencies = [\"a 1.0.0 (registry+x)\"]\n";
        let graph = parse(text).unwrap();
        assert_eq!(graph.packages[0].needs, [2, 3]);
        assert_eq!(graph.packages[3].needs, [1]);
    }

    #[test]
    fn an_error_has_its_line() {
        let (line, reason) = parse("version = 4\n\n[[package]]\nname = \n").unwrap_err();
        assert_eq!(line, Some(4), "{reason}");
        let (line, reason) = parse("[[package]]\nname = \"a\"\nversion = 7\n").unwrap_err();
        assert_eq!(line, Some(3), "{reason}");
        assert!(reason.contains("string"), "{reason}");
    }
}
