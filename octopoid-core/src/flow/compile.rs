//! Validation of flow files: whatever could leave a task stuck is refused before any task follows the flow.

use super::file::{FlowCondition, FlowFile, FlowStep, FlowTransition};
use super::{Flow, OwnState, Script, Stage, StepKind};
use crate::model::{Gates, Queue, Quorum, RoleName, StateName};
use crate::transition::Purpose;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Roles and steps that a flow may refer to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Known {
    /// Existing roles, with the purpose for which they claim tasks.
    pub roles: BTreeMap<RoleName, Purpose>,
    /// Names of the steps that the embedding program has registered.
    pub steps: BTreeSet<String>,
}

impl Known {
    /// Adds the roles of agents, each with what it claims tasks for.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = (RoleName, Purpose)>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// Adds the names of steps of the embedding program.
    #[must_use]
    pub fn with_steps<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.steps.extend(names.into_iter().map(Into::into));
        self
    }
}

/// Location in a flow file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// List of transitions.
    Transitions,
    /// Transition, by its index from 0.
    Transition(usize),
    /// Value of a transition, by the transition's index and the key.
    Key(usize, &'static str),
    /// Item of a list of a transition: the transition's index, the list's key and the item's index from 0.
    Item(usize, &'static str, usize),
}

/// Problem of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowProblem {
    /// Location.
    pub place: Place,
    /// Description of the problem.
    pub problem: String,
    /// Action that fixes it.
    pub fix: String,
}

/// Part of the flow that a transition belongs to, which determines what can happen on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Transition `claimed` → `provisional`.
    HandIn,
    /// Transition to another state in which work is reviewed, or worked on by another role.
    Between,
    /// Transition to a state that no transition leaves. That is the problem; what may happen on it depends on what was meant.
    Nowhere,
    /// Transition to `done`, before `merge`.
    BeforeMerge,
    /// Transition to `done`, after `merge`.
    AfterMerge,
}

impl FlowFile {
    /// Validates the flow.
    ///
    /// # Errors
    /// All problems of the flow, except those that only follow from another one and would disappear with it.
    pub fn compile(&self, known: &Known) -> Result<Flow, Vec<FlowProblem>> {
        let mut compiler = Compiler { file: self, known, problems: Vec::new(), unclear: false };
        let flow = compiler.flow();
        if compiler.problems.is_empty() { Ok(flow) } else { Err(compiler.problems) }
    }
}

struct Compiler<'a> {
    file: &'a FlowFile,
    known: &'a Known,
    problems: Vec<FlowProblem>,
    /// Whether a transition was left out because its states are wrong, so that reachability of the others cannot be judged.
    unclear: bool,
}

/// State that a flow may name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Incoming,
    Claimed,
    Provisional,
    Own(StateName),
    Done,
}

impl Compiler<'_> {
    fn add(&mut self, place: Place, problem: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(FlowProblem { place, problem: problem.into(), fix: fix.into() });
    }

    /// Adds a problem with how the transitions are connected, unless a transition that was left out may be its cause.
    fn add_of_ways(&mut self, place: Place, problem: impl Into<String>, fix: impl Into<String>) {
        if !self.unclear {
            self.add(place, problem, fix);
        }
    }

    fn flow(&mut self) -> Flow {
        let mut ways = BTreeMap::new();
        for (number, transition) in self.file.transitions.iter().enumerate() {
            let Some((from, to)) = self.way(number, transition) else {
                self.unclear = true;
                continue;
            };
            match ways.entry(from) {
                Entry::Vacant(free) => {
                    free.insert((number, to));
                }
                Entry::Occupied(_) => {
                    let problem = format!("two transitions lead from `{}`", transition.from);
                    let fix = "make one of the two; what fails goes where `on_fail` says";
                    self.add(Place::Transition(number), problem, fix);
                    self.unclear = true;
                }
            }
        }
        let mut flow = Flow::default();
        if let Some((number, _)) = ways.get(&Named::Incoming) {
            self.taking(*number);
        }
        match ways.get(&Named::Claimed) {
            Some((number, _)) => self.handing_in(*number, &mut flow),
            None => self.add_of_ways(
                Place::Transitions,
                "`provisional` is never reached: nothing leads from `claimed` to it",
                "add `- from: claimed` with `to: provisional`",
            ),
        }
        self.after_provisional(&ways, &mut flow);
        flow
    }

    /// Returns the states of a transition, if they are a valid pair.
    fn way(&mut self, number: usize, transition: &FlowTransition) -> Option<(Named, Named)> {
        let way = (self.state(number, "from", &transition.from)?, self.state(number, "to", &transition.to)?);
        match &way {
            (Named::Incoming, Named::Claimed)
            | (Named::Claimed, Named::Provisional)
            | (Named::Provisional | Named::Own(_), Named::Own(_) | Named::Done) => Some(way),
            _ => {
                let problem =
                    format!("a flow has no say in the way from `{}` to `{}`", transition.from, transition.to);
                let fix = "describe incoming → claimed → provisional → done, with states of your own before `done`; what fails goes where `on_fail` says";
                self.add(Place::Transition(number), problem, fix);
                None
            }
        }
    }

    fn state(&mut self, number: usize, key: &'static str, name: &str) -> Option<Named> {
        match (name.parse::<Queue>(), StateName::new(name)) {
            (Ok(Queue::Incoming), _) => Some(Named::Incoming),
            (Ok(Queue::Claimed), _) => Some(Named::Claimed),
            (Ok(Queue::Provisional), _) => Some(Named::Provisional),
            (Ok(Queue::Done), _) => Some(Named::Done),
            (Ok(queue), _) => {
                let problem = format!("a flow has no say in `{queue}`, which tasks leave by a person's word");
                let fix = "use incoming, claimed, provisional, done and states of your own";
                self.add(Place::Key(number, key), problem, fix);
                None
            }
            (Err(_), Ok(own)) => Some(Named::Own(own)),
            (Err(_), Err(error)) => {
                self.add(Place::Key(number, key), error.to_string(), "give the state another name");
                None
            }
        }
    }

    /// Follows the transitions from `provisional` on.
    fn after_provisional(&mut self, ways: &BTreeMap<Named, (usize, Named)>, flow: &mut Flow) {
        let (mut here, mut passed) = (Named::Provisional, BTreeSet::new());
        while here != Named::Done {
            let name = match &here {
                Named::Own(name) => name.to_string(),
                _ => Queue::Provisional.to_string(),
            };
            let Some((number, to)) = ways.get(&here) else {
                let fix = format!("add `- from: {name}` with `to: done`");
                self.add_of_ways(
                    Place::Transitions,
                    format!("work never leaves `{name}`: nothing leads from it"),
                    fix,
                );
                return;
            };
            passed.insert(here.clone());
            if passed.contains(to) {
                let problem = format!("work goes round for ever: `{name}` leads back to a state before it");
                self.add_of_ways(
                    Place::Key(*number, "to"),
                    problem,
                    "lead it to `done`; what fails goes where `on_fail` says",
                );
                return;
            }
            let part = match to {
                Named::Done => Part::BeforeMerge,
                _ if ways.contains_key(to) => Part::Between,
                _ => Part::Nowhere,
            };
            let stage = self.stage(*number, part, flow);
            let worker = self.worker(*number, &here);
            match here {
                Named::Own(name) => flow.own.push(OwnState { name, role: worker, stage }),
                _ => flow.provisional = stage,
            }
            here = to.clone();
        }
        for (from, (number, _)) in ways {
            if let Named::Own(name) = from
                && !passed.contains(from)
            {
                let problem = format!("`{name}` is never reached: nothing leads to it from `provisional`");
                self.add_of_ways(
                    Place::Transition(*number),
                    problem,
                    "lead another state to it, or remove it",
                );
            }
        }
    }

    /// Validates `incoming` → `claimed`: a role claims the task, and there is no work to run anything on yet.
    fn taking(&mut self, number: usize) {
        let transition = &self.file.transitions[number];
        self.role(Place::Key(number, "role"), transition.role.as_ref(), Purpose::Work);
        for (key, there) in [
            ("steps", !transition.steps.is_empty()),
            ("conditions", !transition.conditions.is_empty()),
            ("on_fail", transition.on_fail.is_some()),
            ("approvals", transition.approvals.is_some()),
        ] {
            if there {
                let problem =
                    format!("a task that was just claimed has no work yet, so `{key}` does not apply");
                self.add(Place::Key(number, key), problem, "move it to `claimed` → `provisional`");
            }
        }
    }

    fn handing_in(&mut self, number: usize, flow: &mut Flow) {
        let transition = &self.file.transitions[number];
        self.role(Place::Key(number, "role"), transition.role.as_ref(), Purpose::Work);
        if transition.approvals.is_some() {
            let place = Place::Key(number, "approvals");
            self.add(
                place,
                "work is reviewed only after it is submitted",
                "move it to `provisional` → `done`",
            );
        }
        let asks = self.asks_person(Place::Key(number, "on_fail"), transition.on_fail.as_deref());
        let mut steps = self.steps(number, Part::HandIn, asks).before;
        for (at, condition) in transition.conditions.iter().enumerate() {
            let place = Place::Item(number, "conditions", at);
            match self.condition(place, condition, asks) {
                Some(Wanted::Script(script)) => steps.push(StepKind::Run(script)),
                Some(Wanted::Anyone | Wanted::Role(_) | Wanted::Person) => {
                    let problem = "work is reviewed only after it is submitted";
                    self.add(place, problem, "move the condition to `provisional` → `done`");
                }
                None => {}
            }
        }
        flow.hand_in = steps;
    }

    /// Returns the role that works on tasks in a state.
    fn worker(&mut self, number: usize, state: &Named) -> Option<RoleName> {
        let role = self.file.transitions[number].role.clone()?;
        let place = Place::Key(number, "role");
        if *state == Named::Provisional {
            let problem = "work in `provisional` waits for review, and no role works on it there";
            let fix = format!(
                "write a reviewer as a condition, `- role: {role}`; give another role's work a state of its own"
            );
            self.add(place, problem, fix);
            return None;
        }
        self.role(place, Some(&role), Purpose::Work);
        Some(role)
    }

    /// Returns the requirements for work to leave a state.
    fn stage(&mut self, number: usize, part: Part, flow: &mut Flow) -> Stage {
        let transition = &self.file.transitions[number];
        let asks = self.asks_person(Place::Key(number, "on_fail"), transition.on_fail.as_deref());
        let (checks, gates) = self.conditions(number, asks);
        let steps = self.steps(number, part, asks);
        if part == Part::BeforeMerge {
            self.tested_before_merge(number, &steps);
            flow.merges = steps.merge.is_some();
            flow.after_merge = steps.after;
        }
        Stage { checks, gates, steps: steps.before }
    }

    fn conditions(&mut self, number: usize, asks: bool) -> (Vec<Script>, Gates) {
        let transition = &self.file.transitions[number];
        let (mut checks, mut reviewers, mut anyone, mut person) = (Vec::new(), Vec::new(), None, false);
        for (at, condition) in transition.conditions.iter().enumerate() {
            let place = Place::Item(number, "conditions", at);
            match self.condition(place, condition, asks) {
                Some(Wanted::Script(script)) => checks.push(script),
                Some(Wanted::Anyone) => anyone = Some(place),
                Some(Wanted::Role(role)) if reviewers.contains(&role) => {
                    self.add(place, format!("`{role}` is asked twice"), "remove one of the two");
                }
                Some(Wanted::Role(role)) => reviewers.push(role),
                Some(Wanted::Person) => person = true,
                None => {}
            }
        }
        let quorum = match transition.approvals.as_deref() {
            None | Some("all") => Quorum::All,
            Some("any") => Quorum::Any,
            Some(other) => {
                let place = Place::Key(number, "approvals");
                self.add(place, format!("`{other}` is no number of approvals"), "use `all` or `any`");
                Quorum::All
            }
        };
        if let Some(place) = anyone
            && (person || !reviewers.is_empty())
        {
            let problem = "`review: true` asks for any one reviewer, and cannot be combined with others";
            self.add(place, problem, "name the role that reviews: `role: review`");
        }
        let gates = match (reviewers.is_empty(), person) {
            _ if anyone.is_some() => Gates::Anyone,
            (true, true) => Gates::Person,
            (true, false) => Gates::Nobody,
            (false, person) => Gates::Roles { reviewers, quorum, person },
        };
        (checks, gates)
    }

    /// Returns the steps of a transition, separated at `merge`.
    fn steps(&mut self, number: usize, part: Part, asks_person: bool) -> Steps {
        let mut steps = Steps::default();
        let (mut part, mut looked): (Part, Option<String>) = (part, None);
        // Whether an earlier step is wrong in such a way that the place of this one cannot be judged.
        let mut astray = false;
        for (at, step) in self.file.transitions[number].steps.iter().enumerate() {
            let place = Place::Item(number, "steps", at);
            let step = match step {
                FlowStep::Named(name) if name == "merge" => {
                    let to_done = "move `merge` to the transition to `done`";
                    match part {
                        Part::BeforeMerge => {
                            (steps.merge, part, astray) = (Some(at), Part::AfterMerge, false);
                        }
                        Part::Nowhere => {}
                        Part::HandIn | Part::Between if astray => {}
                        Part::AfterMerge => self.add(place, "`merge` is listed twice", "remove one"),
                        Part::HandIn => {
                            self.add(place, "work is merged before it is reviewed", to_done);
                            astray = true;
                        }
                        Part::Between => {
                            self.add(place, "what is merged is done, and goes to no other state", to_done);
                            astray = true;
                        }
                    }
                    continue;
                }
                FlowStep::Named(name) => match StepKind::NAMED.into_iter().find(|step| step.name() == name) {
                    Some(step) => step,
                    None if self.known.steps.contains(name) => {
                        StepKind::Own { name: name.clone(), asks_person }
                    }
                    None => {
                        let own = self.known.steps.iter().map(String::as_str);
                        let names: Vec<_> = StepKind::NAMED.iter().map(StepKind::name).chain(own).collect();
                        let fix = format!("use one of {}, merge, run: COMMAND", names.join(", "));
                        self.add(place, format!("there is no step `{name}`"), fix);
                        steps.unknown += 1;
                        // The unknown step may have been meant to be the merge.
                        astray |= part == Part::BeforeMerge;
                        continue;
                    }
                },
                FlowStep::Run(run) => {
                    let mut script = Script::new(run.name.as_ref().unwrap_or(&run.run), &run.run);
                    script.env.clone_from(&run.env);
                    script.asks_person = asks_person;
                    self.time(place, run.timeout_seconds, &mut script);
                    StepKind::Run(script)
                }
            };
            let misplaced = out_of_place(&step, part).filter(|_| !astray);
            if step.looks_at_work() && misplaced.is_none() {
                looked.get_or_insert_with(|| step.name().to_owned());
            }
            if let Some((problem, fix)) = misplaced {
                self.add(place, problem, fix);
            } else if part == Part::AfterMerge && steps.before.iter().any(|one| one.name() == step.name()) {
                let problem = format!("`{}` stands before `merge` too", step.name());
                self.add(place, problem, "what is recorded is known by its name: give one of them another");
            } else if step.changes_work()
                && let Some(looked) = &looked
            {
                let problem = format!(
                    "`{looked}` comes before `{}`, so it is about something else than what goes on",
                    step.name()
                );
                self.add(place, problem, format!("write `{}` before `{looked}`", step.name()));
            }
            let list = if part == Part::AfterMerge { &mut steps.after } else { &mut steps.before };
            list.push(step);
        }
        steps
    }

    fn tested_before_merge(&mut self, number: usize, steps: &Steps) {
        let Some(at) = steps.merge else { return };
        let wanted = [StepKind::Rebase, StepKind::RunTests];
        let missing = wanted.iter().filter(|step| !steps.before.contains(step)).count();
        // An unknown step may be one of them under a wrong name.
        if missing <= steps.unknown {
            return;
        }
        let problem = "the base branch would move to something that was never tested";
        let fix =
            "write `steps: [rebase, run_tests, merge]`; without a test command in config.yaml nothing is run";
        self.add(Place::Item(number, "steps", at), problem, fix);
    }

    fn condition(&mut self, place: Place, condition: &FlowCondition, asks_person: bool) -> Option<Wanted> {
        let FlowCondition { script, review, role, manual, name, timeout_seconds, env, on_fail } = condition;
        let asks_person = match on_fail.as_deref() {
            None => asks_person,
            some => self.asks_person(place, some),
        };
        let of_script = name.is_some() || timeout_seconds.is_some() || !env.is_empty();
        match (script, review, role, manual) {
            (Some(command), None, None, None) => {
                let mut script = Script::new(name.as_ref().unwrap_or(command), command);
                script.env.clone_from(env);
                script.asks_person = asks_person;
                self.time(place, *timeout_seconds, &mut script);
                Some(Wanted::Script(script))
            }
            (None, None, Some(role), None) if !of_script => {
                self.role(place, Some(role), Purpose::Review);
                if asks_person {
                    let problem = "what a reviewer rejects goes back to the agent, and to a person after the review rounds";
                    self.add(place, problem, "remove `on_fail`, or say `incoming`");
                }
                Some(Wanted::Role(role.clone()))
            }
            (None, Some(true), None, None) if !of_script => Some(Wanted::Anyone),
            (None, None, None, Some(true)) if !of_script => Some(Wanted::Person),
            (None, Some(false), None, None) | (None, None, None, Some(false)) => {
                self.add(place, "a condition that is `false` asks for nothing", "remove the condition");
                None
            }
            _ => {
                let problem = "a condition is one of `script`, `review: true`, `role` and `manual: true`";
                self.add(place, problem, "write each as an item of its own; `name`, `timeout_seconds` and `env` belong to a script");
                None
            }
        }
    }

    fn time(&mut self, place: Place, seconds: Option<u64>, script: &mut Script) {
        if script.command.trim().is_empty() {
            self.add(place, "the command is empty", "name a command");
        }
        match seconds {
            Some(0) => self.add(place, "`timeout_seconds` is 0", "use 1 or more"),
            Some(seconds) => script.timeout = Duration::from_secs(seconds),
            None => {}
        }
    }

    /// Returns whether a failure goes to a person. Otherwise it goes back to the agent, so every failure has a way out.
    fn asks_person(&mut self, place: Place, on_fail: Option<&str>) -> bool {
        match on_fail {
            None | Some("incoming") => false,
            Some("needs_continuation") => true,
            Some(other) => {
                let fix = "use `incoming` (back to the agent, with the output) or `needs_continuation` (a person decides)";
                self.add(
                    place,
                    format!("a failure cannot go to `{other}`: nothing would take it from there"),
                    fix,
                );
                false
            }
        }
    }

    fn role(&mut self, place: Place, role: Option<&RoleName>, wanted: Purpose) {
        let Some(role) = role else { return };
        let fits = |purpose: Purpose| (purpose == Purpose::Review) == (wanted == Purpose::Review);
        let problem = match self.known.roles.get(role) {
            Some(purpose) if fits(*purpose) => return,
            Some(_) if wanted == Purpose::Review => format!("the role `{role}` does not review"),
            Some(_) => format!("the role `{role}` reviews, and takes no tasks"),
            None => format!("there is no role `{role}`"),
        };
        let fitting: Vec<_> = self.known.roles.iter().filter(|(_, purpose)| fits(**purpose)).collect();
        let names: Vec<_> = fitting.iter().map(|(name, _)| name.as_str()).collect();
        self.add(place, problem, format!("use one of {}", names.join(", ")));
    }
}

/// Requirement of a condition.
enum Wanted {
    Script(Script),
    Anyone,
    Role(RoleName),
    Person,
}

/// Steps of one transition.
#[derive(Debug, Default)]
struct Steps {
    before: Vec<StepKind>,
    /// Index of `merge` in the file.
    merge: Option<usize>,
    after: Vec<StepKind>,
    /// Number of unknown steps, which are left out.
    unknown: usize,
}

/// Returns why a step cannot be where it is and how to fix that, or `None` if it can.
fn out_of_place(step: &StepKind, part: Part) -> Option<(String, &'static str)> {
    let name = step.name();
    let to_done = "move it to the transition to `done`, before `merge`";
    match (step, part) {
        (StepKind::Run(_) | StepKind::Own { .. }, _) | (_, Part::Nowhere) => None,
        (StepKind::Rebase | StepKind::RunTests | StepKind::UpdateChangelog, Part::AfterMerge)
        | (StepKind::PushBranch | StepKind::CreatePr | StepKind::WaitForChecks, Part::AfterMerge) => {
            Some((format!("`{name}` comes too late: the work is merged by then"), "move it before `merge`"))
        }
        (StepKind::WaitForChecks, Part::HandIn) => {
            Some(("nothing waits while an agent still holds the task".to_owned(), to_done))
        }
        (StepKind::CommentReview, Part::HandIn) => Some((
            "work is reviewed only after it is submitted".to_owned(),
            "move it to a transition from `provisional`",
        )),
        (StepKind::UpdateChangelog, Part::HandIn) => {
            let why = "any two tasks would conflict in the changelog until one of them lands";
            Some((why.to_owned(), to_done))
        }
        (StepKind::Rebase | StepKind::UpdateChangelog, Part::Between) => {
            Some((format!("`{name}` would change what was reviewed"), to_done))
        }
        (StepKind::Cleanup, Part::HandIn | Part::Between | Part::BeforeMerge) => {
            Some(("the work is still needed".to_owned(), "move `cleanup` behind `merge`"))
        }
        (StepKind::Rebase, Part::HandIn | Part::BeforeMerge)
        | (StepKind::RunTests | StepKind::PushBranch | StepKind::CreatePr, Part::HandIn | Part::Between)
        | (StepKind::RunTests | StepKind::PushBranch | StepKind::CreatePr, Part::BeforeMerge)
        | (StepKind::WaitForChecks, Part::Between | Part::BeforeMerge)
        | (StepKind::CommentReview, Part::Between | Part::BeforeMerge | Part::AfterMerge)
        | (StepKind::UpdateChangelog, Part::BeforeMerge)
        | (StepKind::Cleanup, Part::AfterMerge) => None,
    }
}
