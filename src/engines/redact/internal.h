/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the redactor. A line (or a piece of a very long one) is split into tokens; rules add
 * spans to be masked; redact.c writes the line with its spans replaced.
 */
#pragma once

#include "engines/redact/redact.h"

enum { MAX_TOKENS = 1024, MAX_SPANS = 256, PIECE_BYTES = 4096, NOT_A_TOKEN = 0xFFFFFFFF };

#define MASK STR("<redacted>")

/* What stands between a token and the one before it. */
enum {
    BEFORE_SPACE = 1 << 0,
    BEFORE_ASSIGN = 1 << 1,    /* = : */
    BEFORE_COMMA = 1 << 2,     /* , */
    BEFORE_QUOTE = 1 << 3,     /* a quote opens */
    BEFORE_UNQUOTE = 1 << 4,   /* a quote closes */
    BEFORE_TAG = 1 << 5,       /* < */
    BEFORE_TAG_END = 1 << 6,   /* > */
    BEFORE_BRACE = 1 << 7,     /* { */
    BEFORE_OPEN = 1 << 8,      /* [ ( */
    BEFORE_CLOSE = 1 << 9,     /* ] ) } */
    BEFORE_END = 1 << 10,      /* ; */
    BEFORE_PIPE = 1 << 11,     /* | */
    BEFORE_PARAMETER = 1 << 12 /* ? & */
};

/* What the lexicon knows of a word. */
enum {
    WORD_BETWEEN = 1 << 0,      /* may stand between a key word and its secret: "encrypted" */
    WORD_TAKES_ONE = 1 << 1,    /* the same, with an argument of its own: "level 15" */
    WORD_HARMLESS = 1 << 2,     /* follows a key word where no secret does: "policy" */
    WORD_SENTENCE = 1 << 3,     /* of a sentence: "the" */
    WORD_JOINING = 1 << 4,      /* of a sentence, also of commands: "for" */
    WORD_VERB = 1 << 5,         /* begins a command: "neighbor" */
    WORD_LITERAL = 1 << 6,      /* a value that is no secret: "true" */
    WORD_OPTION = 1 << 7,       /* follows a secret: "privilege" */
    WORD_ALGORITHM = 1 << 8,    /* "sha256" */
    WORD_SCHEME = 1 << 9,       /* of an Authorization header: "Bearer" */
    WORD_CONTACT = 1 << 10,     /* before an address, not before a password: "mailto" */
    WORD_PUBLIC = 1 << 11,      /* before a long value that is public: "fingerprint" */
    WORD_DESCRIPTION = 1 << 12, /* begins free text: "description" */
    WORD_OF_RULE = 1 << 13,     /* a rule begins with it */
    WORD_PROGRAM = 1 << 14      /* takes passwords as options: "curl" */
};

typedef struct {
    uint32_t start;
    uint32_t end;
    uint32_t quote_start; /* of the innermost quotes around it; equal to quote_end: none */
    uint32_t quote_end;
    uint32_t words;  /* WORD_… */
    uint16_t before; /* BEFORE_… */
    bool masked;     /* is "<redacted>" */
} Token;

typedef struct {
    uint32_t start;
    uint32_t end;
} Span;

/* What a line is about, by a word that begins so. */
enum {
    ABOUT_SNMP = 1 << 0,
    ABOUT_SNMP_USER = 1 << 1, /* createUser, usmUser */
    ABOUT_SERVER = 1 << 2,    /* radius, tacacs */
    ABOUT_NTP = 1 << 3,
};

typedef struct {
    Str text;
    uint32_t about;
    uint32_t prose_region; /* the last answer of line_is_prose: which quotation, plus one */
    bool prose;
    Token tokens[MAX_TOKENS];
    uint32_t count;
    Span spans[MAX_SPANS];
    uint32_t span_count;
} Line;

typedef struct Lexicon Lexicon;

/* lexicon.c */
Lexicon *lexicon_new(Arena *arena) MUST_USE;
/* Adds bits to a word, which must outlive the lexicon. */
void lexicon_add(Lexicon *lexicon, Str word, uint32_t class);
/* WORD_… bits of a word, without case. */
uint32_t lexicon_find(const Lexicon *lexicon, Str word);

typedef enum {
    KEY_NONE,
    KEY_STRONG,   /* "password": a value follows, with or without a sign between */
    KEY_ASSIGNED, /* "pass": a value follows '=' or ':' */
    KEY_WEAK,     /* "key": a random value follows */
} KeyKind;

/* Judges by the ending of a word: "wpaPassphrase", "radius-common-pw", "DB_PASSWORD2". */
KeyKind lexicon_key_kind(Str word);
/* Whether the word tells of secrets at all: "public-key" does not, "keyring" does. */
bool lexicon_is_about_secrets(const Lexicon *lexicon, Str word);

/* words.c */
/* Splits as much of text as there is room for; returns the bytes covered. */
size_t line_split(Line *line, const Lexicon *lexicon, Str text);
static inline Str line_word(const Line *line, uint32_t at)
{
    if (at >= line->count)
        return STR("");
    const Token *token = &line->tokens[at];
    return (Str){line->text.data + token->start, token->end - token->start};
}

static inline bool line_is(const Line *line, uint32_t at, const char *word)
{
    Str have = line_word(line, at), wanted = str_of(word);
    return at < line->count && have.size == wanted.size && str_equal_ignore_case(have, wanted);
}

/* The whole value that starts at the token: up to its closing quote, tag or white space. */
Span line_value(const Line *line, uint32_t at);
Str line_span_text(const Line *line, Span span);
void line_mask(Line *line, Span span);
/* Whether the token lies in a span that is to be masked. */
bool line_is_covered(const Line *line, uint32_t at);
/* First token of the command or quotation that the token stands in. */
uint32_t line_command_start(const Line *line, uint32_t at);
/* Whether the command or quotation around the token reads like a sentence. */
bool line_is_prose(Line *line, uint32_t at);

/* shapes.c */
/* Has the look of a password: several changes between letters, digits and cases, or signs. */
bool shape_looks_secret(Str word);
/* At least 16 letters and digits without a pattern. */
bool shape_is_random(Str word);
/* The body of a public SSH key: "AAAAB3Nza…". */
bool shape_is_public_key(Str word);
/* Stands for a secret and is none: "<name>", "${NAME}", "$NAME", "{{ name }}", a row of stars. */
bool shape_is_placeholder(Str word);
/* An IP address, prefix or number of an address's form, or a path. */
bool shape_is_address(Str word);
/* Masks what is a secret by its shape alone: hashes, access tokens, credentials in URLs. */
void shapes_mark(Line *line);

/* rules.c */
typedef enum {
    SECTION_NONE,
    SECTION_SERVER,    /* radius server, tacacs server, client group: "key S" */
    SECTION_HSRP,      /* "authentication S" */
    SECTION_SNMP,      /* Junos and others: "community S {" */
    SECTION_SNMP_NAME, /* FortiOS, RouterOS: the community is called name */
} Section;

/* Tells the lexicon which words begin a rule. */
void rules_add_words(Arena *arena, Lexicon *lexicon);
void rules_mark(Line *line);
/* Masks the value at the token, which may be NOT_A_TOKEN, unless it is a word of a manual or an
 * option. */
void rules_mask_at(Line *line, uint32_t at);

/* commands.c */
void commands_mark(Line *line, Section section);

/* keys.c */
void keys_mark(Line *line, const Lexicon *lexicon);
/* The token that holds the secret after the key word that ends at token after - 1. */
uint32_t keys_find_value(const Line *line, uint32_t after);

/* programs.c */
void programs_add_words(Lexicon *lexicon);
void programs_mark(Line *line, const Lexicon *lexicon);

/* blocks.c */
typedef struct {
    Section section;
    uint32_t indent;
    uint32_t lines_left;
    uint32_t depth; /* open braces inside a section that a brace opened */
    bool braces;
    bool private_key;    /* between BEGIN … PRIVATE KEY and END */
    bool vault;          /* below the head of an Ansible vault */
    const char *closing; /* tag of an inline block of OpenVPN, or NULL */
    bool value_follows;  /* the line before ended in "password:" or "secret=\" */
    uint32_t value_indent;
    uint64_t columns; /* of a table: those that hold secrets */
    char column_separator;
} Blocks;

/* Whether the line is part of a block that is secret as a whole, and which part of it. */
bool blocks_take_line(Blocks *blocks, Str line, Str *out_secret);
/* The span of a private key that begins and ends in the line. */
bool blocks_find_inline_key(Str line, Span *out_span);
/* Masks what the lines before have announced: a value on a line of its own, a column of a table. */
void blocks_mark(Blocks *blocks, Line *line);
/* Looks at a line, once masked, for what it announces. */
void blocks_follow(Blocks *blocks, Str line);

/* trigger.c */
typedef struct Trigger Trigger;
Trigger *trigger_new(Arena *arena) MUST_USE;
/* Whether the line holds any letters that a rule could start from. False spares all other work. */
bool trigger_fires(const Trigger *trigger, Str line);
