//! The outcomes that a role's agent may report: the standard ones, or the role's own words for them.

use octopoid_core::model::OutcomeKind;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// An outcome that an agent may report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutcomeWord {
    /// The word that the agent uses.
    pub word: String,
    /// The standard outcome that it means.
    pub means: OutcomeKind,
    /// The description for the agent: when to use it.
    pub description: Option<String>,
}

/// The outcomes of a role, in the order of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcomes(Vec<OutcomeWord>);

impl Outcomes {
    pub(super) fn words(&self) -> &[OutcomeWord] {
        &self.0
    }

    pub(super) fn named(&self, word: &str) -> Option<&OutcomeWord> {
        self.0.iter().find(|known| known.word == word)
    }

    pub(super) fn may_be(&self, kind: OutcomeKind) -> bool {
        self.0.iter().any(|known| known.means == kind)
    }

    /// Returns the words, for a message.
    pub(super) fn listed(&self) -> String {
        self.0.iter().map(|known| known.word.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(All)
    }
}

/// The longest word, in characters.
const LONGEST: usize = 40;

fn reportable() -> String {
    OutcomeKind::REPORTABLE.map(OutcomeKind::as_str).join(", ")
}

/// An outcome as it is read. An invalid word is refused where it is read, so that the error has its line.
fn kind<E: Error>(text: &str) -> Result<OutcomeKind, E> {
    let kind = OutcomeKind::deserialize(StrDeserializer::<E>::new(text))?;
    if !OutcomeKind::REPORTABLE.contains(&kind) {
        return Err(E::custom(format!("an agent cannot report `{kind}`; use some of {}", reportable())));
    }
    Ok(kind)
}

/// The visitor of the whole field: a list, or a mapping.
struct All;

impl<'de> Visitor<'de> for All {
    type Value = Outcomes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a list of outcomes such as `[submitted, failed]`, or words with what each means such as `{ good: approved }`",
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Outcomes, A::Error> {
        let mut all = Vec::new();
        while let Some(word) = items.next_element_seed(NewWord { before: &all, standard: true })? {
            let means = kind(&word)?;
            all.push(OutcomeWord { word, means, description: None });
        }
        filled(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Outcomes, A::Error> {
        let mut all = Vec::new();
        while let Some(word) = entries.next_key_seed(NewWord { before: &all, standard: false })? {
            let Meaning { means, description } = entries.next_value()?;
            all.push(OutcomeWord { word, means, description });
        }
        filled(all)
    }
}

fn filled<E: Error>(all: Vec<OutcomeWord>) -> Result<Outcomes, E> {
    if all.is_empty() {
        return Err(E::custom(format!("`outcomes` is empty; name at least one of {}", reportable())));
    }
    Ok(Outcomes(all))
}

/// The seed of a word that must not be there yet.
struct NewWord<'a> {
    before: &'a [OutcomeWord],
    /// Whether it must be a standard outcome itself.
    standard: bool,
}

impl<'de> DeserializeSeed<'de> for NewWord<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for NewWord<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.standard { "an outcome" } else { "a word for an outcome" })
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<String, E> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.standard {
            kind::<E>(word)?;
        } else if word.is_empty() || word.len() > LONGEST || !word.chars().all(fits) {
            let word: String = word.chars().take(LONGEST).collect();
            return Err(E::custom(format!(
                "{word:?} cannot be the word for an outcome: use 1 to {LONGEST} letters, digits, `_` and `-`"
            )));
        }
        if self.before.iter().any(|known| known.word == word) {
            return Err(E::custom(format!("`{word}` is there twice; keep one of the two")));
        }
        Ok(word.to_owned())
    }
}

/// The meaning of a word: an outcome, or `{ means: …, description: … }`.
struct Meaning {
    means: OutcomeKind,
    description: Option<String>,
}

impl<'de> Deserialize<'de> for Meaning {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneMeaning)
    }
}

struct OneMeaning;

impl<'de> Visitor<'de> for OneMeaning {
    type Value = Meaning;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}, or `{{ means: …, description: … }}`", reportable())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Meaning, E> {
        Ok(Meaning { means: kind(text)?, description: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Meaning, A::Error> {
        let explained = Explained::deserialize(MapAccessDeserializer::new(entries))?;
        let description = explained.description.map(|text| text.trim().to_owned());
        Ok(Meaning { means: explained.means, description: description.filter(|text| !text.is_empty()) })
    }
}

/// The long form of a meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    #[serde(deserialize_with = "reported")]
    means: OutcomeKind,
    description: Option<String>,
}

fn reported<'de, D: Deserializer<'de>>(from: D) -> Result<OutcomeKind, D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = OutcomeKind;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "one of {}", reportable())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<OutcomeKind, E> {
            kind(text)
        }
    }

    from.deserialize_str(Text)
}
