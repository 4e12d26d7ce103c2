/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RateLimit: how many requests a minute a user may make, by plan. A feature that needs a limit of
 * its own defines one beside its routes; the gate counts requests under its endpoint name.
 *
 *     static const RateLimit upload_limit = {"upload", {10, 50, 200}};
 *     {HTTP_POST, ROUTE_USER, "/api/v1/files/upload", upload, .limit = &upload_limit},
 */
#pragma once

#include <stdint.h>

typedef struct {
    const char *endpoint; /* names the counter in Redis: ratelimit:{user_id}:{endpoint} */
    /* solo, team, enterprise; a route without a user is counted by address under the first */
    int64_t by_plan[3];
} RateLimit;

/* The limit of every route that does not need one of its own. */
extern const RateLimit rate_limit_api;
