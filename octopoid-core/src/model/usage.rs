//! Usage of an agent: turns, tokens and cost.

use serde::{Deserialize, Serialize};

/// Usage of an agent: turns, tokens and cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Usage {
    /// Number of the model's responses.
    pub turns: u32,
    /// Number of input tokens, cached ones included.
    pub input_tokens: u64,
    /// Number of output tokens.
    pub output_tokens: u64,
    /// Cost in US dollars, as the agent program counts it.
    pub cost_usd: f64,
}

impl Usage {
    /// Sets the number of the model's responses.
    #[must_use]
    pub fn with_turns(mut self, turns: u32) -> Self {
        self.turns = turns;
        self
    }

    /// Sets the numbers of input tokens, cached ones included, and of output tokens.
    #[must_use]
    pub fn with_tokens(mut self, input: u64, output: u64) -> Self {
        (self.input_tokens, self.output_tokens) = (input, output);
        self
    }

    /// Sets the cost in US dollars.
    #[must_use]
    pub fn with_cost_usd(mut self, cost_usd: f64) -> Self {
        self.cost_usd = cost_usd;
        self
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.turns = self.turns.saturating_add(other.turns);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cost_usd += other.cost_usd;
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(mut self, other: Usage) -> Usage {
        self += other;
        self
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Usage>>(usages: I) -> Usage {
        usages.fold(Usage::default(), |mut all, one| {
            all += one;
            all
        })
    }
}
