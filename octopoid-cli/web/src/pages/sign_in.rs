//! The page on which people sign in.

use super::layout::head;
use crate::text::T;
use maud::{DOCTYPE, Markup, html};

/// Returns the page.
pub(crate) fn sign_in(base: &str, with_key: bool, next: &str, name: &str, refused: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(base, "Sign in · Octopoid", false))
            body.alone {
                main #main {
                    h1 { "Octopoid" }
                    @if with_key {
                        form.sheet method="post" action={ (base) "/sign-in" } {
                            input type="hidden" name="next" value=(next);
                            @if let Some(refused) = refused { p.problem role="alert" { (T(refused)) } }
                            label for="name" { "Your name" }
                            input #name name="name" required maxlength="80" autocomplete="name" value=(name) autofocus;
                            p.hint { "It stands behind each of your decisions." }
                            label for="key" { "API key" }
                            input #key type="password" name="key" required autocomplete="current-password" placeholder="oct_…";
                            p.hint { code { "octopoid key create" } " on the server makes one." }
                            div.choice { button.primary { "Sign in" } }
                        }
                    } @else {
                        @if let Some(refused) = refused { p.problem role="alert" { (T(refused)) } }
                        p { "This dashboard is opened by a link that can be used once." }
                        p { "The program that serves it has printed one; somebody who is signed in can make another, by " strong { "Open in another browser" } " in the menu at the top right. In a terminal, run " code { "octopoid dashboard --web" } "." }
                    }
                }
            }
        }
    }
}

/// Returns the page with a new one-time link.
pub(crate) fn link(base: &str, address: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(base, "A link · Octopoid", false))
            body.alone {
                main #main {
                    h1 { "Open in another browser" }
                    p { "This link signs you in there. It works once, within 15 minutes, and only from where this address can be reached." }
                    p { input #link readonly value=(address) aria-label="Link"; }
                    p { a.button href=(if base.is_empty() { "/" } else { base }) { "Back to the board" } }
                }
            }
        }
    }
}
