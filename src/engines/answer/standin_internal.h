/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the stand-ins. Text is split into tokens by the same rules when it is hidden and
 * when it is restored (standin_scan.c). A registry of pairs, real and stand-in, is exact in both
 * directions (standin_map.c); the rest chooses good stand-ins.
 */
#pragma once

#include "base/ascii.h"
#include "base/ip.h"
#include "base/map.h"
#include "base/vec.h"
#include "engines/answer/standin.h"

/* Returns whether the byte is one of the set. */
static inline bool byte_is_in(char byte, Str set)
{
    return str_find_byte(set, byte) != STR_NOT_FOUND;
}

/* standin_scan.c */
enum { SCAN_AHEAD = 80, SCAN_BEHIND = 8, WORD_MAX_BYTES = 64 };

typedef enum { TOKEN_NONE, TOKEN_V4, TOKEN_V6, TOKEN_MAC, TOKEN_WORD } TokenKind;

/* A word may begin later than it seems: behind the letter of an escape ("\ncore1") or behind "AS"
 * ("AS65001"). The first reading that has a meaning counts. */
enum { MAX_READINGS = 3 };
typedef struct {
    TokenKind kind;
    size_t end;
    size_t starts[MAX_READINGS];
    size_t reading_count;
} Token;

/* Letters and digits of ASCII. */
static inline bool scan_is_word_byte(char byte)
{
    return ascii_is_letter_or_digit(byte);
}
/* Returns whether the byte can stand inside a token or decide about its end. */
bool scan_is_soft(char byte);
/*
 * Finds the first token at or after *at, and moves *at behind it. Returns false at the end of the
 * text. The result depends on at most SCAN_BEHIND bytes before and SCAN_AHEAD bytes after the
 * beginning of the token.
 */
bool scan_next(Str text, size_t *at, Token *out_token);

/* standin_address.c */
enum { KEY_BYTES = 16 };
typedef struct {
    uint8_t bytes[KEY_BYTES];
} StandinKey;

/* SipHash-2-4 (Aumasson and Bernstein 2012). */
uint64_t standin_hash(const StandinKey *key, const void *data, size_t size);
/* Returns whether an address has a meaning of its own: a mask, loopback, multicast … */
bool address_is_kept(IpAddress address);
/* Returns the stand-in of an address whose first length bits matter; the others stay as they are.
 * Two addresses share as many leading bits as their stand-ins do. */
IpAddress address_scramble(const StandinKey *key, IpAddress address, unsigned length);
/* Reverses address_scramble. */
IpAddress address_unscramble(const StandinKey *key, IpAddress address, unsigned length);

typedef struct {
    uint8_t bytes[6];
} MacAddress;

bool mac_is_kept(MacAddress mac);
/* Returns the stand-in: the manufacturer's half stays. */
MacAddress mac_scramble(const StandinKey *key, MacAddress mac);

/* standin_spell.c: the ways to write an address, of which a pair takes the first free one. */
enum { SPELLING_BYTES = 48 };

/* Write spelling number `variant` as a C string. Return false when there is none with this number.
 */
bool spell_v4(IpAddress address, unsigned variant, char out[SPELLING_BYTES]);
bool spell_v6(IpAddress address, Str like, unsigned variant, char out[SPELLING_BYTES]);
void spell_mac(MacAddress mac, Str like, char out[SPELLING_BYTES]);
MacAddress mac_parse(Str text);
enum { V4_SPELLINGS = 81, V6_SPELLINGS = 70 };

/* standin_map.c */
typedef enum {
    PAIR_V4,
    PAIR_V6,
    PAIR_MAC,
    PAIR_NAME,
    PAIR_NUMBER,         /* an AS number that is replaced wherever it stands */
    PAIR_CONTEXT_NUMBER, /* one that is replaced only where it is known to be one */
    PAIR_SAME,           /* a number that stays, and is no stand-in of another */
    PAIR_KIND_COUNT
} PairKind;

typedef struct {
    PairKind kind;
    Str real;
    Str standin;
} Pair;

typedef struct {
    StandinName kind;
    Str name;        /* in lower case */
    uint32_t number; /* "host7" */
    bool everywhere; /* not only where it is known to be a name */
} Name;

struct StandinMap {
    Arena *arena;
    StandinKey key;
    VEC(Pair) pairs;
    Map by_real;    /* the newest pair, by index */
    Map by_standin; /* by index */
    VEC(Name) names;
    Map by_name;     /* lower case: index into names */
    Map first_words; /* of the names, in lower case: any value */
    Map networks;    /* prefixes of stand-ins: any value */
    uint32_t last_number[STANDIN_DOMAIN + 1];
    uint32_t key_lengths[26]; /* of standin_learn.c: by first letter, the lengths as bits */
};

/* Return the pair, or NULL. */
const Pair *map_find_real(const StandinMap *map, Str real);
const Pair *map_find_standin(const StandinMap *map, Str standin);
/* Adds a pair; the stand-in must be free. Returns NULL when the map is full. */
const Pair *map_add_pair(StandinMap *map, PairKind kind, Str real, Str standin);
/* Returns the name, in lower case, or NULL. */
const Name *map_find_name(const StandinMap *map, Str lower);
/* Adds a name that is not there yet. Returns NULL when the map is full. */
const Name *map_add_name(StandinMap *map, StandinName kind, Str lower, bool everywhere);
/* Returns whether a stand-in of an address lies in the prefix. */
bool map_has_network(const StandinMap *map, IpAddress address, unsigned length);

/* standin_words.c */
/* Returns whether the word has the form of a stand-in, in any case. */
bool word_is_standin(Str word, StandinName *out_kind, uint32_t *out_number);
/* Returns whether the word is too common to be a name. */
bool word_is_ordinary(Str word);
/* Writes at most STANDIN_NAME_MAX_BYTES in lower case. */
Str word_lower(Str word, char out[STANDIN_NAME_MAX_BYTES]);
bool word_may_be_name(Str word);
/* Returns whether a word is a number as it is usually written, below 2^32. */
bool word_is_number(Str word, uint32_t *out_number);
/* Return the stand-in, which is registered, or an empty string when the map is full. */
Str word_replace_name(StandinMap *map, StandinName kind, Str real);
Str word_replace_number(StandinMap *map, Str real, bool is_as_number);
/* Returns whether an AS number keeps its value because all networks know it. */
bool number_is_reserved(uint32_t number);
/* Returns whether the number lies in a range that stand-ins are taken from. */
bool number_is_issued(uint32_t number);

/* standin_learn.c */
typedef enum { SPAN_HOST, SPAN_USER, SPAN_DOMAIN, SPAN_NUMBER } SpanKind;

/* A name or number whose place tells what it is. */
typedef struct {
    size_t start;
    size_t end;
    SpanKind kind;
} Span;

typedef VEC(Span) SpanVec;

/* Prepares a new map for learn_line. */
void learn_prepare(StandinMap *map);
/* Appends the spans of a line, in order, and adds to the map what they teach. Returns false when
 * the map is full. */
bool learn_line(StandinMap *map, Arena *arena, Str line, SpanVec *out_spans) MUST_USE;

/* standin_restore.c */
void restore_text(const StandinMap *map, Str text, StrBuf *out);
