/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the redactor share: files of lines with {S} where a secret stands, planted with
 * secrets that differ from each other, in the wrappings that documents put around lines.
 */
#pragma once

#include "base/strbuf.h"
#include "base/vec.h"
#include "engines/redact/redact.h"

typedef enum {
    STYLE_MIXED, /* Zq017xKv9Lw */
    STYLE_HEX,   /* a0 and 16 more digits */
    STYLE_WORD,  /* small letters only, as people choose them */
    STYLE_COUNT,
} SecretStyle;

typedef enum {
    WRAP_NONE,
    WRAP_FLAT,  /* without indentation, as text from a PDF */
    WRAP_FENCE, /* a code block of Markdown */
    WRAP_LIST,  /* "- `line`" */
    WRAP_JSON,  /* one string of JSON with \n */
    WRAP_LOG,   /* the same in a line of a log */
    WRAP_REPR,  /* one string of Python, as tools log what they send */
    WRAP_TWICE, /* JSON within a string of JSON, as containers log it */
    WRAP_COUNT,
} Wrapping;

typedef struct {
    Str secret;
    Str form; /* the line with {S} */
} Planted;

typedef struct {
    Planted *items;
    size_t count;
    size_t capacity;
} PlantedVec;

/* A file below the root of the sources. */
Str testing_source(Arena *arena, const char *path);
/* The contents of a file, or an empty string where there is none. */
Str testing_read(Arena *arena, Str path);
/* Plants a secret at each {S} and wraps the lines. */
Str testing_plant(Arena *arena, Str forms, SecretStyle style, Wrapping wrapping, PlantedVec *out);
/* Redacts and counts the secrets that are left; prints each. */
size_t testing_count_left(Arena *arena, Str text, const PlantedVec *planted);
size_t testing_count_byte(Str text, char byte);
