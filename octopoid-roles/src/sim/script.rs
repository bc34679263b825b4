//! The script: the lines of a task's description that are for the sim agent.

use super::directive::Directive;

/// The call that lines are selected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment<'a> {
    pub(super) role: &'a str,
    /// The round, from 1; a rejection begins the next.
    pub(super) round: u32,
    /// The number of the run among all runs of the task.
    pub(super) run: u32,
    /// Whether the work is to resolve a conflict: then only lines for this round hold.
    pub(super) conflict: bool,
}

/// Returns the directives of a description for a call, in order.
///
/// # Errors
/// The first invalid line, and why it is.
pub(super) fn directives(description: &str, moment: Moment<'_>) -> Result<Vec<Directive>, String> {
    let mut chosen = Vec::new();
    for line in description.lines() {
        let Some(rest) = line.trim().strip_prefix("sim") else { continue };
        let Some((who, what)) = rest.split_once(':') else { continue };
        if !(who.is_empty() || who.starts_with(' ')) {
            continue;
        }
        let directive = Directive::parse(what).map_err(|error| format!("`{}`: {error}", line.trim()))?;
        if holds(who, moment) {
            chosen.push(directive);
        }
    }
    Ok(chosen)
}

fn holds(who: &str, moment: Moment<'_>) -> bool {
    let mut role = None;
    let mut time = None;
    for word in who.split_whitespace() {
        let is_time = word.trim_start_matches('@').bytes().all(|byte| byte.is_ascii_digit());
        *(if is_time { &mut time } else { &mut role }) = Some(word);
    }
    let right_role = role.map_or(moment.role != "review", |role| role == moment.role);
    let right_time = match time {
        None => !moment.conflict,
        Some(time) => match time.strip_prefix('@') {
            Some(run) => run.parse() == Ok(moment.run),
            None => time.parse() == Ok(moment.round),
        },
    };
    right_role && right_time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(description: &str, role: &str, round: u32, run: u32) -> Vec<String> {
        let moment = Moment { role, round, run, conflict: false };
        let says = directives(description, moment).unwrap().into_iter().map(|directive| match directive {
            Directive::Say(text) => text,
            other => panic!("{other:?}"),
        });
        says.collect()
    }

    #[test]
    fn lines_hold_for_their_role_and_round() {
        let text = "Do it.\nsim: say a\n  sim review 1: say b\nsim implement 2: say c\nsim @3: say d\nsimple: say e\n";
        assert_eq!(said(text, "implement", 1, 1), ["a"]);
        assert_eq!(said(text, "review", 1, 2), ["b"]);
        assert_eq!(said(text, "implement", 2, 3), ["a", "c", "d"]);
        assert!(said(text, "review", 2, 4).is_empty());
    }

    #[test]
    fn a_wrong_line_is_an_error_not_a_default() {
        let moment = Moment { role: "implement", round: 1, run: 1, conflict: false };
        assert!(directives("sim: comit x", moment).unwrap_err().contains("there is no `sim: comit`"));
        assert!(directives("sim: exit now", moment).is_err());
    }
}
