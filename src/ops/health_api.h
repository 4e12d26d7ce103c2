/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /health/live: the process runs. GET /health/ready: PostgreSQL and Redis answer too. GET /: a
 * page that says what to do instead of opening a page.
 */
#pragma once

#include "web/router.h"

extern const Route health_routes[];
