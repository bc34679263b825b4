-- What became of drafts: whenever a task or a project is finished, those that it came of are found without reading the others.

CREATE INDEX drafts_of_task ON records (scope, body ->> '$.linked_task')
    WHERE shelf = 'drafts' AND body ->> '$.linked_task' IS NOT NULL;
CREATE INDEX drafts_of_project ON records (scope, body ->> '$.linked_project')
    WHERE shelf = 'drafts' AND body ->> '$.linked_project' IS NOT NULL;
