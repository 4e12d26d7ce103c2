/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of Junos configurations. Both forms become the same thing: a statement is a path of
 * words ("interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/30") with its line; braces give
 * the path word by word, set commands give it whole. No recursion: nesting deeper than
 * DEVICE_MAX_DEPTH is counted and skipped.
 */
#pragma once

#include "engines/config/build.h"

typedef enum { JUNOS_UNKNOWN, JUNOS_KNOWN, JUNOS_PARSED } JunosOutcome;

/* Of one statement with the names of the blocks around it. A longer one is not understood. */
enum { JUNOS_MAX_WORDS = 192 };

/* One statement while it is read. */
typedef struct {
    const Str *words;
    size_t count;
    uint32_t line;
} JunosStatement;

/* Which stanza the lines read last belong to: one for each interface, protocol, filter, … */
typedef struct {
    Str key[8]; /* first words of its paths */
    size_t key_count;
    uint32_t pending_line; /* of container headers before the next stanza, 0: none */
} JunosStanzas;

typedef struct {
    uint32_t first, last;
    bool header; /* it opens a block; a container's header waits for the first stanza in it */
} JunosLines;

void junos_note_stanza(Builder *builder, JunosStanzas *stanzas, const JunosStatement *path,
                       JunosLines lines);
/* Whether the path ends in a block that names something of the model ("interfaces ge-0/0/0"): its
 * line is that of the header. */
bool junos_is_named_block(const Str *path, size_t count);
/* The words with blanks between them. */
Str junos_join(Arena *arena, const Str *words, size_t count);

void junos_parse(Builder *builder);
/* Puts one statement into the Device. */
JunosOutcome junos_apply(Builder *builder, const JunosStatement *statement);

/* After the last statement: VLAN names of ports, the AS and router id stated once for all. */
void junos_finish(Builder *builder);

/* The parts, by first words of the path; statement->words[at] is the word after them. */
JunosOutcome junos_interfaces(Builder *builder, const JunosStatement *statement, size_t at);
JunosOutcome junos_bgp(Builder *builder, const JunosStatement *statement, size_t at, Str vrf);
JunosOutcome junos_ospf(Builder *builder, const JunosStatement *statement, size_t at, Str vrf,
                        uint8_t version);
JunosOutcome junos_firewall(Builder *builder, const JunosStatement *statement, size_t at);

static inline Str junos_word(const JunosStatement *statement, size_t i)
{
    return i < statement->count ? statement->words[i] : (Str){"", 0};
}

static inline bool junos_is(const JunosStatement *statement, size_t i, const char *word)
{
    return i < statement->count && str_equal(statement->words[i], str_of(word));
}
