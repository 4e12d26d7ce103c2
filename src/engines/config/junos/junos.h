/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of Junos configurations. Both forms are read as statements: a statement is a path of
 * words ("interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/30") with its line. Braces build
 * the path word by word; a set command contains the whole path. Nothing recurses: nesting deeper
 * than CONFIG_MAX_DEPTH is counted and skipped.
 *
 * The tables of commands say what a path means (dialect.h). The handler of a block finds or adds
 * what the block names, and notes it in the place of the Reader for the words behind it.
 */
#pragma once

#include "engines/config/reader.h"

/* The most words of a statement, including the names of the blocks around it. A longer statement is
 * not understood. */
enum { JUNOS_MAX_WORDS = 192 };

/* A statement: a path of words, and the number of the line that it starts in. */
typedef struct {
    const Str *words;
    size_t count;
    uint32_t line;
} JunosStatement;

/* The stanza of the lines read last: one for each interface, protocol, filter, … */
typedef struct {
    Str key[8]; /* first words of its paths */
    size_t key_count;
    bool complete;         /* all paths that start with these words are of the stanza */
    uint32_t pending_line; /* first line of container headers before the next stanza; 0: none */
} JunosStanzas;

typedef struct {
    uint32_t first, last;
    bool header; /* it opens a block; a container's header joins the first stanza inside it */
} JunosLines;

void junos_note_stanza(Reader *reader, JunosStanzas *stanzas, const JunosStatement *path,
                       JunosLines lines);
/* Returns the words with spaces between them. */
Str junos_join(Arena *arena, const Str *words, size_t count);

extern const NoteRule junos_notes[];
extern const CommandTable junos_top_table, junos_interfaces_table, junos_protocols_table,
    junos_bgp_table, junos_ospf_table, junos_isis_table, junos_iso_table, junos_static_table,
    junos_routing_options_table, junos_instance_options_table, junos_instances_table,
    junos_vlans_table, junos_policy_table, junos_firewall_table, junos_nat_table,
    junos_service_nat_table, junos_zones_table, junos_zone_policies_table, junos_books_table,
    junos_book_table, junos_applications_table, junos_vni_table, junos_domains_table,
    junos_evpn_table, junos_switch_options_table;

/* Read all lines of the reader, in one of the two forms. */
void junos_read_braces(Reader *reader);
void junos_read_set(Reader *reader);
/* Returns the number of lines that belong to the first device of the file, and the line with the
 * host name of the second one, if there is one. */
size_t junos_first_end(Builder *builder, uint32_t *out_host_line);
/* Returns the set of lengths at which the path of the statement names a block whose head counts as
 * a line of its own (reader_path_heads). */
uint64_t junos_heads(Reader *reader, const JunosStatement *statement);
/* Stores one statement in the Device. */
LineOutcome junos_apply(Reader *reader, const JunosStatement *statement);

/* Finishes the Device after the last statement: VLAN names of ports, the AS, and the router id,
 * which are stated once for the whole device. */
void junos_finish(Builder *builder);
/* Gives the processes of IS-IS their NETs, and what is stated for all interfaces. */
void junos_isis_finish(Builder *builder);
/* Gives the routes the preferences and tags that are stated for several of them. */
void junos_static_finish(Builder *builder);
/* Resolves what was stated for all interfaces of an instance, or for the one with an address. */
void junos_places_finish(Builder *builder);
/* Fills the prefix lists that take their prefixes from a path of the configuration. */
void junos_apply_paths_finish(Builder *builder);
/* Removes the lists of IPv4 that have no prefixes, where those of IPv6 have the same name. */
void junos_prefix_lists_finish(Builder *builder);
/* Notes at each interface the zone that names it. */
void junos_zones_finish(Builder *builder);
/* Adds the VNIs that VLANs and bridge domains state to the tunnel interface. */
void junos_vxlan_finish(Builder *builder);
/* Notes which addresses and applications there are, and which ones policies and rules name. */
void junos_books_finish(Builder *builder);

/* Note that the statement names an address that the address books of the zone have, or any book
 * where zone is empty; or an application. What every device has is no reference. Return true. */
bool junos_use_address(Reader *reader, Str name, Str zone);
bool junos_use_application(Reader *reader, Str name);

/* Notes the number of the VLAN or bridge domain that the statement is about. */
void junos_note_vlan_id(Reader *reader, uint32_t id, bool is_vlan);

/* Handle what a block around the line has stored already, and what is never understood. */
bool junos_is_stored(Reader *reader);
bool junos_not_understood(Reader *reader);
/* Handlers of blocks, by file. */
bool junos_bgp(Reader *reader);
bool junos_ospf(Reader *reader);
bool junos_ospf3(Reader *reader);
bool junos_isis(Reader *reader);
bool junos_iso_family(Reader *reader);
bool junos_zone_book(Reader *reader);
/* Handle VXLAN of a routing instance, whose VLANs are those of the instance itself. */
bool junos_vxlan_source(Reader *reader);
bool junos_instance_vlan_id(Reader *reader);
bool junos_instance_vxlan(Reader *reader);

/* Returns the word after the command, or empty. */
static inline Str junos_value(const Reader *reader)
{
    return words_get(&reader->words, reader->arg);
}

/* Returns the words of the statement from word i on, with spaces between them. */
static inline Str junos_rest(const Reader *reader, size_t i)
{
    const Words *words = &reader->words;
    return i < words->count ? junos_join(reader->arena, words->at + i, words->count - i)
                            : (Str){"", 0};
}

/* Returns whether the statement goes on behind the command. */
static inline bool junos_has_more(const Reader *reader)
{
    return reader->arg < reader->words.count;
}

static inline Str junos_word(const JunosStatement *statement, size_t i)
{
    return i < statement->count ? statement->words[i] : (Str){"", 0};
}

static inline bool junos_is(const JunosStatement *statement, size_t i, const char *word)
{
    return i < statement->count && str_equal(statement->words[i], str_of(word));
}
