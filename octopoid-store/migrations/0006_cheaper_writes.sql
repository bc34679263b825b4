-- The same tasks, cheaper to write.
--
-- SQLite builds a list of more than two words anew, as a table of its own, for every row that is checked against it: the
-- CHECKs name the words one by one instead, the frequent ones first. What claims are filtered by is a column, so that no
-- write has to look for it in the JSON. And the index by token begins with the token, which tells two entries apart.
--
-- The table is rebuilt, since SQLite cannot change it in place; what refers to it refers to its name.

CREATE TABLE new_tasks (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    scope               TEXT NOT NULL,
    id                  TEXT NOT NULL,
    key                 TEXT,
    title               TEXT NOT NULL,
    role                TEXT NOT NULL,
    priority            INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    complexity          TEXT CHECK (complexity = 'XS' OR complexity = 'S' OR complexity = 'M' OR complexity = 'L'
                                    OR complexity = 'XL'),
    branch              TEXT,
    created_at          INTEGER NOT NULL,

    queue               TEXT NOT NULL CHECK (queue = 'claimed' OR queue = 'provisional' OR queue = 'incoming'
                                             OR queue = 'done' OR queue = 'blocked' OR queue = 'backlog'
                                             OR queue = 'needs_continuation' OR queue = 'failed'),
    -- Who has submitted work in hand.
    hold                TEXT CHECK (hold = 'free' OR hold = 'claimed' OR hold = 'person'),
    claim_token         TEXT,
    claim_orchestrator  TEXT,
    claim_agent         TEXT,
    claimed_at          INTEGER,
    lease_expires_at    INTEGER,
    approved_by         TEXT,
    approved_at         INTEGER,
    approved_by_person  INTEGER CHECK (approved_by_person BETWEEN 0 AND 1),
    -- Why it stopped, where it did.
    reason              TEXT,
    landed              TEXT,
    done_at             INTEGER,

    -- How many blockers it has, and how many of them stand in the way.
    blockers            INTEGER NOT NULL CHECK (blockers >= unresolved),
    unresolved          INTEGER NOT NULL CHECK (unresolved >= 0),
    runs                INTEGER NOT NULL CHECK (runs >= 0),
    attempts            INTEGER NOT NULL CHECK (attempts >= 0),
    review_rounds       INTEGER NOT NULL CHECK (review_rounds >= 0),
    conflicts           INTEGER NOT NULL CHECK (conflicts >= 0),
    rejections          INTEGER NOT NULL CHECK (rejections >= 0),
    note                TEXT,
    settled_token       TEXT,
    settled_command     TEXT,
    updated_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL CHECK (version >= 1),

    -- JSON; none where there is nothing to keep.
    attributes          TEXT,
    -- Of the attributes, what tasks are looked for by.
    type                TEXT,
    project             TEXT,
    -- That it is to be broken down into others, or was: JSON; none where that is no question.
    breakdown           TEXT,

    -- What it can be claimed for.
    lane                TEXT GENERATED ALWAYS AS (
                            CASE WHEN queue = 'incoming' THEN 'work'
                                 WHEN hold = 'free' THEN CASE WHEN approved_by IS NULL THEN 'review' ELSE 'land' END
                            END) VIRTUAL,

    UNIQUE (scope, id),
    CHECK ((queue = 'provisional') = (hold IS NOT NULL)),
    CHECK ((queue = 'claimed' OR hold IS 'claimed') = (claim_token IS NOT NULL)),
    CHECK ((claim_token IS NULL) = (claim_orchestrator IS NULL)
       AND (claim_token IS NULL) = (claim_agent IS NULL)
       AND (claim_token IS NULL) = (claimed_at IS NULL)
       AND (claim_token IS NULL) = (lease_expires_at IS NULL)),
    CHECK (approved_by IS NULL OR queue = 'provisional'),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)
       AND (approved_by IS NULL) = (approved_by_person IS NULL)),
    CHECK ((queue = 'needs_continuation' OR queue = 'failed' OR hold IS 'person') = (reason IS NOT NULL)),
    CHECK (queue <> 'failed' OR reason <> ''),
    CHECK ((queue = 'done') = (done_at IS NOT NULL)),
    CHECK (landed IS NULL OR queue = 'done'),
    CHECK ((queue <> 'incoming' AND queue <> 'claimed') OR unresolved = 0),
    CHECK (queue <> 'blocked' OR unresolved > 0),
    CHECK ((settled_token IS NULL) = (settled_command IS NULL)),
    -- An older program that still has the file open does not write these two, and must not go on.
    CHECK (type IS attributes ->> '$.type' AND project IS attributes ->> '$.project_id')
) STRICT;

INSERT INTO new_tasks (seq, scope, id, key, title, role, priority, complexity, branch, created_at, queue, hold, claim_token,
                       claim_orchestrator, claim_agent, claimed_at, lease_expires_at, approved_by, approved_at,
                       approved_by_person, reason, landed, done_at, blockers, unresolved, runs, attempts, review_rounds,
                       conflicts, rejections, note, settled_token, settled_command, updated_at, version, attributes, type,
                       project, breakdown)
SELECT seq, scope, id, key, title, role, priority, complexity, branch, created_at, queue, hold, claim_token,
       claim_orchestrator, claim_agent, claimed_at, lease_expires_at, approved_by, approved_at,
       approved_by_person, reason, landed, done_at, blockers, unresolved, runs, attempts, review_rounds,
       conflicts, rejections, note, settled_token, settled_command, updated_at, version, attributes, type,
       project, breakdown
  FROM tasks ORDER BY seq;

-- The last place that was given, also where that task is gone.
DELETE FROM sqlite_sequence WHERE name = 'new_tasks';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_tasks', seq FROM sqlite_sequence WHERE name = 'tasks';

DROP TABLE tasks;
ALTER TABLE new_tasks RENAME TO tasks;

CREATE UNIQUE INDEX tasks_by_key ON tasks (scope, key) WHERE key IS NOT NULL;
-- The next task to claim is the first entry of its scope, lane and role.
CREATE INDEX tasks_claimable ON tasks (scope, lane, role, priority, seq) WHERE lane IS NOT NULL;
CREATE INDEX tasks_claimable_by_type ON tasks (scope, lane, type, role, priority, seq)
    WHERE lane IS NOT NULL AND type IS NOT NULL;
CREATE UNIQUE INDEX tasks_by_token ON tasks (claim_token, scope) WHERE claim_token IS NOT NULL;
CREATE INDEX tasks_by_lease ON tasks (scope, lease_expires_at) WHERE lease_expires_at IS NOT NULL;
CREATE INDEX tasks_by_holder ON tasks (scope, claim_orchestrator, queue) WHERE claim_orchestrator IS NOT NULL;
CREATE INDEX tasks_by_queue ON tasks (scope, queue, seq);
CREATE INDEX tasks_by_project ON tasks (scope, project, seq) WHERE project IS NOT NULL;
-- The landing that is in hand on a branch.
CREATE INDEX tasks_landing ON tasks (scope, branch) WHERE hold = 'claimed' AND approved_by IS NOT NULL;
-- The next task to land, for each branch: those that wait behind a landing in hand are passed over all at once.
CREATE INDEX tasks_to_land ON tasks (scope, branch, role, priority, seq) WHERE hold = 'free' AND approved_by IS NOT NULL;

DROP INDEX events_by_task;
CREATE INDEX events_by_task ON events (task, scope);
