/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks secrets in text of any kind: configurations of every vendor, logs, Markdown, JSON, XML,
 * shell commands, private keys. Each secret reads <redacted> afterwards; the words around it and
 * every line number stay. docs/redaction.md says what is recognised and how to add a rule.
 *
 *     Str safe = redact_text(arena, text);
 *
 * It judges by key words before a secret, by the shape of well-known tokens and, next to a key
 * word, by randomness. It cannot see a secret that reads like ordinary words in a sentence.
 */
#pragma once

#include "base/arena.h"

/*
 * Returns the text with its secrets masked, allocated from the arena; the text itself where it
 * holds none. Takes linear time and at most ten times the size of the text in memory. Redacting the
 * result again changes nothing.
 */
Str redact_text(Arena *arena, Str text) MUST_USE;
