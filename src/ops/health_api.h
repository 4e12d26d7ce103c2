/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /health/live: the process runs. GET /health/ready: PostgreSQL and Redis answer too.
 *
 * The routes are answered outside the cap on requests, so they must be cheap: one request at a time
 * asks PostgreSQL and Redis, and its verdict answers all others for a second.
 */
#pragma once

#include "web/router.h"

extern const Route health_routes[];

/* Creates the verdict that /health/ready remembers, for Services.health. */
struct Health *health_new(void) MUST_USE;
void health_free(struct Health *health);
