/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields: one description for each structure of the model, from which its JSON is written and read
 * back. A new field is a row in fields.c.
 */
#pragma once

#include "base/json_pull.h"
#include "engines/network/device.h"

typedef enum {
    FIELD_STR,
    FIELD_SOURCED, /* {"value", "line"}; absent without a line */
    FIELD_SOURCED_LIST,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_BOOL,
    FIELD_IP,     /* absent while it is not set */
    FIELD_PREFIX, /* likewise when FIELD_IF_SET */
    FIELD_ENUM,   /* of: FieldNames */
    FIELD_WORD,   /* a bool as one of two words; of: FieldNames */
    FIELD_BITS,   /* a set of names; of: FieldNames */
    FIELD_VLANS,
    FIELD_OBJECT, /* of: Structure, whose members lie in the field */
    FIELD_LIST,   /* a VEC; of: Structure. Several lists may share one VEC */
    FIELD_CODEC,  /* of: FieldCodec */
} FieldType;

typedef enum { FIELD_ALWAYS, FIELD_IF_SET } FieldPresence;

typedef struct {
    const char *key;
    FieldType type;
    FieldPresence presence;
    size_t offset;
    const void *of;
} Field;

typedef struct {
    const Field *fields;
    size_t count;
    size_t size; /* of the C structure */
    /* Whether the structure is written: of an object, or an item of a list. NULL: always. */
    bool (*is_present)(const void *structure);
    /* Sets what follows from the fields that were read. May be NULL. */
    void (*complete)(Arena *arena, void *structure);
} Structure;

typedef struct {
    const char *const *names; /* NULL: a value that has no name is not written */
    size_t count;
} FieldNames;

/* What no other type fits. read may be NULL: such a value follows from others. */
typedef struct {
    void (*write)(JsonWriter *json, const char *key, const void *field);
    bool (*read)(JsonPull *pull, void *field);
} FieldCodec;

extern const Structure device_structure;

void fields_write(JsonWriter *json, const Structure *structure, const void *from);
bool fields_read(JsonPull *pull, const Structure *structure, void *out);
