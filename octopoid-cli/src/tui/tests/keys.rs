//! The keys and their commands.

use super::fixture::{Screen, changes, details, drafts, projects, reviewed, task, three, to_comment};
use crate::args::Cli;
use crate::tui::binding::{BINDINGS, Key, Verb, verb};
use crate::tui::event::{Data, Event};
use crate::tui::model::Overlay;
use clap::CommandFactory;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use octopoid_core::model::State;
use std::collections::BTreeSet;

fn pressed(key: Key) -> KeyEvent {
    KeyEvent::new(key.code, if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
}

/// What can be seen of a screen, and what it asked for.
fn seen(screen: &mut Screen) -> String {
    let cells = screen.drawn().backend().buffer().clone();
    format!("{cells:?}{:?}", screen.asked())
}

/// A screen on which every key has something to do: in the middle of a list, and of a long pane.
fn midway() -> Screen {
    let mut tasks = three();
    let mut question = task(10, "A question", State::Backlog);
    question.description = (0..80).map(|number| format!("{number} {}\n", "long ".repeat(40))).collect();
    tasks.push(question);
    let mut screen = Screen::new((100, 30), &tasks);
    screen.reads(details()).asked();
    screen
}

#[test]
fn every_key_that_the_help_lists_does_something() {
    for binding in BINDINGS {
        for key in binding.keys {
            let does = |prepare: &dyn Fn(&mut Screen)| {
                let mut screen = midway();
                prepare(&mut screen);
                screen.asked();
                let before = seen(&mut screen);
                screen.send(Event::Key(pressed(*key)));
                before != seen(&mut screen)
            };
            let states: [&dyn Fn(&mut Screen); 11] = [
                &|screen| {
                    screen.types("9").reads(projects());
                },
                &|screen| {
                    screen.types("0").reads(drafts());
                },
                &|screen| {
                    screen.types("7");
                },
                &|_| {},
                &|screen| {
                    screen.types("j");
                },
                &|screen| {
                    screen.types("G");
                },
                &|screen| {
                    screen.types("GJJ");
                },
                &|screen| {
                    screen.types("z");
                },
                &|screen| {
                    screen.types("3").reads(Data::Diff(reviewed(false))).press(KeyCode::Enter);
                    to_comment(screen);
                },
                &|screen| {
                    screen.types("3").reads(Data::Diff(reviewed(true))).press(KeyCode::Enter);
                    to_comment(screen);
                },
                &|screen| {
                    screen.types("3").reads(Data::Diff(changes(2, 3)));
                    screen.press(KeyCode::Enter).press(KeyCode::Right);
                },
            ];
            assert!(
                states.iter().any(|state| does(state)),
                "{} ({}) does nothing",
                key.name(),
                binding.about
            );
        }
    }
}

#[test]
fn no_key_has_two_meanings() {
    for binding in BINDINGS {
        for key in binding.keys {
            assert_eq!(verb(pressed(*key)), Some(binding.verb), "{}", key.name());
        }
    }
    // A verb that is listed twice means the same key, at the cursor of a pane.
    for (at, binding) in BINDINGS.iter().enumerate() {
        let others = BINDINGS[..at].iter().filter(|other| other.verb == binding.verb);
        for other in others {
            assert_eq!(other.keys, binding.keys, "{}", binding.about);
            assert!(other.section.is_at_cursor() || binding.section.is_at_cursor(), "{}", binding.about);
        }
    }
}

/// The commands that are about one task, by their arguments.
fn commands_about_a_task() -> BTreeSet<String> {
    let cli = Cli::command();
    let takes_task = |command: &&clap::Command| {
        command.get_positionals().next().is_some_and(|argument| argument.get_id() == "id")
            && !command.is_hide_set()
    };
    cli.get_subcommands().filter(takes_task).map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn every_command_about_a_task_has_a_key() {
    let commands = commands_about_a_task();
    assert!(commands.contains("approve") && commands.contains("logs"), "{commands:?}");
    for command in commands {
        let has = |text: &str| text.split(' ').next() == Some(&*command);
        assert!(
            BINDINGS.iter().any(|binding| binding.command.is_some_and(has)),
            "no key does what `octopoid {command}` does"
        );
    }
}

#[test]
fn every_command_that_a_key_names_is_one() {
    for binding in BINDINGS {
        let Some(command) = binding.command else { continue };
        let words = command.split(' ').map(|word| match word {
            "ID" => "task-1",
            "N" | "DRAFT" => "1",
            "MACHINE" => "local-1",
            "PROJECT" => "index",
            "QUEUE" => "done",
            word => word,
        });
        let parsed = <Cli as clap::Parser>::try_parse_from(std::iter::once("octopoid").chain(words));
        assert!(parsed.is_ok(), "{command}: {:?}", parsed.err());
    }
}

#[test]
fn every_command_that_a_prompt_names_is_one() {
    for verb in
        [Verb::Approve, Verb::Reject, Verb::Retry, Verb::Cancel, Verb::Force, Verb::Comment, Verb::Tell]
    {
        let mut screen = midway();
        let binding = BINDINGS.iter().find(|binding| binding.verb == verb).unwrap();
        screen.send(Event::Key(pressed(binding.keys[0])));
        let Overlay::Prompt(prompt) = &screen.model.overlay else { panic!("{verb:?}") };
        let words: Vec<_> = prompt.command.split(' ').collect();
        let words = words.into_iter().map(|word| if word == "QUEUE" { "done" } else { word });
        assert!(<Cli as clap::Parser>::try_parse_from(words).is_ok(), "{}", prompt.command);
    }
}
