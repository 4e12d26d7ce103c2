/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notation in which the documents of routes describe JSON (web/route_doc.h), and its
 * translation to JSON Schema 2020-12. A description is the members of an object:
 *
 *     "id: uuid, name?: text 1..255, plan: (solo|team), tags: [text ..50] ..10, at: {line:
 * integer}"
 *
 *     text, integer      with a range of characters or values; either end may be left out
 *     number, boolean, uuid, time, file, any, object
 *     (a|b)              one of the words
 *     [type]             an array, with a range of its length
 *     {members}          an object
 *
 * A member with "?" may be absent, and null where it is in JSON. Descriptions are constants of the
 * program: a mistake in one aborts.
 */
#pragma once

#include "base/json.h"

typedef struct {
    Str name;
    Str type;
    bool is_optional;
} ApiMember;

/* Takes the next member off a description. Returns false at the end. */
bool api_member_next(Str *rest, ApiMember *out_member);
/* Write the schema of a type, and that of an object with these members. */
void api_type_write(JsonWriter *json, Str type);
void api_members_write(JsonWriter *json, Str members);
