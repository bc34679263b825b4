//! Carrying out what was decided, beside the screen.

use crate::tui::actions::{Action, carry_out};
use crate::tui::defect::defect;
use crate::tui::desk::Desk;
use crate::tui::event::Event;
use crate::tui::screen::panic_message;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Carries actions out, one after the other, and says what they came to.
pub(super) async fn act(
    desk: Arc<Desk>,
    mut actions: mpsc::UnboundedReceiver<(Action, u64)>,
    events: mpsc::Sender<Event>,
) {
    while let Some((action, number)) = actions.recv().await {
        let number = Some(number);
        let carried_out = async {
            defect("act", &desk.context);
            carry_out(action, &desk).await
        };
        let event = match AssertUnwindSafe(carried_out).catch_unwind().await {
            Ok(Ok(text)) => Event::Done { text, number },
            Ok(Err(error)) => Event::Failed { message: error.message, hint: error.hint, number },
            Err(panic) => {
                let message = format!("that ended by a defect: {}", panic_message(&*panic));
                Event::Failed { message, hint: None, number }
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}
