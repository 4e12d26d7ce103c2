/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads pages that pdftotext -layout has written, where the columns of prose stand side by side,
 * column by column. A table keeps its rows: its cells are short, and do not go on below.
 *
 *     Str text = columns_unfold(arena, page);
 */
#pragma once

#include "base/arena.h"

/* Returns the text of one page with each block of columns below one another. Takes linear time. */
Str columns_unfold(Arena *arena, Str page);
