-- That a task is to be broken down into others, or was: JSON; none where that is no question.
ALTER TABLE tasks ADD COLUMN breakdown TEXT;
