//! Checking a flow: everything that could strand a task on its way is refused before one sets out.

use super::file::{FlowCondition, FlowFile, FlowStep, FlowTransition};
use super::{Flow, Script, StepKind};
use crate::model::{Gates, Queue, Quorum, RoleName};
use crate::transition::Purpose;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a flow may refer to.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The roles there are, with what they claim tasks for.
    pub roles: BTreeMap<RoleName, Purpose>,
}

/// Where in a flow's file something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The list of transitions.
    Transitions,
    /// A transition, by its number from 0.
    Transition(usize),
    /// A value of a transition, by its key.
    Key(usize, &'static str),
    /// An item of a list of a transition: its key and the item's number from 0.
    Item(usize, &'static str, usize),
}

/// What is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowProblem {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

/// The steps that can be named in a flow.
const STEPS: [&str; 4] = ["rebase", "run_tests", "merge", "run: COMMAND"];

/// The transitions that a flow describes, each once.
const TRANSITIONS: [(Queue, Queue); 3] = [
    (Queue::Incoming, Queue::Claimed),
    (Queue::Claimed, Queue::Provisional),
    (Queue::Provisional, Queue::Done),
];

impl FlowFile {
    /// Checks the flow.
    ///
    /// # Errors
    /// Every problem it has.
    pub fn compile(&self, known: &Known) -> Result<Flow, Vec<FlowProblem>> {
        let mut compiler = Compiler { file: self, known, problems: Vec::new() };
        let flow = compiler.flow();
        if compiler.problems.is_empty() { Ok(flow) } else { Err(compiler.problems) }
    }
}

struct Compiler<'a> {
    file: &'a FlowFile,
    known: &'a Known,
    problems: Vec<FlowProblem>,
}

impl Compiler<'_> {
    fn add(&mut self, place: Place, problem: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(FlowProblem { place, problem: problem.into(), fix: fix.into() });
    }

    fn flow(&mut self) -> Flow {
        let mut places = BTreeMap::new();
        for (number, transition) in self.file.transitions.iter().enumerate() {
            let Some(way) = self.way(number, transition) else { continue };
            if places.insert(way, number).is_some() {
                let problem = format!("there are two transitions from `{}` to `{}`", way.0, way.1);
                self.add(Place::Transition(number), problem, "make one of the two");
            }
        }
        for (from, to) in TRANSITIONS.into_iter().skip(1) {
            if !places.contains_key(&(from, to)) {
                let problem = if to == Queue::Done {
                    format!("work never leaves `{from}`: nothing leads to `{to}`")
                } else {
                    format!("`{to}` is never reached: nothing leads from `{from}` to it")
                };
                let fix = format!("add `- from: {from}` with `to: {to}`");
                self.add(Place::Transitions, problem, fix);
            }
        }
        let mut flow = Flow::default();
        if let Some(number) = places.get(&TRANSITIONS[0]) {
            self.taking(*number);
        }
        if let Some(number) = places.get(&TRANSITIONS[1]) {
            self.handing_in(*number, &mut flow);
        }
        if let Some(number) = places.get(&TRANSITIONS[2]) {
            self.landing(*number, &mut flow);
        }
        flow
    }

    fn way(&mut self, number: usize, transition: &FlowTransition) -> Option<(Queue, Queue)> {
        let mut queue = |key, name: &str| match name.parse::<Queue>() {
            Ok(queue) => Some(queue),
            Err(_) => {
                let fix = "use `incoming`, `claimed`, `provisional` and `done`: a flow says what happens between them";
                self.add(Place::Key(number, key), format!("there is no state `{name}`"), fix);
                None
            }
        };
        let way = (queue("from", &transition.from)?, queue("to", &transition.to)?);
        if TRANSITIONS.contains(&way) {
            return Some(way);
        }
        let problem = format!("a flow has no say in the way from `{}` to `{}`", way.0, way.1);
        let fix = "describe incoming → claimed, claimed → provisional and provisional → done; what fails goes where `on_fail` says";
        self.add(Place::Transition(number), problem, fix);
        None
    }

    /// `incoming` → `claimed`: a role takes the task; there is nothing to run on yet.
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
                    format!("a task that is taken has no work yet, so `{key}` has nothing to look at");
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
                "nobody reviews work before it is handed in",
                "move it to `provisional` → `done`",
            );
        }
        let asks = self.asks_person(Place::Key(number, "on_fail"), transition.on_fail.as_deref());
        let (mut steps, merges) = self.steps(number, asks);
        if let Some((at, _)) = merges {
            let place = Place::Item(number, "steps", at);
            self.add(place, "work is merged before it is reviewed", "move `merge` to `provisional` → `done`");
        }
        for (at, condition) in transition.conditions.iter().enumerate() {
            let place = Place::Item(number, "conditions", at);
            match self.condition(place, condition, asks) {
                Some(Wanted::Script(script)) => steps.push(StepKind::Run(script)),
                Some(Wanted::Anyone | Wanted::Role(_) | Wanted::Person) => {
                    let problem = "nobody reviews work before it is handed in";
                    self.add(place, problem, "move the condition to `provisional` → `done`");
                }
                None => {}
            }
        }
        self.tests_follow_rebase(number, &steps);
        flow.hand_in = steps;
    }

    fn landing(&mut self, number: usize, flow: &mut Flow) {
        let transition = &self.file.transitions[number];
        let asks = self.asks_person(Place::Key(number, "on_fail"), transition.on_fail.as_deref());
        let (mut reviewers, mut anyone, mut person) = (Vec::new(), None, false);
        for (at, condition) in transition.conditions.iter().enumerate() {
            let place = Place::Item(number, "conditions", at);
            match self.condition(place, condition, asks) {
                Some(Wanted::Script(script)) => flow.checks.push(script),
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
            let problem = "`review: true` is whichever reviewer comes first, and stands alone";
            self.add(place, problem, "name the role that reviews: `role: review`");
        }
        flow.gates = match (reviewers.is_empty(), person) {
            _ if anyone.is_some() => Gates::Anyone,
            (true, true) => Gates::Person,
            (true, false) => Gates::Nobody,
            (false, person) => Gates::Roles { reviewers, quorum, person },
        };
        let (mut steps, merge) = self.steps(number, asks);
        self.tests_follow_rebase(number, &steps);
        flow.merges = merge.is_some();
        flow.after_merge = merge.map(|(_, before)| steps.split_off(before)).unwrap_or_default();
        if let Some((at, _)) = merge
            && !(steps.contains(&StepKind::Rebase) && steps.contains(&StepKind::RunTests))
        {
            let problem = "the base branch would move to something that was never tested";
            let fix = "write `steps: [rebase, run_tests, merge]`; without a test command in config.yaml nothing is run";
            self.add(Place::Item(number, "steps", at), problem, fix);
        }
        if let Some(step) =
            flow.after_merge.iter().find(|step| matches!(step, StepKind::Rebase | StepKind::RunTests))
        {
            let problem = format!("`{}` comes too late: the work is merged by then", step.name());
            self.add(Place::Key(number, "steps"), problem, "move it before `merge`");
        }
        flow.before_merge = steps;
    }

    /// The steps without `merge`; where that stands in the file, and how many of them come before it.
    fn steps(&mut self, number: usize, asks_person: bool) -> (Vec<StepKind>, Option<(usize, usize)>) {
        let (mut steps, mut merge) = (Vec::new(), None);
        for (at, step) in self.file.transitions[number].steps.iter().enumerate() {
            let place = Place::Item(number, "steps", at);
            match step {
                FlowStep::Named(name) => match name.as_str() {
                    "rebase" => steps.push(StepKind::Rebase),
                    "run_tests" => steps.push(StepKind::RunTests),
                    "merge" if merge.is_some() => self.add(place, "`merge` stands there twice", "remove one"),
                    "merge" => merge = Some((at, steps.len())),
                    name => {
                        let fix = format!("use one of {}", STEPS.join(", "));
                        self.add(place, format!("there is no step `{name}`"), fix);
                    }
                },
                FlowStep::Run(run) => {
                    let mut script = Script::new(run.name.as_ref().unwrap_or(&run.run), &run.run);
                    script.env.clone_from(&run.env);
                    script.asks_person = asks_person;
                    self.time(place, run.timeout_seconds, &mut script);
                    steps.push(StepKind::Run(script));
                }
            }
        }
        (steps, merge)
    }

    fn tests_follow_rebase(&mut self, number: usize, steps: &[StepKind]) {
        let at = |wanted: &StepKind| steps.iter().position(|step| step == wanted);
        if let (Some(tests), Some(rebase)) = (at(&StepKind::RunTests), at(&StepKind::Rebase))
            && tests < rebase
        {
            let problem = "`run_tests` comes before `rebase`, so what was tested is not what goes on";
            self.add(Place::Key(number, "steps"), problem, "write `rebase` first");
        }
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

    /// Whether a failure goes to a person. It always has a way out: back to the agent, or to somebody who decides.
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

/// What a condition asks for.
enum Wanted {
    Script(Script),
    Anyone,
    Role(RoleName),
    Person,
}
