/* SPDX-License-Identifier: Apache-2.0 */
/* LocalFacts: the lists that a configuration has of what a question asks for, such as its VLANs. */
#pragma once

#include "base/strbuf.h"
#include "engines/network/device.h"
#include "engines/question/question.h"

/* One list, as Markdown, and where its rows stand. */
typedef struct {
    Str text;
    uint32_t line_start;
    uint32_t line_end;
} LocalFact;

typedef VEC(LocalFact) LocalFactVec;

/* Returns whether the question asks for a list of the device, and names nothing within it. */
bool local_facts_are_asked(const Question *question, Str hostname);
/* Appends the lists of the question's topics that the device has. */
void local_facts_find(Arena *arena, const Question *question, const Device *device,
                      LocalFactVec *facts);
