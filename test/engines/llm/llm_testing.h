/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the events of an answer to a reader and writes down what it gives out, one after the other:
 *
 *     text(Hello) call(call_1,search,{"q":1}) end(tools,12,3,0)
 *     broken(the answer was cut off)
 */
#pragma once

#include "engines/llm/llm_wire.h"

typedef struct {
    const char *type; /* NULL: none */
    const char *data; /* NULL ends the answer */
} TestEvent;

/* Returns what the reader gave out, in the arena. */
Str llm_test_read(Arena *arena, LlmWire wire, const TestEvent *events);
/* Returns the replay of the end, or an empty string. */
Str llm_test_replay(Arena *arena, LlmWire wire, const TestEvent *events);
/* Returns the body of a request. */
Str llm_test_write(Arena *arena, LlmWire wire, LlmProvider provider, const LlmRequest *request);
