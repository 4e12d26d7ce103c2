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
 * The writer adds the commas and keeps no state except the nesting. Each byte that is not part of
 * UTF-8 is written as U+FFFD, so the output is always valid JSON.
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

/* Starts a text at the end of out, which may hold text already. */
void json_start(JsonWriter *json, StrBuf *out);
/* Returns a writer with a buffer of its own. Both are freed with the arena, or when it is reset to
 * a mark made before. */
JsonWriter *json_writer_new(Arena *arena, size_t max_bytes) MUST_USE;
/* Stores the whole text of such a writer, a view of its buffer. Returns false when the text would
 * be larger than max_bytes. Every object and array must have ended. */
bool json_writer_text(const JsonWriter *json, Str *out_text) MUST_USE;
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
/* Writes the shortest decimal that reads back as the same value. NaN and infinities are written as
 * null. */
void json_double(JsonWriter *json, double value);
/* Writes a fixed number of decimals, for times and ratios that people read. */
void json_fixed(JsonWriter *json, double value, int decimals);
void json_bool(JsonWriter *json, bool value);
void json_write_null(JsonWriter *json);
/* Appends bytes that are a JSON value already (from PostgreSQL, say). */
void json_raw(JsonWriter *json, Str value);

struct JsonValue;
/* Writes a value that json_parse has read. */
void json_value(JsonWriter *json, const struct JsonValue *value);
/* Stores its JSON text, in the arena. Returns false when it would be larger than max_bytes. */
bool json_value_text(Arena *arena, const struct JsonValue *value, size_t max_bytes,
                     Str *out_text) MUST_USE;

/* Write a key and its value: the common case. */
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
 * Parses one JSON text. Fails with ERR_VALIDATION, naming line and column, unless the text is
 * exactly one value. Invalid UTF-8, \u0000, duplicate keys, numbers out of range and nesting deeper
 * than 48 are rejected too. Returns NULL on failure.
 */
const JsonValue *json_parse(Arena *arena, Str text, Error *error) MUST_USE;
/* Returns a member of an object. Returns NULL when it is absent, or when value is NULL or no
 * object. */
const JsonValue *json_get(const JsonValue *value, const char *key);
/* Store a member that is a string or an integer. Return false when it is absent or of another type.
 */
bool json_get_str(const JsonValue *value, const char *key, Str *out_str) MUST_USE;
bool json_get_i64(const JsonValue *value, const char *key, int64_t *out_integer) MUST_USE;
/* Return a member that is a string or an integer, or the fallback when it is absent or of another
 * type. */
Str json_str_or(const JsonValue *value, const char *key, Str fallback);
int64_t json_i64_or(const JsonValue *value, const char *key, int64_t fallback);
