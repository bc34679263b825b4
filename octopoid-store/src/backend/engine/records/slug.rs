//! Slugs.

/// Longest name, in characters.
const LONGEST: usize = 60;

/// Returns a title as a slug: lower-case letters and digits of ASCII, with hyphens between.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "untitled".to_owned() } else { slug.to_owned() }
}

/// Returns the first of `name`, `name-2`, `name-3`, … that is free.
pub(super) fn free<E>(name: &str, taken: impl Fn(&str) -> Result<bool, E>) -> Result<String, E> {
    let mut candidate = name.to_owned();
    let mut number = 2_u64;
    while taken(&candidate)? {
        candidate = format!("{name}-{number}");
        number += 1;
    }
    Ok(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, name) in [
            ("Add a greeting", "add-a-greeting"),
            ("  --Hello, World!--  ", "hello-world"),
            ("Ünïcode", "n-code"),
            ("日本", "untitled"),
            ("", "untitled"),
        ] {
            assert_eq!(slug(title), name, "{title}");
        }
        assert!(slug(&"x y ".repeat(100)).len() <= LONGEST);
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = |name: &str| Ok::<_, ()>(["a", "a-2"].contains(&name));
        assert_eq!(free("a", taken), Ok("a-3".to_owned()));
        assert_eq!(free("b", taken), Ok("b".to_owned()));
    }
}
