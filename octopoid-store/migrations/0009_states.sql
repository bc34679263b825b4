-- Tasks in states that flows add: of a task that is put aside, the state it stands in; of a claimed one, the state that it
-- was claimed from and goes back to.

ALTER TABLE tasks ADD COLUMN state TEXT CHECK (state IS NULL OR queue = 'backlog' OR queue = 'claimed');

CREATE INDEX tasks_in_state ON tasks (scope, state, priority, seq) WHERE queue = 'backlog' AND state IS NOT NULL;
