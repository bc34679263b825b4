/* A role that asks the host for everything, and keeps each message that crosses the boundary in the folder that its settings name. */
#include "octopoid_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MANIFEST[] =
    "{\"name\": \"record\", \"version\": \"1\", \"schema\": 1,"
    " \"features\": [\"agent.run\", \"progress\", \"git.diff\", \"git.log\", \"task.get\", \"messages.list\", \"artifact.put\"],"
    " \"roles\": [{\"name\": \"record\", \"description\": \"Keeps all messages\"}]}";

static const char REPLY[] = "{\"outcome\": \"submitted\", \"summary\": \"kept all\"}";

static const octo_host *host;
static char folder[1024];

static octo_str str(const char *text) {
    octo_str borrowed;
    borrowed.ptr = (const uint8_t *)text;
    borrowed.len = strlen(text);
    return borrowed;
}

static void keep(const char *name, const uint8_t *text, size_t len) {
    char path[1200];
    FILE *file;
    snprintf(path, sizeof(path), "%s/%s.json", folder, name);
    file = fopen(path, "wb");
    if (file != NULL) {
        fwrite(text, 1, len, file);
        fclose(file);
    }
}

static void ask(octo_run run, const char *op, const char *request, const char *name) {
    octo_buf reply = {NULL, 0, NULL, NULL};
    int32_t status = host->call(run, str(op), str(request), &reply);
    char as[64];
    snprintf(as, sizeof(as), "%s%s", status == OCTO_OK ? "" : "Error-", name);
    keep(as, reply.ptr, reply.len);
    if (reply.release != NULL) {
        reply.release(&reply);
    }
}

/* The settings are {"to":"FOLDER"}. */
static int32_t create(const octo_host *with, octo_str role, octo_str config, void **made, octo_buf *error) {
    const char *begin = memchr(config.ptr, '/', config.len);
    const char *end = (const char *)config.ptr + config.len;
    const char *quote = begin == NULL ? NULL : memchr(begin, '"', (size_t)(end - begin));
    (void)role;
    (void)error;
    if (quote == NULL || (size_t)(quote - begin) >= sizeof(folder)) {
        return OCTO_BAD_ARG;
    }
    memcpy(folder, begin, (size_t)(quote - begin));
    folder[quote - begin] = 0;
    host = with;
    *made = folder;
    return OCTO_OK;
}

static int32_t run(void *made, octo_run run, octo_str request, octo_buf *reply) {
    (void)made;
    keep("RunRequest", request.ptr, request.len);
    host->log(run, OCTO_LOG_INFO, str("{\"message\": \"asking for everything\"}"));
    ask(run, "git.diff", "{}", "Diff");
    ask(run, "git.log", "{}", "Commits");
    ask(run, "task.get", "{}", "Task");
    ask(run, "messages.list", "{}", "Thread");
    ask(run, "artifact.put", "{\"name\": \"a.txt\", \"content\": \"text\"}", "Kept");
    ask(run, "agent.run", "{\"prompt\": \"Work.\"}", "AgentReport");
    ask(run, "agent.run", "{\"prompt\": 7}", "of-a-wrong-request");
    ask(run, "make.tea", "{}", "of-an-unknown-operation");
    reply->ptr = (const uint8_t *)REPLY;
    reply->len = sizeof(REPLY) - 1;
    reply->owner = NULL;
    reply->release = NULL;
    return OCTO_OK;
}

static void destroy(void *made) {
    (void)made;
}

const octo_plugin *octopoid_plugin_v1(const octo_host *with) {
    static octo_plugin table;
    (void)with;
    table.size = sizeof(table);
    table.minor = OCTO_ABI_MINOR;
    table.manifest_json.ptr = (const uint8_t *)MANIFEST;
    table.manifest_json.len = sizeof(MANIFEST) - 1;
    table.create = create;
    table.run = run;
    table.destroy = destroy;
    return &table;
}
