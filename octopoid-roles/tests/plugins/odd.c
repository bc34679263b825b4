/* Plugins that are odd in one way each: -DCASE=… chooses. Compiled by the tests. */
#include "octopoid_plugin.h"

#include <stdlib.h>
#include <string.h>

#define GOOD 0
#define SHORT_TABLE 1      /* minor version 0: nothing after destroy */
#define LONG_TABLE 2       /* fields that this host does not know yet */
#define LYING_SIZE 3
#define NO_RUN 4
#define NULL_MANIFEST 5
#define BAD_UTF8 6         /* in the manifest */
#define LATER_SCHEMA 7
#define REFUSES 8
#define GIGABYTE 9         /* a reply of one */
#define BAD_REPLY 10       /* no UTF-8 */
#define NONSENSE 11        /* no JSON */
#define NULL_REPLY 12      /* a length without bytes */
#define NO_INSTANCE 13     /* create says OK and gives none */
#define STRANGE_STATUS 14
#define UNFILLED 15        /* OK without a reply */
#define NO_FEATURES 16     /* may ask for nothing, and asks */

#ifndef CASE
#define CASE GOOD
#endif

#if CASE == LATER_SCHEMA
#define SCHEMA "2"
#else
#define SCHEMA "1"
#endif
#if CASE == NO_FEATURES
#define FEATURES "[\"weather\"]"
#else
#define FEATURES "[\"task.get\"]"
#endif

static const char MANIFEST[] = "{\"name\": \"odd\", \"version\": \"3\", \"schema\": " SCHEMA ", \"features\": " FEATURES ","
                               " \"roles\": [{\"name\": \"odd\", \"description\": \"odd"
#if CASE == BAD_UTF8
                               "\xff"
#endif
                               "\"}], \"mood\": \"good\"}";
static const char DONE[] = "{\"outcome\": \"nothing\", \"reason\": \"done\"}";


static void free_owner(octo_buf *self) {
    free(self->owner);
}

static int32_t create(const octo_host *host, octo_str role, octo_str config, void **instance, octo_buf *error) {
    (void)role;
    (void)config;
    (void)error;
#if CASE == NO_INSTANCE
    (void)host;
    *instance = NULL;
#else
    *instance = (void *)host;
#endif
    return OCTO_OK;
}

static int32_t run(void *instance, octo_run run_, octo_str request, octo_buf *reply) {
    (void)instance;
    (void)run_;
    (void)request;
    reply->ptr = (const uint8_t *)DONE;
    reply->len = sizeof(DONE) - 1;
    reply->owner = NULL;
    reply->release = NULL;
#if CASE == GIGABYTE
    reply->len = (size_t)1 << 30;
    reply->owner = calloc(1, reply->len);
    reply->ptr = reply->owner;
    reply->release = free_owner;
#elif CASE == BAD_REPLY
    reply->ptr = (const uint8_t *)"{\xff}";
    reply->len = 3;
#elif CASE == NONSENSE
    reply->len = 7;
#elif CASE == NULL_REPLY
    reply->ptr = NULL;
#elif CASE == UNFILLED
    reply->ptr = NULL;
    reply->len = 0;
#elif CASE == STRANGE_STATUS
    return 77;
#elif CASE == NO_FEATURES
    {
        const octo_host *host = instance;
        octo_str op = {(const uint8_t *)"task.get", 8};
        octo_str empty = {(const uint8_t *)"{}", 2};
        return host->call(run_, op, empty, reply);
    }
#endif
    (void)free_owner;
    return OCTO_OK;
}

static void destroy(void *instance) {
    (void)instance;
}

typedef struct longer {
    octo_plugin table;
    void *later[8];
} longer;

const octo_plugin *octopoid_plugin_v1(const octo_host *host) {
    static longer all;
    octo_plugin *table = &all.table;
    (void)host;
    memset(all.later, 0x5a, sizeof(all.later));
    table->size = sizeof(*table);
    table->minor = 1;
    table->manifest_json.ptr = (const uint8_t *)MANIFEST;
    table->manifest_json.len = sizeof(MANIFEST) - 1;
    table->create = create;
    table->run = run;
    table->destroy = destroy;
#if CASE == SHORT_TABLE
    table->size = offsetof(octo_plugin, cancel);
    table->minor = 0;
    /* Whoever looks beyond the size falls into this. */
    memset((char *)table + table->size, 0x5a, sizeof(*table) - table->size);
#elif CASE == LONG_TABLE
    table->size = sizeof(all);
    table->minor = 9;
#elif CASE == LYING_SIZE
    table->size = 12;
#elif CASE == NO_RUN
    table->run = NULL;
#elif CASE == NULL_MANIFEST
    table->manifest_json.ptr = NULL;
#elif CASE == REFUSES
    return NULL;
#endif
    return table;
}
