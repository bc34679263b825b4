//! What a lock file says: packages, and which of them need which.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Whether it is of the repository itself.
    pub(crate) local: bool,
    /// The places of the packages that it needs.
    pub(crate) needs: Vec<usize>,
}

/// All packages of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    pub(crate) packages: Vec<Package>,
}

impl Graph {
    /// How many packages are of others.
    pub(crate) fn foreign(&self) -> usize {
        self.packages.iter().filter(|package| !package.local).count()
    }

    /// The places of a package, of one version or of any.
    pub(crate) fn places<'a>(
        &'a self,
        name: &'a str,
        version: Option<&'a str>,
    ) -> impl Iterator<Item = usize> + 'a {
        let is_it = move |package: &Package| {
            package.name == name && version.is_none_or(|version| package.version == version)
        };
        self.packages.iter().enumerate().filter(move |(_, package)| is_it(package)).map(|(place, _)| place)
    }

    /// The shortest way from a package of the repository to one of others, both included, as `name version`.
    pub(crate) fn chain(&self, target: usize) -> Option<Vec<String>> {
        let mut from: BTreeMap<usize, Option<usize>> = self
            .packages
            .iter()
            .enumerate()
            .filter(|(_, package)| package.local)
            .map(|(place, _)| (place, None))
            .collect();
        let mut next: VecDeque<usize> = from.keys().copied().collect();
        while let Some(place) = next.pop_front() {
            if place == target {
                break;
            }
            for &needed in self.packages.get(place).map(|package| &package.needs).into_iter().flatten() {
                from.entry(needed).or_insert_with(|| {
                    next.push_back(needed);
                    Some(place)
                });
            }
        }
        let mut chain = Vec::new();
        let mut at = Some(target).filter(|target| from.contains_key(target));
        while let Some(place) = at {
            let package = self.packages.get(place)?;
            chain.push(format!("{} {}", package.name, package.version).trim_end().to_owned());
            at = from.get(&place).copied().flatten();
        }
        chain.reverse();
        Some(chain).filter(|chain| !chain.is_empty())
    }

    /// Names of others that are there in several major versions, with their versions.
    pub(crate) fn duplicates(&self) -> Vec<(String, BTreeSet<String>)> {
        let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for package in self.packages.iter().filter(|package| !package.local) {
            versions.entry(&package.name).or_default().insert(&package.version);
        }
        let owned = |versions: BTreeSet<&str>| versions.into_iter().map(str::to_owned).collect();
        versions
            .into_iter()
            .filter(|(_, versions)| {
                versions.iter().map(|version| major(version)).collect::<BTreeSet<_>>().len() > 1
            })
            .map(|(name, versions)| (name.to_owned(), owned(versions)))
            .collect()
    }
}

/// The part of a version that two compatible ones share: `1` of `1.2.3`, `0.4` of `0.4.2`.
fn major(version: &str) -> String {
    let parts: Vec<_> = version.split('.').collect();
    let significant = parts.iter().position(|part| *part != "0").map_or(parts.len(), |first| first + 1);
    parts[..significant].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(packages: &[(&str, &str, bool, &[usize])]) -> Graph {
        let package = |(name, version, local, needs): &(&str, &str, bool, &[usize])| Package {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            local: *local,
            needs: needs.to_vec(),
        };
        Graph { packages: packages.iter().map(package).collect() }
    }

    #[test]
    fn the_shortest_chain_is_found_and_circles_end() {
        let graph = graph(&[
            ("app", "1.0.0", true, &[1]),
            ("a", "1.0.0", false, &[2, 0]),
            ("b", "1.0.0", false, &[1]),
            ("cli", "1.0.0", true, &[2]),
            ("lost", "1.0.0", false, &[2]),
        ]);
        assert_eq!(graph.chain(2).unwrap(), ["cli 1.0.0", "b 1.0.0"]);
        assert_eq!(graph.chain(1).unwrap(), ["app 1.0.0", "a 1.0.0"]);
        assert_eq!(graph.chain(4), None);
        assert_eq!(graph.foreign(), 3);
    }

    #[test]
    fn compatible_versions_are_no_duplicates() {
        let of = |versions: &[&str]| {
            let packages: Vec<_> =
                versions.iter().map(|version| ("a", *version, false, &[] as &[usize])).collect();
            graph(&packages).duplicates().len()
        };
        assert_eq!(of(&["1.0.0", "1.2.0"]), 0);
        assert_eq!(of(&["1.0.0", "2.0.0"]), 1);
        assert_eq!(of(&["0.4.1", "0.4.2"]), 0);
        assert_eq!(of(&["0.4.1", "0.5.0"]), 1);
        assert_eq!(of(&["0.0.1", "0.0.2"]), 1);
    }
}
