//! Text is kept as it is.

use super::setting::{Setting, person};
use super::verdict::{Verdict, same};
use octopoid_core::model::{MessageDraft, MessageKind, NewTask};
use octopoid_core::transition::Command;

pub(super) async fn all_of_unicode_comes_back(s: Setting) -> Verdict {
    let every: String = ('\u{1}'..=char::MAX).collect();
    let parts: Vec<String> =
        every.chars().collect::<Vec<_>>().chunks(200_000).map(String::from_iter).collect();
    for part in &parts {
        let made = s.store.create_task(NewTask::new("Unicode", part.clone())).await?;
        same(made.description == *part, true)?;
        same(s.read(&made.id).await?.description == *part, true)?;
        // A NUL may stand in what an agent says.
        let body = format!("\0{part}\0'\"\\;--");
        let message = MessageDraft::new(MessageKind::Comment, "a\0da", body.clone());
        s.store.post_message(&s.scope, &made.id, message).await?;
        let thread = s.store.messages(&s.scope, &made.id).await?;
        same(thread.len() == 1 && thread[0].body == body && thread[0].author == "a\0da", true)?;
    }
    for title in ["naïve 🐙 e\u{301} שלום \u{202e}x", "'; DROP TABLE tasks; --", "%s {} $1 ?1", "\u{10ffff}"]
    {
        let made = s.create(title).await?;
        same(s.read(&made.id).await?.title.as_str(), title)?;
        let reason = "\0 first";
        let failed = s.apply(&made.id, Command::Fail { actor: person(), reason: reason.into() }).await?;
        same(s.read(&made.id).await?, failed)?;
        same(
            s.history(&made.id).await?.last().and_then(|event| event.note.clone()).as_deref(),
            Some(reason),
        )?;
    }
    Ok(())
}

pub(super) async fn long_text_comes_back(s: Setting) -> Verdict {
    let long = "ä".repeat((1 << 20) / 2);
    let made = s.store.create_task(NewTask::new("Long", long.clone())).await?;
    same(s.read(&made.id).await?.description.len(), long.len())?;
    let message = MessageDraft::new(MessageKind::Summary, "agent", long.clone());
    s.store.post_message(&s.scope, &made.id, message).await?;
    same(s.store.messages(&s.scope, &made.id).await?[0].body == long, true)
}
