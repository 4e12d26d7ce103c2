/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259): a writer over StrBuf and a reader into an arena.
 *
 *     JsonWriter json;
 *     json_start(&json, &buf);
 *     json_begin_object(&json);
 *     json_key(&json, "packets");  json_u64(&json, 17);
 *     json_end(&json);
 *
 * The writer puts commas itself and keeps no state but the nesting. Text that is not UTF-8 is
 * written with U+FFFD in place of each bad byte, so that output is always valid JSON.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum { JSON_MAX_DEPTH = 64 };

typedef struct {
    StrBuf *out;
    int depth;
    bool has_items[JSON_MAX_DEPTH];
    bool is_array[JSON_MAX_DEPTH];
    bool after_key;
} JsonWriter;

void json_start(JsonWriter *json, StrBuf *out);
void json_begin_object(JsonWriter *json);
void json_begin_array(JsonWriter *json);
/* Ends the innermost object or array. */
void json_end(JsonWriter *json);
void json_key(JsonWriter *json, const char *key);
void json_key_str(JsonWriter *json, Str key);
void json_str(JsonWriter *json, Str value);
void json_text(JsonWriter *json, const char *value); /* NULL is written as null */
void json_u64(JsonWriter *json, uint64_t value);
void json_i64(JsonWriter *json, int64_t value);
/* The shortest decimal that reads back the same; NaN and infinities are written as null. */
void json_double(JsonWriter *json, double value);
/* With a fixed number of decimals: for times and ratios people read. */
void json_fixed(JsonWriter *json, double value, int decimals);
void json_bool(JsonWriter *json, bool value);
void json_write_null(JsonWriter *json);
/* Bytes that are a JSON value already (from PostgreSQL, say). */
void json_raw(JsonWriter *json, Str value);

struct JsonValue;
/* What json_parse read, written again. */
void json_value(JsonWriter *json, const struct JsonValue *value);
/* The same as text in the arena; false when it would be larger than max_bytes. */
bool json_value_text(Arena *arena, const struct JsonValue *value, size_t max_bytes,
                     Str *out_text) MUST_USE;

/* key and value in one line: the common case. */
void json_field_str(JsonWriter *json, const char *key, Str value);
void json_field_text(JsonWriter *json, const char *key, const char *value);
void json_field_u64(JsonWriter *json, const char *key, uint64_t value);
void json_field_i64(JsonWriter *json, const char *key, int64_t value);
void json_field_bool(JsonWriter *json, const char *key, bool value);

/* Appends the string with its quotes, escaped. */
void json_escape(StrBuf *out, Str value);

typedef enum {
    JSON_IS_NULL,
    JSON_IS_BOOL,
    JSON_IS_INTEGER,
    JSON_IS_REAL,
    JSON_IS_STRING,
    JSON_IS_ARRAY,
    JSON_IS_OBJECT,
} JsonType;

typedef struct JsonValue JsonValue;
struct JsonValue {
    JsonType type;
    bool boolean;
    int64_t integer;
    double real; /* also set for integers */
    Str string;  /* UTF-8, no NUL byte, in the arena */
    JsonValue *items;
    Str *keys; /* of an object, beside items */
    size_t count;
};

/*
 * Parses one JSON text. Rejected with ERR_VALIDATION and line and column: anything else than one
 * value, invalid UTF-8, \u0000, duplicate keys, numbers out of range, nesting deeper than 48.
 * NULL on failure.
 */
const JsonValue *json_parse(Arena *arena, Str text, Error *error) MUST_USE;
/* The member of an object, or NULL (also when value is NULL or no object). */
const JsonValue *json_get(const JsonValue *value, const char *key);
/* The member as string or integer; false where it is absent or of another type. */
bool json_get_str(const JsonValue *value, const char *key, Str *out_str) MUST_USE;
bool json_get_i64(const JsonValue *value, const char *key, int64_t *out_integer) MUST_USE;
/* The same where a missing member has a meaning of its own. */
Str json_str_or(const JsonValue *value, const char *key, Str fallback);
int64_t json_i64_or(const JsonValue *value, const char *key, int64_t fallback);
