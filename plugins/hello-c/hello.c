/*
 * A role in C: asks its agent to do what the task says, and hands on what the agent reports.
 *
 * It shows all that a plugin needs: the manifest, the table, the request of a run, a call of the host with a schema for the
 * answer, errors handed on, memory that each side frees by itself. The messages are described in the SDK's MESSAGES.md.
 */
#include "octopoid_plugin.h"

#include <stdlib.h>
#include <string.h>

static const char MANIFEST[] =
    "{\"name\": \"hello-c\", \"version\": \"0.1.0\", \"schema\": 1, \"built_with\": \"C\","
    " \"features\": [\"agent.run\", \"progress\"],"
    " \"roles\": [{\"name\": \"hello-c\", \"description\": \"Does what a task says, by way of an agent\","
    "              \"claims_from\": \"incoming\", \"workspace\": \"own\","
    "              \"outcomes\": [\"submitted\", \"needs_input\", \"failed\"]}]}";

/*
 * The call of the agent is JSON in three pieces: what it is told, with the task's title and description between them, and
 * what its report must look like. The host sends a report that does not fit back to the agent.
 */
static const char CALL_BEGIN[] =
    "{\"prompt\": \"Do the task below in this folder and commit the result with git.\\n\\n# ";
static const char CALL_MIDDLE[] = "\\n\\n";
static const char CALL_END[] =
    "\\n\\n# Your report\\n\\nReport `submitted` with a `summary` once the work is committed, `needs_input` with a"
    " `question` if only a person can decide something, or `failed` with a `reason`.\\n\","
    " \"output_schema\": {\"type\": \"object\", \"required\": [\"outcome\"], \"additionalProperties\": false,"
    " \"properties\": {\"outcome\": {\"type\": \"string\", \"enum\": [\"submitted\", \"needs_input\", \"failed\"]},"
    " \"summary\": {\"type\": \"string\"}, \"question\": {\"type\": \"string\"}, \"reason\": {\"type\": \"string\"}}}}";

typedef struct instance {
    const octo_host *host;
} instance;

static octo_str str(const char *text) {
    octo_str borrowed;
    borrowed.ptr = (const uint8_t *)text;
    borrowed.len = strlen(text);
    return borrowed;
}

static void free_text(octo_buf *self) {
    free(self->owner);
    self->owner = NULL;
}

/* Hands a copy of a text over; the host calls free_text when it has read it. */
static void give(octo_buf *to, const char *text, size_t len) {
    char *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        len = 0;
    } else {
        memcpy(copy, text, len);
    }
    to->ptr = (const uint8_t *)copy;
    to->len = len;
    to->owner = copy;
    to->release = free_text;
}

static void release(octo_buf *text) {
    if (text->release != NULL) {
        text->release(text);
    }
}

/* The end of the JSON value that begins at `at`. */
static const char *value_end(const char *at, const char *end) {
    int depth = 0;
    int in_string = 0;
    for (; at < end; at++) {
        if (in_string) {
            if (*at == '\\') {
                at++;
            } else if (*at == '"') {
                in_string = 0;
            }
        } else if (*at == '"') {
            in_string = 1;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) {
                return at;
            }
            depth--;
        } else if (*at == ',' && depth == 0) {
            return at;
        }
    }
    return at < end ? at : end;
}

/* The value of a key at the top of a JSON object, as its text; an empty one if it is not there. */
static octo_str member(const uint8_t *object, size_t len, const char *key) {
    const char *at = (const char *)object;
    const char *end = at + len;
    octo_str found = {NULL, 0};
    size_t key_len = strlen(key);
    while (at < end && *at != '{') {
        at++;
    }
    while (at < end) {
        const char *name;
        const char *stop;
        at++; /* after the brace or the comma */
        while (at < end && *at != '"') {
            at++;
        }
        name = at + 1;
        for (at = name; at < end && *at != '"'; at++) {
            if (*at == '\\') {
                at++;
            }
        }
        stop = at;
        while (at < end && *at != ':') {
            at++;
        }
        for (at++; at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'); at++) {
        }
        if (at < end && (size_t)(stop - name) == key_len && memcmp(name, key, key_len) == 0) {
            found.ptr = (const uint8_t *)at;
            found.len = (size_t)(value_end(at, end) - at);
            return found;
        }
        at = value_end(at, end);
    }
    return found;
}

/* What stands between the quotes of a JSON string, still escaped; an empty text for anything else. */
static octo_str inside(octo_str value) {
    octo_str none = {NULL, 0};
    while (value.len > 0 && value.ptr[value.len - 1] != '"') {
        value.len--; /* blanks before the comma */
    }
    if (value.len < 2 || value.ptr[0] != '"') {
        return none;
    }
    value.ptr++;
    value.len -= 2;
    return value;
}

static char *append(char *to, const void *from, size_t len) {
    if (len > 0) {
        memcpy(to, from, len);
    }
    return to + len;
}

/* The call of the agent for this task. A text of the request is put into it as it is: it is escaped already. */
static char *call_for(octo_str request, size_t *len) {
    octo_str task = member(request.ptr, request.len, "task");
    octo_str title = inside(member(task.ptr, task.len, "title"));
    octo_str description = inside(member(task.ptr, task.len, "description"));
    char *call;
    char *at;
    *len = sizeof(CALL_BEGIN) + sizeof(CALL_MIDDLE) + sizeof(CALL_END) - 3 + title.len + description.len;
    call = malloc(*len);
    if (call == NULL) {
        return NULL;
    }
    at = append(call, CALL_BEGIN, sizeof(CALL_BEGIN) - 1);
    at = append(at, title.ptr, title.len);
    at = append(at, CALL_MIDDLE, sizeof(CALL_MIDDLE) - 1);
    at = append(at, description.ptr, description.len);
    append(at, CALL_END, sizeof(CALL_END) - 1);
    return call;
}

static int32_t out_of_memory(octo_buf *error) {
    static const char message[] = "{\"kind\": \"role\", \"message\": \"out of memory\", \"retryable\": true}";
    give(error, message, sizeof(message) - 1);
    return OCTO_ERR;
}

static int32_t create(const octo_host *host, octo_str role, octo_str config, void **made, octo_buf *error) {
    instance *self = malloc(sizeof(instance));
    (void)role;   /* there is one only */
    (void)config; /* it has no settings */
    if (self == NULL) {
        return out_of_memory(error);
    }
    self->host = host;
    *made = self;
    return OCTO_OK;
}

static int32_t run(void *made, octo_run run, octo_str request, octo_buf *reply) {
    static const char none[] = "{\"outcome\": \"failed\", \"reason\": \"the agent gave no result\"}";
    const octo_host *host = ((instance *)made)->host;
    octo_buf answer = {NULL, 0, NULL, NULL};
    octo_str result;
    octo_str call;
    char *text;
    int32_t status;

    host->log(run, OCTO_LOG_INFO, str("{\"message\": \"hello from C\"}"));
    host->call(run, str("progress"), str("{\"text\": \"asking the agent\"}"), &answer);
    release(&answer);

    text = call_for(request, &call.len);
    if (text == NULL) {
        return out_of_memory(reply);
    }
    call.ptr = (const uint8_t *)text;
    answer.release = NULL;
    status = host->call(run, str("agent.run"), call, &answer);
    free(text);
    if (status != OCTO_OK) {
        /* The host knows why its agent did not come to its own end: hand its words on. */
        give(reply, (const char *)answer.ptr, answer.len);
        release(&answer);
        return status;
    }
    result = member(answer.ptr, answer.len, "result");
    if (result.len == 0 || *result.ptr != '{') {
        give(reply, none, sizeof(none) - 1);
    } else {
        give(reply, (const char *)result.ptr, result.len);
    }
    release(&answer);
    return OCTO_OK;
}

static void destroy(void *made) {
    free(made);
}

const octo_plugin *octopoid_plugin_v1(const octo_host *host) {
    static octo_plugin table;
    if (host == NULL || host->size < offsetof(octo_host, extension)) {
        return NULL;
    }
    table.size = sizeof(table);
    table.minor = OCTO_ABI_MINOR;
    table.manifest_json.ptr = (const uint8_t *)MANIFEST;
    table.manifest_json.len = sizeof(MANIFEST) - 1;
    table.create = create;
    table.run = run;
    table.destroy = destroy;
    table.cancel = NULL; /* a waiting call ends by itself when the run is to stop */
    table.extension = NULL;
    return &table;
}
