/* SPDX-License-Identifier: Apache-2.0 */
/* How much a user may store, by plan; the settings may fix it for all. An unknown plan counts as
 * "solo". */
#pragma once

#include "base/config.h"

/* Returns the size of the largest file. */
uint64_t storage_max_file_bytes(const Config *settings, Str plan_tier);
/* Returns the size of all files together. */
uint64_t storage_max_total_bytes(const Config *settings, Str plan_tier);
