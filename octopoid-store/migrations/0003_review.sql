-- Who has to be content with submitted work, and who has been: JSON, NULL where anyone may review it and nobody has.
ALTER TABLE submissions ADD COLUMN review TEXT;
