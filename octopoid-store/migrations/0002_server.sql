-- What a server keeps beside the tasks, and what clients keep with them.

-- JSON; none where there is nothing to keep.
ALTER TABLE tasks ADD COLUMN attributes TEXT;
ALTER TABLE tasks ADD COLUMN type TEXT GENERATED ALWAYS AS (attributes ->> '$.type') VIRTUAL;
ALTER TABLE tasks ADD COLUMN project TEXT GENERATED ALWAYS AS (attributes ->> '$.project_id') VIRTUAL;
-- Claims that ask for a type; tasks without one pay nothing for it.
CREATE INDEX tasks_claimable_by_type ON tasks (scope, lane, type, role, priority, seq)
    WHERE lane IS NOT NULL AND type IS NOT NULL;
CREATE INDEX tasks_by_project ON tasks (scope, project, seq) WHERE project IS NOT NULL;

-- When the newest submission was handed in.
ALTER TABLE submissions ADD COLUMN at INTEGER;

ALTER TABLE messages ADD COLUMN addressee TEXT;
ALTER TABLE messages ADD COLUMN parent INTEGER;
ALTER TABLE messages ADD COLUMN label TEXT;

-- Projects, drafts, actions, flows, roles, machines and keys: few in number, read and written whole, as JSON.
CREATE TABLE records (
    place               INTEGER PRIMARY KEY AUTOINCREMENT,
    shelf               TEXT NOT NULL,
    scope               TEXT NOT NULL,
    id                  TEXT NOT NULL,
    body                TEXT NOT NULL,
    UNIQUE (shelf, scope, id)
) STRICT;

CREATE TABLE counters (
    name                TEXT PRIMARY KEY,
    last                INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What each write gave that came with a key, for the same request again. In the order in which they came, so that the
-- old ones are found at the beginning.
CREATE TABLE requests (
    place               INTEGER PRIMARY KEY,
    key                 TEXT NOT NULL UNIQUE,
    digest              BLOB NOT NULL,
    answer              TEXT NOT NULL,
    at                  INTEGER NOT NULL
) STRICT;
