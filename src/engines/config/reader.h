/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a configuration whose blocks are made by indentation, by the command tables of a dialect.
 *
 * The handlers of commands find in the Reader the line, its words, the index of the first word
 * after those of the command, and the objects that the lines around it belong to.
 */
#pragma once

#include "engines/config/command_index.h"
#include "engines/config/dialect.h"
#include "engines/config/read.h"

/* The objects that the current lines belong to: indexes into the vectors of the Device. A block
 * restores them when it continues after an inner block. */
typedef struct {
    size_t interface, ospf, acl, prefix_list, vlan, route_map, vrf, bgp_peer;
    Str bgp_vrf;
    uint32_t bgp_family; /* 0: outside of any */
} ReaderPlace;

typedef struct {
    const CommandTable *table;
    uint32_t indent;
    ReaderPlace now;
} ReaderFrame;

struct Reader {
    Builder builder;
    Arena *arena;
    Device *device;
    const Dialect *dialect;
    CommandIndexes *indexes;
    const ConfigLine *line;
    size_t at; /* of line in builder.lines */
    Words words;
    size_t arg;   /* first word after the command */
    bool negated; /* the line starts with "no" or "default" */
    ReaderPlace now;
    ReaderFrame stack[CONFIG_MAX_DEPTH];
    size_t depth;
    bool flat_file;           /* its blocks are not indented */
    const CommandTable *flat; /* the last block, for files that lost their indentation; or NULL */
    const CommandTable *flat_parent;
    VEC(size_t) range; /* the interfaces of a range, whose lines count for each of them */
    size_t range_work;
    uint32_t delimiter_missing[256]; /* line from which on this delimiter is not found */
};

/* Reads all lines of the builder. */
void reader_read(Builder *builder, const Dialect *dialect);

/* Finds the command of the reader's line in a table and the ones after it, and sets arg and
 * negated. "no" and "default" are skipped, except where a table has the line with them. Returns
 * NULL if no command matches. */
const Command *reader_match(Reader *reader, const CommandTable *table);
/* The same for abbreviated words, which the words of the command replace in the line. */
const Command *reader_match_abbreviated(Reader *reader, const CommandTable *table);

/* Takes free text that starts at this line with all its lines: a banner or a certificate. Returns
 * false if none starts here. */
bool reader_take_banner(Reader *reader);
bool reader_take_certificate(Reader *reader);

/* Calls a handler for each interface of the range. */
bool reader_run_in_range(Reader *reader, CommandHandler handler);
/* Counts work done for a range. Returns true when the file has used up its share; warns once. */
bool reader_range_is_exhausted(Reader *reader, size_t work);

/* Returns line i of the file, or NULL past its end. */
static inline const ConfigLine *reader_line_at(const Reader *reader, size_t i)
{
    return i < reader->builder.lines->count ? &reader->builder.lines->items[i] : NULL;
}
