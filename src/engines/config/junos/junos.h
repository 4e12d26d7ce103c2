/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of Junos configurations. Both forms are read as statements: a statement is a path of
 * words ("interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/30") with its line. Braces build
 * the path word by word; a set command contains the whole path. Nothing recurses: nesting deeper
 * than CONFIG_MAX_DEPTH is counted and skipped.
 */
#pragma once

#include "engines/config/notes.h"
#include "engines/config/read.h"

typedef enum { JUNOS_UNKNOWN, JUNOS_KNOWN, JUNOS_PARSED } JunosOutcome;

/* The most words of a statement, including the names of the blocks around it. A longer statement is
 * not understood. */
enum { JUNOS_MAX_WORDS = 192 };

/* A statement that is being read. */
typedef struct {
    const Str *words;
    size_t count;
    uint32_t line;
} JunosStatement;

/* The stanza of the lines read last: one for each interface, protocol, filter, … */
typedef struct {
    Str key[8]; /* first words of its paths */
    size_t key_count;
    uint32_t pending_line; /* first line of container headers before the next stanza; 0: none */
} JunosStanzas;

typedef struct {
    uint32_t first, last;
    bool header; /* it opens a block; a container's header joins the first stanza inside it */
} JunosLines;

void junos_note_stanza(Builder *builder, JunosStanzas *stanzas, const JunosStatement *path,
                       JunosLines lines);
/* Returns whether the path ends in a block that names a part of the model ("interfaces ge-0/0/0").
 * The line of that part is the line of the header. */
bool junos_is_named_block(const Str *path, size_t count);
/* Returns the words with spaces between them. */
Str junos_join(Arena *arena, const Str *words, size_t count);

extern const NoteRule junos_notes[];

/* Read all lines of the builder, in one of the two forms. */
void junos_read_braces(Builder *builder);
void junos_read_set(Builder *builder);
/* Returns the number of lines that belong to the first device of the file, and the line with the
 * host name of the second one, if there is one. */
size_t junos_first_end(Builder *builder, uint32_t *out_host_line);
/* Stores one statement in the Device. */
JunosOutcome junos_apply(Builder *builder, const JunosStatement *statement);

/* Finishes the Device after the last statement: VLAN names of ports, the AS, and the router id,
 * which are stated once for the whole device. */
void junos_finish(Builder *builder);

/* Store the statements of one part, which the first words of the path select. statement->words[at]
 * is the word after those. */
JunosOutcome junos_interfaces(Builder *builder, const JunosStatement *statement, size_t at);
JunosOutcome junos_bgp(Builder *builder, const JunosStatement *statement, size_t at, Str vrf);
JunosOutcome junos_ospf(Builder *builder, const JunosStatement *statement, size_t at, Str vrf,
                        uint8_t version);
JunosOutcome junos_isis(Builder *builder, const JunosStatement *statement, size_t at, Str vrf);
/* Stores "family iso" of a unit, with its address. */
JunosOutcome junos_iso_family(Builder *builder, size_t interface, const JunosStatement *statement,
                              size_t at);
/* Gives the processes of IS-IS their NETs, and what is stated for all interfaces. */
void junos_isis_finish(Builder *builder);
JunosOutcome junos_static_route(Builder *builder, const JunosStatement *statement, size_t at,
                                Str vrf);
JunosOutcome junos_static_defaults(Builder *builder, const JunosStatement *statement, size_t at,
                                   Str vrf);
/* Gives the routes the preferences and tags that are stated for several of them. */
void junos_static_finish(Builder *builder);
/* Resolves what was stated for all interfaces of an instance, or for the one with an address. */
void junos_places_finish(Builder *builder);
/* Fills the prefix lists that take their prefixes from a path of the configuration. */
void junos_apply_paths_finish(Builder *builder);
JunosOutcome junos_nat(Builder *builder, const JunosStatement *statement, size_t at);
JunosOutcome junos_zone(Builder *builder, const JunosStatement *statement, size_t at);
JunosOutcome junos_zone_policy(Builder *builder, const JunosStatement *statement, size_t at);
/* Notes at each interface the zone that names it. */
void junos_zones_finish(Builder *builder);
JunosOutcome junos_firewall(Builder *builder, const JunosStatement *statement, size_t at);

static inline Str junos_word(const JunosStatement *statement, size_t i)
{
    return i < statement->count ? statement->words[i] : (Str){"", 0};
}

static inline bool junos_is(const JunosStatement *statement, size_t i, const char *word)
{
    return i < statement->count && str_equal(statement->words[i], str_of(word));
}
