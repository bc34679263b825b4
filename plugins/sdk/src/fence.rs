//! Catching panics before they reach the other side of the boundary, where they cannot be caught.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics inside the fence from printing; where they happened goes with what the fence gives. Only this library's
/// own copy of the standard library is changed.
pub(crate) fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.get() == 0 {
                return usual(info);
            }
            let place = info.location().map(ToString::to_string);
            PLACE.with(|known| *known.borrow_mut() = place);
        }));
    });
}

/// Runs a closure, and returns a panic as its message.
pub(crate) fn fenced<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    DEPTH.set(DEPTH.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let place = PLACE.with(|known| known.borrow_mut().take());
        let words = words(payload.as_ref()).to_owned();
        // Dropping a stranger's payload may panic again.
        std::mem::forget(payload);
        match place {
            Some(place) => format!("panicked at {place}: {words}"),
            None => format!("panicked: {words}"),
        }
    })
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("(no words)")
}
