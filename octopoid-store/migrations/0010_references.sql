-- Standard names, and replies that refer to what was returned instead of copying it.

ALTER TABLE tasks RENAME COLUMN lane TO claimable_for;
ALTER TABLE records RENAME COLUMN shelf TO kind;
ALTER TABLE requests RENAME TO replies;
ALTER TABLE replies RENAME COLUMN answer TO body;

-- A reply that was tasks refers to them. They stood by place: id, scope, seq, and the rest.
UPDATE replies SET body = (
    SELECT json_object('tasks', json_group_array(json_object(
               'scope', task.value ->> 1, 'id', task.value ->> 0, 'seq', task.value ->> 2)))
      FROM json_each(replies.body, '$.tasks') AS task)
 WHERE json_type(body, '$.tasks') = 'array';

-- Before that, they stood by name.
UPDATE replies SET body = json_object('tasks', json_array(json_object(
           'scope', body ->> '$.done.scope', 'id', body ->> '$.done.id', 'seq', body ->> '$.done.seq')))
 WHERE json_type(body, '$.done.seq') = 'integer' AND json_type(body, '$.done.description') = 'text';

UPDATE replies SET body = (
    SELECT json_object('tasks', json_group_array(json_object(
               'scope', task.value ->> '$.scope', 'id', task.value ->> '$.id', 'seq', task.value ->> '$.seq')))
      FROM json_each(replies.body, '$.done') AS task)
 WHERE json_type(body, '$.done[0].seq') = 'integer' AND json_type(body, '$.done[0].description') = 'text';

-- A reply without content has none.
UPDATE replies SET body = '"nothing"' WHERE json_type(body, '$.done') = 'null';

-- Of every other reply it is only kept that the write was carried out, so that a repetition has no second effect.
UPDATE replies SET body = json_object('refused', json_object('kind', 'conflict', 'field', NULL, 'message',
           'the request was carried out before Octopoid was updated, and its reply was not kept; read the record instead'))
 WHERE json_type(body, '$.done') IS NOT NULL;
