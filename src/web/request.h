/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request: an HTTP request as a feature's handler sees it: the path's variables, the query, the
 * JSON body, the user. Each reader checks its value and, when it is wrong, records an error that
 * names the field and returns false.
 *
 *     Uuid id;
 *     Str title;
 *     if (!request_path_uuid(task, request, "id", &id) ||
 *         !request_body_str(task, request, "title", 1, 255, &title))
 *         return false;
 */
#pragma once

#include "base/json.h"
#include "net/http/server.h"
#include "services/services.h"

enum { REQUEST_MAX_PATH_VARIABLES = 4 };

typedef struct {
    Str name;
    Str value; /* percent-decoded */
} PathVariable;

struct StreamPlace;

typedef struct Request {
    HttpRequest *http;                /* only for web/ */
    struct StreamPlace *stream_place; /* likewise */
    const Services *services;
    PathVariable path[REQUEST_MAX_PATH_VARIABLES];
    size_t path_count;
    Str client_address;    /* of the client itself, even behind trusted proxies */
    const JsonValue *body; /* where the route takes JSON */
    Uuid session_id;       /* of the access token, where the route needs one */
    bool is_personal;      /* it is a personal access token, and session_id is the token's id */
    uint32_t scopes;       /* of RouteScope, of a personal access token */
    Str plan_tier;
    bool is_superuser;
} Request;

/* Returns the value of a header by its name in lower case; empty when absent. */
Str request_header(const Request *request, const char *lower_case_name);
/* Raises or lowers the limit of the body. Call it before the body is read. */
void request_set_max_body(const Request *request, uint64_t max_body_bytes);

/* Returns whether the request comes from this machine, and no header says that a proxy has
 * forwarded it. Only users of this machine can reach a unix socket, whose peers have no address. */
bool request_is_local(const Request *request);
/* Returns whether the client speaks TLS: a trusted proxy says so in X-Forwarded-Proto. */
bool request_is_secure(const Request *request);
/* Returns false when a browser says, in Origin or Sec-Fetch-Site, that a page of another origin
 * than this server sent the request. Clients that are no browser send neither. */
bool request_is_same_origin(const Request *request);
/*
 * Refuses, with ERR_FORBIDDEN, a request of a browser's page from another origin than this server,
 * unless NETGURU_ALLOWED_ORIGINS names it.
 */
bool request_check_origin(Task *task, const Request *request) MUST_USE;

/* Records ERR_VALIDATION. The message begins with the name of the invalid member. Returns false. */
bool request_fail_field(Task *task, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

/* Returns a variable of the path, percent-decoded. The route must contain it. */
Str request_path_str(const Request *request, const char *name);
bool request_path_uuid(Task *task, const Request *request, const char *name, Uuid *out_id) MUST_USE;

/* Read query parameters, percent-decoded. When a parameter is absent, they leave out untouched and
 * return true. */
bool request_query_str(Task *task, const Request *request, const char *name, size_t max_bytes,
                       Str *out_value) MUST_USE;
/* *out_has tells whether the parameter is there. */
bool request_query_uuid(Task *task, const Request *request, const char *name, bool *out_has,
                        Uuid *out_id) MUST_USE;
bool request_query_i64(Task *task, const Request *request, const char *name, int64_t min,
                       int64_t max, int64_t *out_value) MUST_USE;
/* Reads a parameter that must be one of the words; NULL ends them. */
bool request_query_word(Task *task, const Request *request, const char *name,
                        const char *const *words, Str *out_word) MUST_USE;
bool request_query_bool(Task *task, const Request *request, const char *name,
                        bool *out_value) MUST_USE;

/* Read members of the JSON body. Lengths are in bytes. The optional forms leave out untouched when
 * the member is absent or null. */
bool request_body_str(Task *task, const Request *request, const char *name, size_t min_bytes,
                      size_t max_bytes, Str *out_value) MUST_USE;
bool request_body_optional_str(Task *task, const Request *request, const char *name,
                               size_t max_bytes, Str *out_value) MUST_USE;
/* *out_has tells whether the member is there and not null. */
bool request_body_optional_uuid(Task *task, const Request *request, const char *name, bool *out_has,
                                Uuid *out_id) MUST_USE;
bool request_body_optional_i64(Task *task, const Request *request, const char *name, int64_t min,
                               int64_t max, int64_t *out_value) MUST_USE;
bool request_body_optional_bool(Task *task, const Request *request, const char *name,
                                bool *out_value) MUST_USE;
/* Reads an array of at most max_count UUIDs into the task's arena. */
bool request_body_optional_uuids(Task *task, const Request *request, const char *name,
                                 size_t max_count, Uuid **out_ids, size_t *out_count) MUST_USE;
