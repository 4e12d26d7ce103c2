/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of jobs: GET /api/v1/analysis/tasks, GET and POST …/{id}(/cancel). */
#pragma once

#include "web/router.h"

extern const Route jobs_routes[];
