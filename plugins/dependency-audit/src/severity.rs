//! The severity of an advisory.

use serde::Deserialize;

/// The severity of an advisory, lowest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// No vulnerability: unmaintained, unsound, yanked.
    #[default]
    Info,
    /// A CVSS score below 4.
    Low,
    /// A CVSS score from 4.
    #[serde(alias = "medium")]
    Moderate,
    /// A CVSS score from 7.
    High,
    /// A CVSS score from 9.
    Critical,
}

impl Severity {
    /// The word in settings and texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// From a vector such as `CVSS:3.1/AV:N/…`; none for one that is not understood.
    pub(crate) fn of_vector(vector: &str) -> Option<Self> {
        let vector: cvss::Cvss = vector.parse().ok()?;
        Some(match vector.severity() {
            cvss::Severity::None => Self::Info,
            cvss::Severity::Low => Self::Low,
            cvss::Severity::Medium => Self::Moderate,
            cvss::Severity::High => Self::High,
            cvss::Severity::Critical => Self::Critical,
        })
    }

    /// From the word of a tool.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Info, Self::Low, Self::Moderate, Self::High, Self::Critical];
        all.into_iter().find(|severity| severity.as_str().eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_every_version_are_understood() {
        for (vector, severity) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Severity::Critical)),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Some(Severity::High)),
            ("CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N", Some(Severity::Low)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", Some(Severity::Moderate)),
            ("CVSS:9.0/AV:N", None),
            ("", None),
        ] {
            assert_eq!(Severity::of_vector(vector), severity, "{vector}");
        }
    }
}
