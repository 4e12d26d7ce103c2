/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of the tools; tools/tool.h has the tools. */
#pragma once

#include "web/router.h"

/* GET /api/v1/tools, POST /api/v1/tools/{name} */
extern const Route tools_routes[];
