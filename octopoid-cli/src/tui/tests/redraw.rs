//! What a redraw costs.

use super::fixture::{Screen, many, snapshot, task};
use crate::tui::event::{Data, Log};
use crate::tui::view;
use octopoid_core::model::State;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::{Duration, Instant};

#[test]
fn a_redraw_makes_as_many_lines_as_the_screen_has_whatever_the_number_of_tasks() {
    let screen = Screen::new((100, 30), &many());
    let height = screen.model.list_height();
    assert!(screen.model.list.items.len() >= 500);
    assert!(screen.model.list.visible(height).count() <= height);
    let few: Vec<_> = (1..=50).map(|number| task(number, "A task", State::Incoming)).collect();
    let count = |tasks: &[_]| Screen::new((100, 30), tasks).model.list.visible(height).count();
    assert_eq!(count(&few), count(&few.iter().cloned().cycle().take(50).collect::<Vec<_>>()));
}

#[test]
fn a_redraw_makes_as_many_lines_of_a_log_as_the_screen_has() {
    let mut screen = Screen::new((100, 30), &many());
    let lines = (0..20_000).map(|number| format!("line {number}")).collect();
    let log = Log { attempt: Some((1, lines)), attempts: vec![1], summary: Vec::new(), is_cut: false };
    screen.types("2").reads(Data::Log(log));
    let height = screen.model.pane_height();
    assert!(screen.model.pane.len() >= 20_000);
    assert_eq!(screen.model.pane.visible(height).count(), height);
    screen.shows("line 19999");
}

/// Run by `cargo test --release -p octopoid-cli --bin octopoid redraw -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn measure_redraws_of_500_tasks() {
    const TIMES: u32 = 200;
    let tasks = many();
    for size in [(80, 24), (200, 60)] {
        let mut screen = Screen::new(size, &tasks);
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let (mut news, mut draw) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..TIMES {
            let snapshot = snapshot(&tasks);
            let begin = Instant::now();
            screen.knows(snapshot);
            news += begin.elapsed();
            let begin = Instant::now();
            terminal.draw(|frame| view::draw(&screen.model, frame)).unwrap();
            draw += begin.elapsed();
        }
        eprintln!("{size:?}: {:?} to take up a snapshot, {:?} to draw", news / TIMES, draw / TIMES);
    }
}
