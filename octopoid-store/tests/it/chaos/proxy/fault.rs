//! What can go wrong with one request.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

/// One way in which the network fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The request is swallowed, and the connection closed.
    LoseRequest,
    /// The request is carried out; the connection is closed before the answer's first byte.
    LoseAnswer,
    /// The request is carried out; the connection is closed in the middle of the answer.
    CutAnswer,
    /// Half of the request arrives; then the connection is reset.
    ResetRequest,
    /// The request is carried out; the connection is reset in the middle of the answer.
    ResetAnswer,
    /// The request arrives late, also when the client has given up meanwhile.
    DelayRequest,
    /// The answer arrives late.
    DelayAnswer,
    /// The request is swallowed; the connection stays open and silent until the proxy heals or the client gives up.
    HalfOpen,
}

impl Fault {
    pub(crate) const ALL: [Fault; 8] = [
        Fault::LoseRequest,
        Fault::LoseAnswer,
        Fault::CutAnswer,
        Fault::ResetRequest,
        Fault::ResetAnswer,
        Fault::DelayRequest,
        Fault::DelayAnswer,
        Fault::HalfOpen,
    ];

    /// What can befall an answer that never ends, in the middle of it: its connection is closed, reset, silent for a
    /// while, or silent for good.
    pub(crate) const STREAM: [Fault; 4] =
        [Fault::CutAnswer, Fault::ResetAnswer, Fault::DelayAnswer, Fault::HalfOpen];
}

/// How often each fault befalls a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    chances: Vec<(Fault, f64)>,
    delay: Range<Duration>,
    streams: Option<Range<usize>>,
}

impl Faults {
    /// A network that does what it should.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// One fault with a probability; may be repeated for others, as long as they add up to at most 1.
    pub(crate) fn with(mut self, fault: Fault, chance: f64) -> Self {
        self.chances.push((fault, chance));
        self
    }

    /// Every fault, together with this probability.
    pub(crate) fn all(chance: f64) -> Self {
        let each = chance / Fault::ALL.len() as f64;
        Fault::ALL.into_iter().fold(Self::none(), |faults, fault| faults.with(fault, each))
    }

    /// Answers that never end are let through for so many bytes, head and all; then one of [`Fault::STREAM`] befalls them.
    pub(crate) fn with_streams(mut self, bytes: Range<usize>) -> Self {
        self.streams = Some(bytes);
        self
    }

    /// How long delays are.
    pub(crate) fn with_delay(mut self, delay: Range<Duration>) -> Self {
        self.delay = delay;
        self
    }
}

/// Draws the faults and counts them. The seed gives the order of the draws; which request meets which draw is up to
/// the order in which requests come.
#[derive(Debug)]
pub(crate) struct Dice {
    random: StdRng,
    faults: Faults,
    /// Faults for the next request whose head contains the text.
    planned: Vec<(&'static str, Fault)>,
    /// Where the next streams end, and how.
    planned_streams: VecDeque<(usize, Fault)>,
    counts: BTreeMap<Fault, u64>,
    /// What befell streams.
    stream_counts: BTreeMap<Fault, u64>,
    requests: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            faults: Faults::none(),
            planned: Vec::new(),
            planned_streams: VecDeque::new(),
            counts: BTreeMap::new(),
            stream_counts: BTreeMap::new(),
            requests: 0,
        }
    }

    pub(crate) fn set(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub(crate) fn plan(&mut self, part: &'static str, fault: Fault) {
        self.planned.push((part, fault));
    }

    pub(crate) fn plan_stream(&mut self, bytes: usize, fault: Fault) {
        self.planned_streams.push_back((bytes, fault));
    }

    /// After how many bytes something befalls a stream, and what.
    pub(crate) fn draw_stream(&mut self) -> Option<(usize, Fault)> {
        if let Some(planned) = self.planned_streams.pop_front() {
            return Some(planned);
        }
        let bytes = self.random.random_range(self.faults.streams.clone()?);
        Some((bytes, Fault::STREAM[self.random.random_range(0..Fault::STREAM.len())]))
    }

    pub(crate) fn befell_stream(&mut self, fault: Fault) {
        *self.stream_counts.entry(fault).or_default() += 1;
    }

    pub(crate) fn stream_count(&self, fault: Fault) -> u64 {
        self.stream_counts.get(&fault).copied().unwrap_or_default()
    }

    pub(crate) fn count(&self, fault: Fault) -> u64 {
        self.counts.get(&fault).copied().unwrap_or_default()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// What befalls the request with this head.
    pub(crate) fn draw(&mut self, head: &str) -> Option<Fault> {
        self.requests += 1;
        let drawn = match self.planned.iter().position(|(part, _)| head.contains(part)) {
            Some(place) => Some(self.planned.remove(place).1),
            None => {
                let mut left = self.random.random_range(0.0..1.0);
                self.faults.chances.iter().find_map(|(fault, chance)| {
                    left -= chance;
                    (left < 0.0).then_some(*fault)
                })
            }
        };
        if let Some(fault) = drawn {
            *self.counts.entry(fault).or_default() += 1;
        }
        drawn
    }

    pub(crate) fn delay(&mut self) -> Duration {
        let Range { start, end } = self.faults.delay;
        if start < end { self.random.random_range(start..end) } else { start }
    }
}
