//! The loop: an event changes the model, its effects are carried out, and the screen is drawn.

mod acting;

use super::actions::Action;
use super::defect::defect;
use super::desk::Desk;
use super::event::{Effect, Event, Written};
use super::model::{Model, Overlay};
use super::reader::Reading;
use super::screen::Screen;
use super::theme::Theme;
use super::{feed, view};
use crate::args::Cli;
use crate::commands;
use crate::commands::edit::task_in_editor;
use crate::error::{CliError, IoContext, Result};
use crate::terminal;
use acting::act;
use clap::Parser;
use crossterm::event::{Event as Input, EventStream, KeyEventKind};
use futures_util::StreamExt;
use nix::sys::signal::{Signal as Stop, raise};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::TaskId;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Ages change by the minute.
const TICK: Duration = Duration::from_secs(30);
/// Events that may wait for the screen.
const QUEUED: usize = 64;

/// Shows the desk until the person leaves.
///
/// # Errors
/// There is no terminal, or it cannot be used; the part that follows the queue has ended by a defect.
pub(crate) async fn run(desk: Desk, theme: Theme) -> Result<()> {
    let screen = Screen::open()?;
    let size = screen.terminal.size().doing("read the size of the terminal")?;
    let model = Model::new(theme, (size.width, size.height), SystemClock.now());
    let (sender, events) = mpsc::channel(QUEUED);
    let (refresh, wanted) = mpsc::channel(1);
    let desk = Arc::new(desk);
    let feed = tokio::spawn(feed::follow(desk.clone(), sender.clone(), wanted));
    let (actions, to_do) = mpsc::unbounded_channel();
    let acting = JoinSet::from_iter([act(desk.clone(), to_do, sender.clone())]);
    let session = Session { desk, screen, model, sender, refresh, reading: None, actions, _acting: acting };
    session.follow(events, feed).await
}

struct Session {
    desk: Arc<Desk>,
    screen: Screen,
    model: Model,
    sender: mpsc::Sender<Event>,
    refresh: mpsc::Sender<()>,
    /// Reads what the pane shows.
    reading: Option<Reading>,
    /// Actions, each carried out when the one before is over: keys that are pressed fast mean the same as slow ones.
    actions: mpsc::UnboundedSender<(Action, u64)>,
    _acting: JoinSet<()>,
}

/// What is to become of the loop.
#[derive(Debug)]
enum Next {
    GoOn,
    /// Another program gets the terminal for a while.
    Lend(Lent),
    End,
}

/// What the terminal is lent to.
#[derive(Debug)]
enum Lent {
    Shell,
    /// An editor, with a text.
    Editor(Written, String),
    /// An editor, with a task.
    Task(TaskId),
    /// A command of ours.
    Command(Vec<String>),
}

impl Session {
    async fn follow(mut self, mut events: mpsc::Receiver<Event>, mut feed: JoinHandle<()>) -> Result<()> {
        let mut signals = Signals::new().doing("listen to signals")?;
        let mut tick = tokio::time::interval(TICK);
        let mut input = EventStream::new();
        loop {
            self.draw()?;
            let event = tokio::select! {
                pressed = input.next() => match pressed {
                    Some(Ok(input)) => of_input(input),
                    // The terminal is gone.
                    Some(Err(_)) | None => return Ok(()),
                },
                event = events.recv() => event,
                _ = tick.tick() => Some(Event::Tick(SystemClock.now())),
                () = signals.end() => return Ok(()),
                ended = &mut feed => {
                    let why = ended.err().map_or_else(String::new, |error| format!(": {error}"));
                    return Err(CliError::failure(format!("following the queue ended by a defect{why}")));
                }
            };
            let Some(event) = event else { continue };
            let mut effects = VecDeque::from(self.model.update(event));
            while let Some(effect) = effects.pop_front() {
                match self.carry_out(effect)? {
                    Next::GoOn => {}
                    Next::Lend(lent) => {
                        // The keys belong to the other program meanwhile.
                        drop(input);
                        effects.extend(self.lend(lent).await?);
                        input = EventStream::new();
                    }
                    Next::End => return Ok(()),
                }
            }
        }
    }

    fn draw(&mut self) -> Result<()> {
        if matches!(self.model.overlay, Overlay::Help { .. }) {
            defect("draw", &self.desk.context);
        }
        // The terminal may have another size before it says so.
        let size = self.screen.terminal.size().doing("read the size of the terminal")?;
        if (size.width, size.height) != self.model.size {
            self.model.update(Event::Resize(size.width, size.height));
        }
        let model = &self.model;
        self.screen.terminal.draw(|frame| view::draw(model, frame)).map(|_| ()).doing("draw the screen")
    }

    fn carry_out(&mut self, effect: Effect) -> Result<Next> {
        match effect {
            Effect::Quit => return Ok(Next::End),
            Effect::Suspend => return Ok(Next::Lend(Lent::Shell)),
            Effect::Edit(written, text) => return Ok(Next::Lend(Lent::Editor(written, text))),
            Effect::EditTask(task) => return Ok(Next::Lend(Lent::Task(task))),
            Effect::Run(words) => return Ok(Next::Lend(Lent::Command(words))),
            Effect::Repaint => self.screen.repaint()?,
            // One reading that is still to come shows it all.
            Effect::Refresh => {
                let _ = self.refresh.try_send(());
            }
            Effect::Load(wanted) => {
                if !self.reading.as_ref().is_some_and(|reading| reading.again(&wanted)) {
                    // What was read before is given up first.
                    self.reading = None;
                    self.reading = Some(Reading::start(self.desk.clone(), wanted, self.sender.clone()));
                }
            }
            Effect::Act(action, number) => {
                self.actions
                    .send((*action, number))
                    .map_err(|_| CliError::failure("carrying out what was decided ended by a defect"))?;
            }
            Effect::Bell => {
                let mut out = std::io::stdout();
                // Without a bell nothing is lost.
                let _ = out.write_all(b"\x07").and_then(|()| out.flush());
            }
        }
        Ok(Next::GoOn)
    }
}

impl Session {
    /// Gives the terminal away, and takes it back.
    async fn lend(&mut self, lent: Lent) -> Result<Vec<Effect>> {
        self.screen.leave();
        let event = match lent {
            // The shell takes the terminal from here on, and gives it back with `fg`.
            Lent::Shell => {
                raise(Stop::SIGSTOP)
                    .map_err(|error| CliError::failure(format!("cannot stop this process: {error}")))?;
                None
            }
            Lent::Editor(written, text) => {
                let context = &self.desk.context;
                let edited = tokio::task::block_in_place(|| terminal::edit(&text, ".md", context));
                Some(edited.map_or_else(failed, |edited| Event::Edited(written, edited.text)))
            }
            Lent::Task(task) => {
                let edited = self.edit(&task).await;
                Some(edited.map_or_else(failed, |text| Event::Done { text, number: None }))
            }
            Lent::Command(words) => Some(self.run(&words).await),
        };
        self.screen.enter()?;
        let size = self.screen.terminal.size().doing("read the size of the terminal")?;
        let known = [Event::Tick(SystemClock.now()), Event::Resize(size.width, size.height)];
        let events = known.into_iter().chain(event);
        let effects = events.flat_map(|event| self.model.update(event)).collect();
        let _ = self.refresh.try_send(());
        Ok(effects)
    }

    /// Lets a task be edited as it is now.
    async fn edit(&self, task: &TaskId) -> Result<String> {
        let desk = &self.desk;
        let task = desk.store.task(&desk.scope, task).await?;
        task_in_editor(&*desk.store, desk.installation.as_ref(), &task, &desk.context).await
    }

    /// Runs a command of ours as if it was typed.
    async fn run(&self, words: &[String]) -> Event {
        let line = std::iter::once("octopoid").chain(words.iter().map(String::as_str));
        let said = match Cli::try_parse_from(line) {
            // The dashboard is such a command itself.
            Ok(cli) => Box::pin(commands::run(cli.command, self.desk.context.clone())).await,
            Err(error) => Err(CliError::usage(error.to_string())),
        };
        let done = || format!("back from `octopoid {}`", words.join(" "));
        said.map_or_else(failed, |()| Event::Done { text: done(), number: None })
    }
}

fn failed(error: CliError) -> Event {
    Event::Failed { message: error.message, hint: error.hint, number: None }
}

fn of_input(input: Input) -> Option<Event> {
    match input {
        // Some terminals also report when a key is let go.
        Input::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        Input::Key(_) | Input::FocusGained | Input::FocusLost | Input::Mouse(_) => None,
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Resize(width, height) => Some(Event::Resize(width, height)),
    }
}

/// The signals that end the screen; Ctrl-C is a key here.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn end(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
