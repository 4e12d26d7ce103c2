/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dialect says all that is special to one system: how it is recognised, which commands it has and
 * what each one means, and how it differs in what a configuration leaves unsaid. A vendor is a
 * folder with one Dialect, and a line in dialects.c.
 *
 * Commands stand in tables. A table holds the commands of one block; a command that opens a block
 * names the table of the lines below it. So a statement is a path of words from the top table,
 * whether its blocks are written by indentation or by braces. The first command whose words start
 * the line decides. If none does, words may be abbreviated as on the device: "int gi0/1" (match.c).
 */
#pragma once

#include "engines/config/notes.h"

typedef struct Reader Reader;

/* Stores the line of the reader in its Device. Returns false if the line is not understood. */
typedef bool (*CommandHandler)(Reader *reader);

typedef struct CommandTable CommandTable;

typedef struct {
    const char *pattern;    /* words; a trailing '*' matches the rest of a word, '*' alone a name */
    CommandHandler handler; /* NULL: the line is known, and not part of the model */
    /* handler takes back what it stores if the line starts with "no" or "default". Otherwise such a
     * line is not understood. */
    bool handles_no;
    const CommandTable
        *below;        /* commands of the lines below; NULL: they are as known as the line */
    StanzaKind stanza; /* in a top table */
    /* Words of its own after the pattern: "router ospf" takes the number of the process. Counts
     * only where lines are paths. */
    uint16_t takes;
    bool ends_block : 1; /* the block whose table this is ends with the line */
    /* What handler stores only counts for the lines below: a line that ends here is known. */
    bool only_known : 1;
    /* Where braces make the blocks: the head of its block counts as a line of its own, so that the
     * object which it names has the line of the head. */
    bool head_counts : 1;
} Command;

/* The command takes all words to the end of the line. */
enum { TAKES_REST = 0x100 };

struct CommandTable {
    const Command *commands;
    size_t count;
    const CommandTable *next; /* searched when nothing matches, or NULL */
    bool resumes; /* in a file without indentation, lines that the top table lacks continue it */
    /* Indentation does not end the block. It ends by a command that says so ("end-policy"), and by
     * a line that only a table around it has. */
    bool lasts;
};

/* All lines of a block are known, or none is understood. */
extern const CommandTable commands_known, commands_unknown;

typedef enum {
    SIGNATURE_LINE,     /* the line starts with the text in its first column */
    SIGNATURE_ANY,      /* the line starts with it after its indentation */
    SIGNATURE_CONTAINS, /* anywhere in the line */
    SIGNATURE_SLASH,    /* the line starts with it, and a prefix length behind a slash follows */
    SIGNATURE_BLOCK,    /* the line is the text, indented, and one word: the head of a block */
    SIGNATURE_INDENT,   /* the line starts with the text, blanks included */
    SIGNATURE_COMMENT,  /* anywhere in a line that starts with '!', '#', ':' or '/' */
} SignaturePlace;

/* How a free text ends. */
typedef enum {
    TEXT_DELIMITED,          /* at the character that starts it, at "^C", or at the word that starts
                                it, alone on a line */
    TEXT_DELIMITED_BY_SIGN,  /* the same, where that character is no letter */
    TEXT_TO_LINE,            /* at a line that says one of the ends; the first line says no more */
    TEXT_TO_LINE_FROM_WORDS, /* the same, whatever else the first line says */
    TEXT_HEXADECIMAL,        /* lines of hexadecimal digits, up to "quit" */
    TEXT_IN_BRACES,          /* where the brace at the end of the first line is closed */
} TextForm;

/* A free text: nothing in it is a command. It may stand in any block. */
typedef struct {
    const char *start; /* words of the first line; '*': any word, or the rest of one; '+': a word
                          that starts with a letter */
    TextForm form;
    const char *ends; /* words, each of which may end it; a trailing '*' matches the rest */
} TextRule;

/* The weight of a line that no other system has. */
enum { SIGNATURE_DECISIVE = 100000 };

/* A line that points to a system. */
typedef struct {
    SignaturePlace place;
    int weight; /* negative: the system has no such line */
    const char *text;
} Signature;

typedef struct {
    System system;
    const Signature *signatures;
    size_t signature_count;
    /* The system whose signatures count for this one too, once it has one of its own: IOS for
     * IOS-XE. NULL: none. */
    const System *extends;
    const CommandTable *commands; /* the top table */
    const TextRule *texts;        /* besides banners and certificates, which all have */
    size_t text_count;
    /* Reads the lines where indentation does not make the blocks; NULL: as reader.h says. A system
     * without commands is only recognised. */
    void (*read)(Reader *reader);
    const NoteRule *notes; /* what lines say besides the model; NULL: nothing */

    /* Returns the lines with those that configuration groups add to them, or NULL if there are no
     * groups (iosxr/groups.h). */
    const ConfigLines *(*inherit)(Builder *builder);

    /* Reads a comment that may state the version, or NULL. */
    void (*read_comment)(Reader *reader);

    bool abbreviates; /* words of commands may be abbreviated */
    bool ranges;      /* "interface Ethernet1-4" is a range */
    bool vlan_interfaces_start_shut;
    bool ports_are_access;        /* ports without a mode are access ports */
    bool lists_have_no_kind;      /* "ip access-list NAME" needs no "standard" or "extended" */
    bool families_by_neighbor;    /* BGP activates no family by itself */
    bool neighbors_are_addresses; /* "neighbor" names an address, a range or an interface; not a
                                     group */
    /* A line may state all of its path: "router ospf 1 area 0 interface Loopback0 passive". */
    bool lines_are_paths;
    bool banners_are_lines; /* "banner motd line WELCOME": no text follows */
} Dialect;
