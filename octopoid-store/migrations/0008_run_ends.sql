-- How the agent of a run was stopped, as JSON, and the last thing that it said: the next attempt is told.

ALTER TABLE runs ADD COLUMN stopped TEXT;
ALTER TABLE runs ADD COLUMN last_words TEXT;
