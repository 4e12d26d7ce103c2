/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /health/live: the process runs. GET /health/ready: PostgreSQL and Redis answer too. GET /: a
 * page that says what to do instead of opening a page.
 *
 * The routes are answered outside the cap of requests, so they are cheap: one request at a time
 * asks PostgreSQL and Redis, and its verdict serves all others for a second.
 */
#pragma once

#include "web/router.h"

extern const Route health_routes[];

/* The verdict that /health/ready remembers; Services.health. */
struct Health *health_new(void) MUST_USE;
void health_free(struct Health *health);
