-- Tasks, their history, threads and runs.
--
-- A task's state is spread over columns that can be searched; the CHECKs below allow exactly the combinations that the
-- model can express (I01). Long texts stand in tables of their own, so that a claim does not rewrite them. Moments are
-- milliseconds since 1970.

CREATE TABLE tasks (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    scope               TEXT NOT NULL,
    id                  TEXT NOT NULL,
    key                 TEXT,
    title               TEXT NOT NULL,
    role                TEXT NOT NULL,
    priority            INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    complexity          TEXT CHECK (complexity IN ('XS', 'S', 'M', 'L', 'XL')),
    branch              TEXT,
    created_at          INTEGER NOT NULL,

    queue               TEXT NOT NULL CHECK (queue IN ('backlog', 'blocked', 'incoming', 'claimed', 'provisional',
                                                       'needs_continuation', 'done', 'failed')),
    -- Who has submitted work in hand.
    hold                TEXT CHECK (hold IN ('free', 'claimed', 'person')),
    claim_token         TEXT,
    claim_orchestrator  TEXT,
    claim_agent         TEXT,
    claimed_at          INTEGER,
    lease_expires_at    INTEGER,
    approved_by         TEXT,
    approved_at         INTEGER,
    approved_by_person  INTEGER CHECK (approved_by_person IN (0, 1)),
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
    CHECK ((queue IN ('needs_continuation', 'failed') OR hold IS 'person') = (reason IS NOT NULL)),
    CHECK (queue <> 'failed' OR reason <> ''),
    CHECK ((queue = 'done') = (done_at IS NOT NULL)),
    CHECK (landed IS NULL OR queue = 'done'),
    CHECK (queue NOT IN ('incoming', 'claimed') OR unresolved = 0),
    CHECK (queue <> 'blocked' OR unresolved > 0),
    CHECK ((settled_token IS NULL) = (settled_command IS NULL))
) STRICT;

CREATE UNIQUE INDEX tasks_by_key ON tasks (scope, key) WHERE key IS NOT NULL;
-- The next task to claim is the first entry of its scope, lane and role.
CREATE INDEX tasks_claimable ON tasks (scope, lane, role, priority, seq) WHERE lane IS NOT NULL;
CREATE UNIQUE INDEX tasks_by_token ON tasks (scope, claim_token) WHERE claim_token IS NOT NULL;
CREATE INDEX tasks_by_lease ON tasks (scope, lease_expires_at) WHERE lease_expires_at IS NOT NULL;
CREATE INDEX tasks_by_holder ON tasks (scope, claim_orchestrator, queue) WHERE claim_orchestrator IS NOT NULL;
CREATE INDEX tasks_by_queue ON tasks (scope, queue, seq);

CREATE TABLE descriptions (
    task                INTEGER PRIMARY KEY REFERENCES tasks (seq) ON DELETE CASCADE,
    body                TEXT NOT NULL
) STRICT;

-- The newest submission of each task.
CREATE TABLE submissions (
    task                INTEGER PRIMARY KEY REFERENCES tasks (seq) ON DELETE CASCADE,
    commits             INTEGER NOT NULL,
    turns               INTEGER NOT NULL,
    turn_limit_reached  INTEGER NOT NULL CHECK (turn_limit_reached IN (0, 1)),
    head                TEXT,
    base                TEXT,
    tested              TEXT,
    branch              TEXT,
    session             TEXT,
    summary             TEXT
) STRICT;

CREATE TABLE blockers (
    task                INTEGER NOT NULL REFERENCES tasks (seq) ON DELETE CASCADE,
    position            INTEGER NOT NULL,
    scope               TEXT NOT NULL,
    blocker             TEXT NOT NULL,
    resolved            INTEGER NOT NULL CHECK (resolved IN (0, 1)),
    PRIMARY KEY (task, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX blockers_unresolved ON blockers (scope, blocker, task) WHERE resolved = 0;

-- The last number that was given to a task of each scope.
CREATE TABLE numbers (
    scope               TEXT PRIMARY KEY,
    last                INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest event is never removed, so the numbers only grow.
CREATE TABLE events (
    seq                 INTEGER PRIMARY KEY,
    scope               TEXT NOT NULL,
    task                TEXT NOT NULL,
    kind                TEXT NOT NULL,
    actor               TEXT NOT NULL,
    from_queue          TEXT,
    to_queue            TEXT,
    note                TEXT,
    at                  INTEGER NOT NULL
) STRICT;

CREATE INDEX events_by_task ON events (scope, task);

CREATE TABLE messages (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    scope               TEXT NOT NULL,
    task                TEXT NOT NULL,
    kind                TEXT NOT NULL,
    author              TEXT NOT NULL,
    body                TEXT NOT NULL,
    at                  INTEGER NOT NULL
) STRICT;

CREATE INDEX messages_by_task ON messages (scope, task);

CREATE TABLE runs (
    place               INTEGER PRIMARY KEY AUTOINCREMENT,
    scope               TEXT NOT NULL,
    id                  TEXT NOT NULL,
    task                TEXT NOT NULL,
    number              INTEGER NOT NULL,
    agent               TEXT NOT NULL,
    role                TEXT,
    orchestrator        TEXT NOT NULL,
    stage               TEXT NOT NULL,
    started_at          INTEGER NOT NULL,
    finished_at         INTEGER,
    -- JSON: it is read whole and never searched.
    outcome             TEXT,
    note                TEXT,
    turns               INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cost_usd            REAL NOT NULL,
    commits             INTEGER NOT NULL,
    head                TEXT,
    session             TEXT,
    -- JSON, as above.
    steps               TEXT NOT NULL,
    UNIQUE (scope, id)
) STRICT;

CREATE INDEX runs_by_task ON runs (scope, task);
CREATE INDEX runs_by_start ON runs (scope, started_at);
CREATE INDEX runs_unsettled ON runs (scope) WHERE stage <> 'settled';
