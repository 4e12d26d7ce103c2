/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges the tables: neighbours that are not up, interfaces with errors, members that do not belong
 * to their bundle. docs/findings.md lists what is found.
 */
#pragma once

#include "engines/show/show.h"

/* Fills the findings of the report, the severest first, then by line. */
void show_judge(Arena *arena, ShowReport *report);
