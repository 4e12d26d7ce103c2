/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hides and restores texts for the tests of stand-ins. Every hidden text is restored whole and in
 * pieces, and must be the text again.
 */
#pragma once

#include "engines/answer/standin.h"

/* Returns the hidden text, in the arena. Fails the test unless it is restored exactly. */
Str testing_hide(StandinMap *map, Arena *arena, Str text);
/* Returns what stands at the place of the real text: hides a text that holds nothing else. */
Str testing_standin(StandinMap *map, Arena *arena, const char *real);
/* Restores in pieces: one that ends at `cut`, then others of `step` bytes. */
Str testing_restore(const StandinMap *map, Arena *arena, Str text, size_t cut, size_t step);
