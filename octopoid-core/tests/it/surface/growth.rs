//! Structs with public fields: one more field must not break those who use them.

use super::CRATES;
use std::path::Path;

/// Tables of the binary interface, which C programs build too; they grow at their end, and say their size.
const FIXED: [&str; 4] = [
    "octopoid_plugin::abi::OctoBuf",
    "octopoid_plugin::abi::OctoHost",
    "octopoid_plugin::abi::OctoPlugin",
    "octopoid_plugin::abi::OctoStr",
];

#[test]
fn a_struct_with_public_fields_may_grow() {
    let mut wrong = Vec::new();
    for (_, folder) in CRATES {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(folder).join("public-api.txt");
        let text = std::fs::read_to_string(&file).unwrap();
        wrong.extend(closed(&text).into_iter().filter(|name| !FIXED.contains(&name.as_str())));
    }
    assert!(
        wrong.is_empty(),
        "these structs need `#[non_exhaustive]`, and a constructor if others build them:\n{}",
        wrong.join("\n")
    );
}

/// Returns the structs of a list that anyone can build by their fields.
fn closed(text: &str) -> Vec<String> {
    let structs = text.lines().filter(|line| !line.contains("#[non_exhaustive]")).filter_map(|line| {
        let (_, definition) = line.split_once("pub struct ")?;
        let name = definition.split(['<', '(', ' ']).next()?;
        let is_closed = definition.contains("(pub ") || text.lines().any(|line| is_field(line, name));
        is_closed.then(|| name.to_owned())
    });
    structs.collect()
}

/// Returns whether a line lists a public field of a struct.
fn is_field(line: &str, of: &str) -> bool {
    let field = line.strip_prefix("pub ").and_then(|rest| rest.strip_prefix(of)?.strip_prefix("::"));
    field.and_then(|rest| rest.split_once(": ")).is_some_and(|(name, _)| !name.contains([':', '(', ' ']))
}

#[test]
fn a_struct_is_closed_by_its_public_fields_only() {
    let text = "\
#[non_exhaustive] pub struct a::Open
pub a::Open::field: u8
pub struct a::Closed<T>
pub a::Closed::field: core::option::Option<T>
pub fn a::Closed::new(T) -> Self
pub struct a::Hidden
pub fn a::Hidden::new(a: u8) -> Self
pub struct a::Tuple(pub u8)
pub struct a::Newtype(_)
pub enum a::Choice
pub a::Choice::One
pub a::Choice::One::field: u8
";
    assert_eq!(closed(text), ["a::Closed", "a::Tuple"]);
}
