//! Hints: which claims may succeed, given what has happened since the last one found nothing. Pure data.

use crate::model::{Event, Queue, RoleName, TaskId};
use crate::store::{Interest, Offer};
use crate::transition::Purpose;
use std::collections::{BTreeMap, BTreeSet};

/// Work that may be available. A superfluous hint costs a request; a missing one would leave a task waiting.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    roles: BTreeMap<RoleName, (Purpose, Hint)>,
    /// Whether approved work may be ready to land.
    landing: bool,
}

/// Hint about the work for one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hint {
    /// No work is available.
    Nothing,
    /// Tasks that are available; there are no others.
    Offered(BTreeSet<TaskId>),
    /// Work may be available.
    Something,
}

impl Hints {
    /// Creates hints for a machine's roles, for all of which work may be available.
    pub(crate) fn of(roles: impl IntoIterator<Item = (RoleName, Purpose)>) -> Self {
        let roles = roles.into_iter().map(|(role, purpose)| (role, (purpose, Hint::Something))).collect();
        Self { roles, landing: true }
    }

    /// Adds the machine's roles and landings to the interest of its feed.
    pub(crate) fn interest(&self, mut interest: Interest) -> Interest {
        for (role, (purpose, _)) in &self.roles {
            interest = match purpose {
                Purpose::Work => interest.with_work(role.clone()),
                Purpose::Review => interest.with_review(role.clone()),
                Purpose::Land => interest,
            };
        }
        interest.with_landing()
    }

    /// Resets all hints: any work may be available.
    pub(crate) fn everything(&mut self) {
        self.landing = true;
        self.roles.values_mut().for_each(|(_, hint)| *hint = Hint::Something);
    }

    /// Records an event from the feed.
    pub(crate) fn event(&mut self, event: &Event) {
        if event.kind.is_bookkeeping() {
            return;
        }
        let came = |queue| event.to == Some(queue);
        let left = event.from == Some(Queue::Provisional);
        // Work that leaves `provisional` lets the next task on its branch land.
        self.landing |= came(Queue::Provisional) || left;
        for (purpose, hint) in self.roles.values_mut() {
            let matters = match purpose {
                Purpose::Work => came(Queue::Incoming),
                Purpose::Review | Purpose::Land => came(Queue::Provisional),
            };
            if matters {
                *hint = Hint::Something;
            }
        }
    }

    /// Records an offer of a task that can be claimed.
    pub(crate) fn offer(&mut self, offer: &Offer) {
        if offer.purpose == Purpose::Land {
            self.landing = true;
            let landers = self.roles.values_mut().filter(|(purpose, _)| *purpose == Purpose::Land);
            landers.for_each(|(_, hint)| *hint = Hint::Something);
        }
        let Some((_, hint)) = offer.role.as_ref().and_then(|role| self.roles.get_mut(role)) else { return };
        match hint {
            Hint::Nothing => *hint = Hint::Offered([offer.task.clone()].into()),
            Hint::Offered(tasks) => {
                tasks.insert(offer.task.clone());
                if tasks.len() >= Offer::MOST {
                    *hint = Hint::Something;
                }
            }
            Hint::Something => {}
        }
    }

    /// Records that a task can no longer be claimed, or was claimed here.
    pub(crate) fn taken(&mut self, task: &TaskId) {
        for (_, hint) in self.roles.values_mut() {
            if let Hint::Offered(tasks) = hint {
                tasks.remove(task);
                if tasks.is_empty() {
                    *hint = Hint::Nothing;
                }
            }
        }
    }

    /// Records that a claim for a role found nothing.
    pub(crate) fn nothing_for(&mut self, role: &RoleName) {
        if let Some((_, hint)) = self.roles.get_mut(role) {
            *hint = Hint::Nothing;
        }
    }

    /// Returns the hint for a role.
    pub(crate) fn for_role(&self, role: &RoleName) -> Hint {
        self.roles.get(role).map_or(Hint::Something, |(_, hint)| hint.clone())
    }

    /// Returns whether approved work may be ready to land.
    pub(crate) fn landing(&self) -> bool {
        self.landing
    }

    /// Records that approved work may be ready to land.
    pub(crate) fn may_land(&mut self) {
        self.landing = true;
    }

    /// Records that all approved work was considered.
    pub(crate) fn landings_seen(&mut self) {
        self.landing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventDraft, EventKind, Scope, Timestamp};

    fn hints() -> Hints {
        let mut hints =
            Hints::of([(RoleName::implement(), Purpose::Work), (RoleName::review(), Purpose::Review)]);
        hints.nothing_for(&RoleName::implement());
        hints.nothing_for(&RoleName::review());
        hints.landings_seen();
        hints
    }

    fn event(kind: EventKind, from: Option<Queue>, to: Queue) -> Event {
        let draft = EventDraft { kind, actor: "ada".to_owned(), from, to: Some(to), note: None };
        draft.at(1, Scope::single(), TaskId::numbered(1), Timestamp::default())
    }

    /// Returns whether there is work for the worker, for the reviewer and for a landing.
    fn known(hints: &Hints) -> (bool, bool, bool) {
        let something = |role| hints.for_role(role) != Hint::Nothing;
        (something(&RoleName::implement()), something(&RoleName::review()), hints.landing())
    }

    #[test]
    fn nothing_is_known_at_first() {
        let hints = Hints::of([(RoleName::implement(), Purpose::Work)]);
        assert_eq!(hints.for_role(&RoleName::implement()), Hint::Something);
        assert!(hints.landing());
        assert_eq!(known(&self::hints()), (false, false, false));
    }

    #[test]
    fn an_event_hints_at_what_it_may_let_begin() {
        use EventKind as E;
        use Queue as Q;
        for (kind, from, to, hinted) in [
            (E::Created, None, Q::Incoming, (true, false, false)),
            (E::Created, None, Q::Blocked, (false, false, false)),
            (E::Unblocked, Some(Q::Blocked), Q::Incoming, (true, false, false)),
            (E::Updated, Some(Q::Incoming), Q::Incoming, (true, false, false)),
            (E::Claimed, Some(Q::Incoming), Q::Claimed, (false, false, false)),
            (E::MessagePosted, Some(Q::Incoming), Q::Incoming, (false, false, false)),
            (E::RunRecorded, Some(Q::Provisional), Q::Provisional, (false, false, false)),
            (E::Submitted, Some(Q::Claimed), Q::Provisional, (false, true, true)),
            (E::Approved, Some(Q::Provisional), Q::Provisional, (false, true, true)),
            (E::Rejected, Some(Q::Provisional), Q::Incoming, (true, false, true)),
            (E::Accepted, Some(Q::Provisional), Q::Done, (false, false, true)),
            (E::LeaseExpired, Some(Q::Claimed), Q::Incoming, (true, false, false)),
        ] {
            let mut hints = hints();
            hints.event(&event(kind, from, to));
            assert_eq!(known(&hints), hinted, "{kind:?}");
        }
    }

    #[test]
    fn an_offer_holds_until_it_is_taken() {
        let (first, second) = (TaskId::numbered(1), TaskId::numbered(2));
        let offer = |task: &TaskId| Offer::new(task.clone(), Purpose::Work, Some(RoleName::implement()), 0);
        let mut hints = hints();
        hints.offer(&offer(&first));
        hints.offer(&offer(&second));
        assert_eq!(known(&hints), (true, false, false));
        hints.taken(&first);
        assert_eq!(hints.for_role(&RoleName::implement()), Hint::Offered([second.clone()].into()));
        hints.taken(&second);
        assert_eq!(known(&hints), (false, false, false));
        hints.offer(&Offer::new(first, Purpose::Land, None, 0));
        assert_eq!(known(&hints), (false, false, true));
    }

    #[test]
    fn whoever_has_many_offers_looks_for_itself_until_there_is_nothing() {
        let mut hints = hints();
        let offer =
            |number| Offer::new(TaskId::numbered(number), Purpose::Review, Some(RoleName::review()), 0);
        (0..Offer::MOST as u64).for_each(|number| hints.offer(&offer(number)));
        assert_eq!(hints.for_role(&RoleName::review()), Hint::Something);
        (0..Offer::MOST as u64).for_each(|number| hints.taken(&TaskId::numbered(number)));
        assert_eq!(hints.for_role(&RoleName::review()), Hint::Something, "others may have come meanwhile");
        hints.nothing_for(&RoleName::review());
        assert_eq!(hints.for_role(&RoleName::review()), Hint::Nothing);
    }
}
