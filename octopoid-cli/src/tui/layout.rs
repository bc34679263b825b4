//! Where things stand on the screen. Pure.

use ratatui::layout::Rect;

/// The narrowest screen on which the list and the pane stand side by side.
const SIDE_BY_SIDE: u16 = 72;

/// The part of the screen that keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Focus {
    #[default]
    List,
    Pane,
}

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) top: Rect,
    /// None where the pane has the screen for itself.
    pub(super) list: Option<Rect>,
    /// The line between the two.
    pub(super) divider: Option<Rect>,
    /// The names of the panes.
    pub(super) tabs: Option<Rect>,
    /// None where the list has the screen for itself.
    pub(super) pane: Option<Rect>,
    pub(super) bottom: Rect,
}

impl Areas {
    /// Divides a screen. `zoom` gives the part with the focus all of it, and so does a narrow screen. `below` lines at the
    /// bottom are taken by a prompt.
    pub(super) fn of((width, height): (u16, u16), focus: Focus, zoom: bool, below: u16) -> Self {
        let top = Rect::new(0, 0, width, height.min(1));
        let below = below.clamp(1, height.saturating_sub(1).max(1));
        let bottom = Rect::new(0, height.saturating_sub(below), width, below.min(height));
        let body = Rect::new(0, 1, width, height.saturating_sub(1 + below));
        let alone = zoom || width < SIDE_BY_SIDE;
        if alone && focus == Focus::List {
            return Self { top, list: Some(body), divider: None, tabs: None, pane: None, bottom };
        }
        let list_width = if alone { 0 } else { list_width(width) };
        let divider = u16::from(!alone);
        let right = Rect {
            x: body.x + list_width + divider,
            width: body.width.saturating_sub(list_width + divider),
            ..body
        };
        let tabs = Rect { height: right.height.min(1), ..right };
        let pane = Rect { y: right.y + tabs.height, height: right.height - tabs.height, ..right };
        // A column of air on both sides of text.
        let pane = Rect { x: pane.x + 1, width: pane.width.saturating_sub(2), ..pane };
        Self {
            top,
            list: (!alone).then_some(Rect { width: list_width, ..body }),
            divider: (!alone).then_some(Rect { x: list_width, width: 1, ..body }),
            tabs: Some(tabs),
            pane: Some(pane),
            bottom,
        }
    }
}

/// Two fifths of the screen, on a small one as much as titles need, on a wide one no more than they do.
const fn list_width(width: u16) -> u16 {
    let part = width * 2 / 5;
    if part < 34 {
        34
    } else if part > 64 {
        64
    } else {
        part
    }
}
