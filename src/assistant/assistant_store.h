/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of this feature. Every function acts for the task's user. */
#pragma once

#include "base/vec.h"
#include "db/db.h"

/* Loads the names of the devices in the user's documents, of the newest documents first. */
bool assistant_load_device_names(Task *task, Db *db, StrVec *out_names) MUST_USE;
