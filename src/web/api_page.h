/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page for people that shows an OpenAPI document: every operation with its parameters, bodies and
 * answers. It is plain HTML without scripts, and fetches nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* json is a document that web/openapi.c has written. */
Str api_page_write(Arena *arena, Str json);
/* The Content-Security-Policy of the page. */
Str api_page_policy(void);
