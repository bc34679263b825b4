//! The agent: a service with a protocol of its own, as a vendor's library would offer it.
//!
//! This one is imagined and lives in the same process. It does what the question says, so that every end can be seen.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

/// What it is asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) folder: PathBuf,
    pub(crate) most_thoughts: Option<u32>,
    pub(crate) most_cents: Option<u32>,
    /// The conversation to go on in.
    pub(crate) conversation: Option<String>,
    /// Asks it to stop; it answers with [`Said::Stopped`].
    pub(crate) stop: CancellationToken,
}

/// What it says, piece by piece. When nothing more comes and there was no last word, it is broken.
#[derive(Debug)]
pub(crate) enum Said {
    Conversation(String),
    Words(String),
    Writes {
        file: String,
    },
    /// After each thought, what it has cost so far.
    Spent {
        thoughts: u32,
        cents: u32,
    },
    /// Last words.
    Done(Value),
    Stopped,
    OutOfThoughts,
    OutOfCents,
    ComeBack {
        after: Duration,
    },
    TooBusy,
    WrongPassword,
}

/// The service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oracle {
    asked: Arc<AtomicU32>,
}

impl Oracle {
    /// How often it was asked.
    #[cfg(test)]
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Asks. What it says comes through the channel; dropping that leaves it alone.
    pub(crate) fn ask(&self, question: Question) -> Receiver<Said> {
        let (say, said) = channel(8);
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        // Whoever does not listen any more does not want to know.
        tokio::spawn(async move { answer(question, before, say).await.unwrap_or(()) });
        said
    }
}

async fn answer(
    question: Question,
    asked_before: u32,
    say: Sender<Said>,
) -> Result<(), Box<dyn std::error::Error>> {
    let name = question.conversation.unwrap_or_else(|| format!("conversation-{asked_before}"));
    say.send(Said::Conversation(name)).await?;
    say.send(Said::Words("let me think".to_owned())).await?;
    let asks = |words: &str| question.text.contains(words);
    for thoughts in 1..=3 {
        if question.most_thoughts.is_some_and(|most| thoughts > most) {
            return Ok(say.send(Said::OutOfThoughts).await?);
        }
        let cents = 10 * thoughts;
        if question.most_cents.is_some_and(|most| cents > most) {
            return Ok(say.send(Said::OutOfCents).await?);
        }
        say.send(Said::Spent { thoughts, cents }).await?;
    }
    if asks("too often") && asked_before == 0 {
        return Ok(say.send(Said::ComeBack { after: Duration::from_millis(20) }).await?);
    }
    if asks("too late") && asked_before == 0 {
        return Ok(say.send(Said::TooBusy).await?);
    }
    if asks("secret") {
        return Ok(say.send(Said::WrongPassword).await?);
    }
    if asks("impossible") {
        return Ok(());
    }
    if asks("silence") {
        return std::future::pending().await;
    }
    if asks("for ever") {
        say.send(Said::Words("this takes its time".to_owned())).await?;
        question.stop.cancelled().await;
        return Ok(say.send(Said::Stopped).await?);
    }
    if asks("chatter") {
        // Never silent, never done.
        loop {
            say.send(Said::Words("and another thing".to_owned())).await?;
        }
    }
    let file = "answer.txt".to_owned();
    say.send(Said::Writes { file: file.clone() }).await?;
    std::fs::write(question.folder.join(file), "42\n")?;
    let result = json!({ "outcome": "submitted", "summary": "the answer is written down" });
    Ok(say.send(Said::Done(result)).await?)
}
