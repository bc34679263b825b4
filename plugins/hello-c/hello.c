/*
 * A role in C: asks its agent to say hello, and hands on what the agent reports.
 *
 * It shows all that a plugin needs: the manifest, the table, a call of the host, errors handed on, memory that each side
 * frees by itself.
 */
#include "octopoid_plugin.h"

#include <stdlib.h>
#include <string.h>

static const char MANIFEST[] =
    "{\"name\": \"hello-c\", \"version\": \"0.1.0\", \"schema\": 1, \"built_with\": \"C\","
    " \"features\": [\"agent.run\", \"progress\"],"
    " \"roles\": [{\"name\": \"hello-c\", \"description\": \"Says hello in a file, by way of an agent\","
    "              \"claims_from\": \"incoming\", \"workspace\": \"own\"}]}";

/* A literal in C is the JSON text that the host is given. */
static const char CALL[] = "{\"prompt\": \"Write a friendly greeting to hello.txt and commit it.\"}";

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
    return at;
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

static int32_t create(const octo_host *host, octo_str role, octo_str config, void **made, octo_buf *error) {
    instance *self = malloc(sizeof(instance));
    (void)role;   /* there is one only */
    (void)config; /* it has no settings */
    if (self == NULL) {
        static const char message[] = "{\"kind\": \"role\", \"message\": \"out of memory\", \"retryable\": true}";
        give(error, message, sizeof(message) - 1);
        return OCTO_ERR;
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
    int32_t status;
    (void)request; /* the task does not change what this role does */

    host->log(run, OCTO_LOG_INFO, str("{\"message\": \"hello from C\"}"));
    host->call(run, str("progress"), str("{\"text\": \"asking for a greeting\"}"), &answer);
    release(&answer);

    answer.release = NULL;
    status = host->call(run, str("agent.run"), str(CALL), &answer);
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
