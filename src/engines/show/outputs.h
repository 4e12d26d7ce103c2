/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a recorded session into commands and their outputs: at the prompts, or by the name of the
 * file.
 */
#pragma once

#include "engines/show/show.h"

/* Adds the outputs. Without a prompt the whole text is the output of the command that the name
 * says; without such a name there is none. */
void outputs_cut(Arena *arena, Str name, Str text, ShowReport *report);
