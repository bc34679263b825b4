-- Who created a task; which model worked in a run, and on which commit its work stands.

ALTER TABLE tasks ADD COLUMN created_by TEXT;
ALTER TABLE runs ADD COLUMN model TEXT;
ALTER TABLE runs ADD COLUMN base TEXT;
