-- One landing at a time on each branch.

-- The landing that is in hand on a branch.
CREATE INDEX tasks_landing ON tasks (scope, branch) WHERE hold = 'claimed' AND approved_by IS NOT NULL;
-- The next task to land, for each branch: those that wait behind a landing in hand are passed over all at once.
CREATE INDEX tasks_to_land ON tasks (scope, branch, role, priority, seq) WHERE hold = 'free' AND approved_by IS NOT NULL;
