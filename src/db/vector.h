/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors as parameters of pgvector: its text form "[0.1,-0.2,…]", with the digits a float needs.
 */
#pragma once

#include "db/db.h"

DbParam db_vector(Arena *arena, const float *values, size_t dimensions);
