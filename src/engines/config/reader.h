/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a configuration by the command tables of a dialect. Blocks are made by indentation, unless
 * the dialect reads the lines itself.
 *
 * The handlers of commands find in the Reader the line, its words, the index of the first word
 * after those of the command, and the objects that the lines around it belong to.
 */
#pragma once

#include "base/ascii.h"
#include "engines/config/command_index.h"
#include "engines/config/dialect.h"
#include "engines/config/read.h"

/* What became of a line. Of several statements in a line, the last one of these counts. */
typedef enum { LINE_BLANK, LINE_PARSED, LINE_KNOWN, LINE_UNKNOWN } LineOutcome;

/* The objects that the current lines belong to: indexes into the vectors of the Device. A block
 * restores them when it continues after an inner block. */
typedef struct {
    size_t interface, ospf, bgp, acl, prefix_list, vlan, route_map, vrf, bgp_peer;
    Str vrf_family; /* of the VRF, that the lines below are about; empty: all */
    IgpKind igp_kind;
    size_t igp;        /* SIZE_MAX: a process that is not part of the model */
    Str igp_interface; /* of the process, that the lines below belong to; empty: all */
    Str bgp_vrf;
    uint32_t bgp_as;        /* of the instance, where that of the process is another; or 0 */
    uint32_t bgp_family;    /* 0: outside of any */
    size_t route_map_entry; /* SIZE_MAX: outside of any */
    size_t ospf_area;       /* of the process; SIZE_MAX: outside of any */
    size_t object_group, nat_pool, tracked;
    size_t zone_policy;
    size_t vni_count;     /* the last VNIs of the interface, which the lines below are about */
    bool group_has_masks; /* "0.0.0.0 0.0.0.0" is everything, and not a host */
    Str route_vrf;        /* of the static routes of a block */
    IpFamily family;      /* that the block is about */
    Str instance;         /* the VRF around the block; empty: the default */
    uint32_t area;        /* of OSPF */
    uint32_t levels;      /* of IS-IS */
    Str nat_kind, nat_set, zone_interface, vlan_name, book, term;
    size_t nat_rule, zone;
    /* What the settings of the block are for. The pointers are valid for the statements that state
     * a whole path: nothing is added to the Device between the words of one. */
    InterfaceOspf *ospf_settings;
    InterfaceIgp *igp_settings;
    StaticRoute *route_settings;
    AclEntry *acl_entry;
    RouteMapEntry *clauses;
} ReaderPlace;

typedef struct {
    const CommandTable *table;
    uint32_t indent;
    uint64_t path; /* of the block (undo_notes.h) */
    ReaderPlace now;
} ReaderFrame;

typedef struct TextEnds TextEnds; /* text_block.c */
typedef struct NoteUndo NoteUndo; /* undo_notes.c */

struct Reader {
    Builder builder;
    Arena *arena;
    Device *device;
    const Dialect *dialect;
    CommandIndexes *indexes;
    const ConfigLine *line;
    size_t at; /* of line in builder.lines */
    Words words;
    Words whole;               /* the words of a line that states a whole path */
    size_t arg;                /* first word after the command */
    const CommandMatch *match; /* the command, unless its words were abbreviated */
    bool negated;              /* the line starts with "no" or "default" */
    ReaderPlace now;
    ReaderFrame stack[CONFIG_MAX_DEPTH];
    size_t depth;
    bool flat_file;           /* its blocks are not indented */
    const CommandTable *flat; /* the last block, for files that lost their indentation; or NULL */
    const CommandTable *flat_parent;
    VEC(size_t) range; /* the interfaces of a range, whose lines count for each of them */
    size_t range_work, search_work;
    uint64_t path; /* of the block around the line */
    NoteUndo *note_undo;
    TextEnds *text_ends; /* of the file, once a text was seen */
    Str copied_head;     /* of the block, that a group adds to the configuration; or empty */
    uint32_t copied_head_line;
    bool has_ended;                  /* a line said "end" */
    uint32_t wrap_columns;           /* width at which a terminal may have wrapped lines, or 0 */
    uint32_t wrapped, first_wrapped; /* lines that were joined, and the number of the first one */
};

/* Reads all lines of the builder. */
void reader_read(Builder *builder, const Dialect *dialect);

/* Finds the command of the reader's line in a table and the ones after it, and sets arg and
 * negated. "no" and "default" are skipped, except where a table has the line with them. Returns
 * NULL if no command matches. */
const Command *reader_match(Reader *reader, const CommandTable *table);
/* The same for abbreviated words, which the words of the command replace in the line. */
const Command *reader_match_abbreviated(Reader *reader, const CommandTable *table);

/* Returns the word of the line that '*' number i of the command's pattern stands for. */
Str reader_name(const Reader *reader, size_t i);
/* Finds the command of the words from arg on, as reader_match does, for the next part of a path. */
const Command *reader_match_path(Reader *reader, const CommandTable *table);

/* Used by reader_keyword: compares the whole word. */
bool reader_fits_keyword(const Reader *reader, size_t i, const char *keyword);
/* Returns whether word i is the keyword, or short for it where the dialect abbreviates. The caller
 * asks for the keywords that may stand there in turn, so the first one that fits counts. */
static inline bool reader_keyword(const Reader *reader, size_t i, const char *keyword)
{
    Str word = words_get(&reader->words, i);
    return word.size && ascii_to_lower(word.data[0]) == ascii_to_lower(keyword[0]) &&
           reader_fits_keyword(reader, i, keyword);
}
/* Returns the one of the keywords that word i is, or is short for. Returns the word itself if it is
 * none of them, or may be several. */
Str reader_expand(const Reader *reader, size_t i, const char *const *keywords, size_t count);

/* Takes free text that starts at this line with all its lines: a banner, a certificate, a macro.
 * Returns false if none starts here. */
bool reader_take_text(Reader *reader);

/* Returns the width at which the lines may be wrapped, or 0. */
uint32_t config_wrap_columns(const ConfigLines *lines);
/* Joins the line with those that continue it, and returns how many lines that are; 1 for most. */
size_t reader_join_wrapped(Reader *reader, ConfigLine *out_line);

/* Ends the reading if another configuration starts at this line of the top level, and warns. */
bool reader_skip_second(Reader *reader);
/* Counts the lines from index on as not looked at, and warns: they are another configuration, whose
 * host name stands in host_line. */
void config_skip_rest(Builder *builder, size_t index, uint32_t host_line);

/* Runs the command that matched the line in the table, and those that follow it where lines are
 * paths (run.c): *command becomes the last one that opens a block. */
LineOutcome reader_run_line(Reader *reader, const CommandTable *table, const Command **command);
/* Makes a path of words, which a line of this number states, the words of the reader. */
void reader_set_path(Reader *reader, const Str *words, size_t count, uint32_t line);
/*
 * Runs the commands of a path from the top table on: each one takes the words of its pattern, and
 * the next ones are a line of the table below it. The last command has all words that are left. The
 * reader's words are the whole path. Of the place only the instance is reset, because each command
 * sets what those behind it use. The outcome is that of the last command; if no command matches, or
 * one does not understand its words, the path is not understood.
 */
LineOutcome reader_run_path(Reader *reader);
/* Returns the set of lengths at which the path ends in a command with head_counts: bit n stands for
 * its first n words. */
uint64_t reader_path_heads(Reader *reader);
/* Counts a line with this outcome. Block is the header of the stanza around it, or empty. */
void reader_count_line(Reader *reader, const ConfigLine *line, LineOutcome outcome, Str block);

/* Runs the command that another table has for the line. Returns false if it has none, or if the
 * line is not understood. Handlers call it for the commands that a system takes from another one.
 */
bool reader_run_as(Reader *reader, const CommandTable *table);
/* Returns whether the line goes on with a line of the block below the command. */
bool reader_is_path(const Reader *reader, const Command *command);
/* Returns the line without what goes on below the command. */
Str reader_head(const Reader *reader, const Command *command);

/* Calls a handler for each interface of the range. */
bool reader_run_in_range(Reader *reader, CommandHandler handler);
/* Counts work done for a range. Returns true when the file has used up its share; warns once. */
bool reader_range_is_exhausted(Reader *reader, size_t work);

/* Counts a search through count elements, for what a "no" takes back. Returns false when the file
 * has used up its share; warns once. */
bool reader_may_search(Reader *reader, size_t count) MUST_USE;

/* Returns line i of the file, or NULL past its end. */
static inline const ConfigLine *reader_line_at(const Reader *reader, size_t i)
{
    return i < reader->builder.lines->count ? &reader->builder.lines->items[i] : NULL;
}
