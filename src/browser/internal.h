/* SPDX-License-Identifier: Apache-2.0 */
/* For the files of this folder only. */
#pragma once

#include "web/router.h"

/* Answers with a file of the page. */
bool browser_show(Task *task, const Request *request, Response *response);
