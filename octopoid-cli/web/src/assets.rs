//! The files that pages load: styles, scripts and the icon, built into the program.

use crate::marks::digest;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

macro_rules! assets {
    ($($name:literal: $kind:literal),* $(,)?) => {
        const ASSETS: &[Asset] = &[$(Asset { name: $name, kind: $kind, content: include_str!(concat!("../assets/", $name)) }),*];
    };
}

assets! {
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "main.js": "text/javascript; charset=utf-8",
    "board.js": "text/javascript; charset=utf-8",
    "changes.js": "text/javascript; charset=utf-8",
    "feed.js": "text/javascript; charset=utf-8",
    "forms.js": "text/javascript; charset=utf-8",
    "kept.js": "text/javascript; charset=utf-8",
    "keys.js": "text/javascript; charset=utf-8",
    "log.js": "text/javascript; charset=utf-8",
    "regions.js": "text/javascript; charset=utf-8",
    "time.js": "text/javascript; charset=utf-8",
}

/// Returns a number for all assets together, which changes when one of them does: modules import each other by relative
/// addresses, so it stands in the path.
fn version() -> String {
    static VERSION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let all = || ASSETS.iter().map(|asset| asset.content).collect::<Vec<_>>();
    VERSION.get_or_init(|| format!("{:x}", digest(&all()))).clone()
}

/// Returns the address of an asset.
pub(crate) fn url(base: &str, name: &str) -> String {
    format!("{base}/assets/{}/{name}", version())
}

/// Returns an asset; none if there is no such one.
pub(crate) fn answer(name: &str) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    // Their address changes with their content.
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Some((headers, asset.content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_are_small() {
        let scripts = ASSETS.iter().filter(|asset| asset.name.ends_with(".js"));
        let bytes: usize = scripts.map(|asset| asset.content.len()).sum();
        assert!(bytes <= 60 * 1024, "{bytes} bytes");
    }
}
