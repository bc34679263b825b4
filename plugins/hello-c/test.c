/* Runs the role against a host of this file's own: `make test`. */
#include "octopoid_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *agent_reply;
static int32_t agent_status;
static char logged[256];
static char asked[4096];

static void host_log(octo_run run, uint32_t level, octo_str event) {
    (void)run;
    (void)level;
    snprintf(logged, sizeof(logged), "%.*s", (int)event.len, (const char *)event.ptr);
}

static int32_t host_cancelled(octo_run run) {
    (void)run;
    return 0;
}

static int32_t host_call(octo_run run, octo_str op, octo_str request, octo_buf *reply) {
    const char *text = "null";
    int32_t status = OCTO_OK;
    (void)run;
    if (op.len == 9 && memcmp(op.ptr, "agent.run", 9) == 0) {
        snprintf(asked, sizeof(asked), "%.*s", (int)request.len, (const char *)request.ptr);
        text = agent_reply;
        status = agent_status;
    }
    reply->ptr = (const uint8_t *)text;
    reply->len = strlen(text);
    reply->owner = NULL;
    reply->release = NULL;
    return status;
}

static const octo_host HOST = {sizeof(octo_host), OCTO_ABI_MINOR, host_log, host_cancelled, host_call, NULL};

/* As a host sends it, with what a careless reader would stumble over. */
static const char REQUEST[] =
    "{\"schema\": 1, \"run\": \"task-7.1\", \"thread\": [{\"title\": \"not this\"}], \"task\" : {\"id\": \"task-7\","
    " \"title\": \"Say \\\"hi, }\\\"\" , \"description\":\"In two\\nlines.\\\\\", \"blockers\": []}, \"attempt\": 1}";

static int failures;

static void expect(const char *what, const char *reply, int32_t reply_status, int32_t status, const char *answer) {
    const octo_plugin *plugin = octopoid_plugin_v1(&HOST);
    octo_str role = {(const uint8_t *)"hello-c", 7};
    octo_str config = {(const uint8_t *)"{}", 2};
    octo_str request = {(const uint8_t *)REQUEST, sizeof(REQUEST) - 1};
    octo_buf given = {NULL, 0, NULL, NULL};
    void *instance = NULL;
    int32_t got;

    agent_reply = reply;
    agent_status = reply_status;
    if (plugin->create(&HOST, role, config, &instance, &given) != OCTO_OK) {
        printf("FAILED %s: no instance\n", what);
        failures++;
        return;
    }
    got = plugin->run(instance, 1, request, &given);
    if (got != status || given.len != strlen(answer) || memcmp(given.ptr, answer, given.len) != 0) {
        printf("FAILED %s: %d %.*s\n", what, (int)got, (int)given.len, (const char *)given.ptr);
        failures++;
    } else {
        printf("ok     %s\n", what);
    }
    if (given.release != NULL) {
        given.release(&given);
    }
    plugin->destroy(instance);
}

int main(void) {
    expect("hands on the agent's result",
           "{\"text\": \"a \\\"result\\\": {}\", \"result\": {\"outcome\": \"submitted\", \"summary\": \"}\"}, \"usage\": {}}",
           OCTO_OK, OCTO_OK, "{\"outcome\": \"submitted\", \"summary\": \"}\"}");
    expect("fails without a result", "{\"text\": \"done\", \"result\": null}", OCTO_OK, OCTO_OK,
           "{\"outcome\": \"failed\", \"reason\": \"the agent gave no result\"}");
    expect("hands on the agent's failure", "{\"kind\": \"agent\", \"message\": \"crashed\"}", OCTO_ERR, OCTO_ERR,
           "{\"kind\": \"agent\", \"message\": \"crashed\"}");
    if (strstr(asked, "# Say \\\"hi, }\\\"\\n\\nIn two\\nlines.\\\\\\n\\n# Your report") == NULL
        || strstr(asked, "\"output_schema\": {") == NULL) {
        printf("FAILED asks for what the task says: %s\n", asked);
        failures++;
    } else {
        printf("ok     asks for what the task says\n");
    }
    if (strstr(logged, "hello from C") == NULL) {
        printf("FAILED says hello in the log\n");
        failures++;
    }
    if (octopoid_plugin_v1(NULL) != NULL) {
        printf("FAILED refuses no host\n");
        failures++;
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
