/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of JSON (RFC 8259) that takes one value after the other off a text, without a tree. It
 * reads what we have stored ourselves, several hundred MB/s; json_parse is for what others send.
 *
 *     JsonPull pull = {.arena = arena, .text = text};
 *     json_pull_object(&pull);
 *     while (json_pull_key(&pull, &key))
 *         if (str_equal(key, STR("mtu")))
 *             json_pull_u64(&pull, UINT32_MAX, &mtu);
 *         else
 *             json_pull_skip(&pull);
 *     if (pull.problem)
 *         … what is wrong, at byte pull.at …
 *
 * After the first problem every function returns false, so the caller checks once, at the end.
 * Strings without escapes are views of the text. Bytes are not checked to be UTF-8.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct {
    Arena *arena;
    Str text;
    size_t at;
    bool has_items; /* of the innermost object or array */
    const char *problem;
} JsonPull;

/* Enters an object or an array. */
bool json_pull_object(JsonPull *pull);
bool json_pull_array(JsonPull *pull);
/* Takes the next key of the object. Returns false after the last one, and leaves the object. */
bool json_pull_key(JsonPull *pull, Str *out_key);
/* Returns whether the array has a next item; after the last one, leaves the array. */
bool json_pull_item(JsonPull *pull);

bool json_pull_str(JsonPull *pull, Str *out_value);
/* Takes a whole number from 0 to max. */
bool json_pull_u64(JsonPull *pull, uint64_t max, uint64_t *out_value);
bool json_pull_bool(JsonPull *pull, bool *out_value);
/* Passes over one value of any kind, nested up to 64 deep. */
bool json_pull_skip(JsonPull *pull);
/* Records a problem of the caller's with the value. Returns false. */
bool json_pull_fail(JsonPull *pull, const char *problem);
/* Returns whether all was read and nothing follows but blanks. Else stores the problem, with its
 * place, as ERR_VALIDATION. */
bool json_pull_end(JsonPull *pull, Error *error) MUST_USE;
