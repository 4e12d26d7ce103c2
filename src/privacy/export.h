/* SPDX-License-Identifier: Apache-2.0 */
/* Export: everything of the task's user as one archive, streamed with bounded memory. */
#pragma once

#include "web/router.h"

RouteHandler export_self;
