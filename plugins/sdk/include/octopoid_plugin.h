/*
 * Octopoid role plugins: the binary boundary. C99, needs nothing else.
 *
 * A plugin is a dynamic library that exports one function, octopoid_plugin_v1, from the host's table to its own. Only
 * fixed-width integers, pointers and function pointers cross; everything else is JSON in UTF-8. The messages are
 * described in MESSAGES.md, and as JSON schemas in octopoid_messages.schema.json beside this file.
 *
 * Memory      Neither side frees the other's. Whoever filled an octo_buf frees it, when its release is called, once.
 * Threads     The host makes a thread for each run. log and cancelled may be called from any thread, and so may call,
 *             but not inside create and destroy.
 * Exceptions  Nothing may be thrown or long-jumped across the boundary.
 * Versions    The major version is in the symbol's name. Fields are only appended to the tables: use a field only if
 *             `size` covers it and it is not NULL.
 */
#ifndef OCTOPOID_PLUGIN_H
#define OCTOPOID_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCTO_ABI_MAJOR 1u
#define OCTO_ABI_MINOR 1u
#define OCTO_MESSAGE_SCHEMA 1u
/* The most bytes of one text across the boundary. */
#define OCTO_MAX_BYTES ((size_t)16 << 20)

#if defined(_WIN32)
#define OCTO_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define OCTO_EXPORT __attribute__((visibility("default")))
#else
#define OCTO_EXPORT
#endif

/* How a call ended; anything else reads as OCTO_ERR. On any status but OCTO_OK the reply holds
 * {"kind": "…", "message": "…", "retryable": false}, or nothing. */
enum {
    OCTO_OK = 0,
    OCTO_ERR = 1,
    OCTO_CANCELLED = 2,   /* the run is to stop */
    OCTO_PANIC = 3,
    OCTO_STALE = 4,       /* there is no such run, or it is over */
    OCTO_BAD_ARG = 5,
    OCTO_UNSUPPORTED = 6  /* no such operation, or not among the features in use */
};

enum { OCTO_LOG_ERROR = 1, OCTO_LOG_WARN = 2, OCTO_LOG_INFO = 3, OCTO_LOG_DEBUG = 4 };

/* A run of a role: a token, never a pointer, never reused; 0 is no run. */
typedef uint64_t octo_run;

/* A borrowed text in UTF-8 without a NUL at its end, valid for the call that it is given to. */
typedef struct octo_str {
    const uint8_t *ptr; /* may be NULL when len is 0 */
    size_t len;
} octo_str;

/* A text that is handed over. */
typedef struct octo_buf {
    const uint8_t *ptr;
    size_t len;
    void *owner;                            /* whatever its maker needs to free it */
    void (*release)(struct octo_buf *self); /* NULL when there is nothing to free */
} octo_buf;

/* What the host offers. */
typedef struct octo_host {
    uint32_t size;
    uint32_t minor;
    /* Writes a line to the run's log: {"message": "…"}. Returns at once. */
    void (*log)(octo_run run, uint32_t level, octo_str event_json);
    /* 1 when the run is to stop, and for a run that is over. Returns at once. */
    int32_t (*cancelled)(octo_run run);
    /* Asks the host to do something: "agent.run", "progress", "git.diff", "git.log", "task.get", "messages.list",
     * "artifact.put". Blocks until it is done or the run is cancelled. Fills *reply whatever the status is. */
    int32_t (*call)(octo_run run, octo_str op, octo_str request_json, octo_buf *reply);
    /* Later additions by name; NULL if unknown. Since minor version 1. */
    const void *(*extension)(octo_str id);
} octo_host;

/* What the plugin offers. */
typedef struct octo_plugin {
    uint32_t size; /* sizeof(octo_plugin) */
    uint32_t minor;
    /* Lives as long as the library: {"name", "version", "schema": 1, "roles": [{"name", "description",
     * "claims_from": "incoming" | "provisional", "workspace": "own" | "task" | "none", "outcomes": ["…"]}],
     * "features": ["…"], "max_concurrency": 64} */
    octo_str manifest_json;
    /* Makes an instance of a role for an agent's settings. The host makes one at a time. On failure *error is filled. */
    int32_t (*create)(const octo_host *host, octo_str role, octo_str config_json, void **instance, octo_buf *error);
    /* Works on one run; up to max_concurrency at once. Fills *reply with {"outcome": "…", …}; for "broken_down" with
     * "subtasks": [{"key", "title", "description", "complexity", "blocked_by": ["key"], "needs_breakdown"}]. */
    int32_t (*run)(void *instance, octo_run run, octo_str request_json, octo_buf *reply);
    /* Frees an instance, of which no run is live. */
    void (*destroy)(void *instance);
    /* Hears that a run is to stop; returns at once. May be NULL. Since minor version 1. */
    void (*cancel)(void *instance, octo_run run);
    /* Later additions by name. May be NULL. Since minor version 1. */
    const void *(*extension)(octo_str id);
} octo_plugin;

/* The one symbol that a plugin exports. NULL refuses to work with the host. */
OCTO_EXPORT const octo_plugin *octopoid_plugin_v1(const octo_host *host);

#ifdef __cplusplus
}
#endif

#endif
