/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

enum { SLICE_BYTES = 4096 };

static Str real_of(const StandinMap *map, Str standin)
{
    const Pair *pair = map_find_standin(map, standin);
    return pair ? pair->real : STR("");
}

/* A model derives addresses: the network of an interface, the next free address. If a stand-in lies
 * in the same subnet, the address has a real one too. */
static Str derive_address(const StandinMap *map, Str text, Str after, char out[SPELLING_BYTES])
{
    IpAddress address;
    uint32_t length = 0;
    size_t digits = 0;
    if (!ip_parse(text, &address) || address_is_kept(address))
        return STR("");
    unsigned subnet = address.family == IP_V4 ? 24 : 64;
    unsigned bits = ip_bits(address);
    while (digits < 3 && 1 + digits < after.size && ascii_is_digit(after.data[1 + digits]))
        digits++;
    if (str_starts_with(after, STR("/")) && str_parse_u32(str_slice(after, 1, digits), &length) &&
        length < subnet &&
        ip_equal(ip_prefix_network((IpPrefix){address, (uint8_t)length}).address, address))
        subnet = bits = length;
    if (!map_has_network(map, address, subnet))
        return STR("");
    IpAddress real = address_unscramble(&map->key, address, bits);
    if (address.family == IP_V4)
        (void)spell_v4(real, 0, out);
    else if (!spell_v6(real, text, 0, out))
        return STR("");
    return str_of(out);
}

/* Returns the real name of a word that differs from a stand-in in its case alone. */
static Str real_of_name(const StandinMap *map, Str word)
{
    StandinName kind;
    uint32_t number = 0;
    char lower[STANDIN_NAME_MAX_BYTES];
    Str real = real_of(map, word);
    if (!str_empty(real) || !word_is_standin(word, &kind, &number))
        return real;
    real = real_of(map, word_lower(word, lower));
    if (!str_empty(real))
        return real;
    lower[0] = (char)(lower[0] - ('a' - 'A'));
    return real_of(map, str_make(lower, word.size));
}

/* Where a token is replaced, and by what. */
typedef struct {
    size_t start;
    Str real; /* empty: it stays */
} Found;

static Found find_real(const StandinMap *map, Str text, const Token *token,
                       char out[SPELLING_BYTES])
{
    Found found = {token->starts[0], STR("")};
    for (size_t i = 0; i < token->reading_count; i++) {
        found.start = token->starts[i];
        Str word = str_slice(text, found.start, token->end - found.start);
        found.real = token->kind == TOKEN_WORD ? real_of_name(map, word) : real_of(map, word);
        if (!str_empty(found.real))
            return found;
        if (token->kind == TOKEN_V4 || token->kind == TOKEN_V6)
            found.real = derive_address(map, word, str_from(text, token->end), out);
    }
    return found;
}

/* Appends the text from *written to the token, and the real one for it. */
static void put_token(const StandinMap *map, Str text, const Token *token, size_t *written,
                      StrBuf *out)
{
    char derived[SPELLING_BYTES];
    Found found = find_real(map, text, token, derived);
    if (str_empty(found.real))
        return;
    strbuf_append(out, str_slice(text, *written, found.start - *written));
    strbuf_append(out, found.real);
    *written = token->end;
}

void restore_text(const StandinMap *map, Str text, StrBuf *out)
{
    Token token;
    size_t written = 0;
    for (size_t at = 0; scan_next(text, &at, &token);)
        put_token(map, text, &token, &written, out);
    strbuf_append(out, str_from(text, written));
}

Str standin_restore(const StandinMap *map, Arena *arena, Str text)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, SIZE_MAX / 2);
    restore_text(map, text, &out);
    return arena_copy(arena, strbuf_str(&out));
}

/* Returns the offset up to which tokens may begin that no further byte changes. */
static size_t decided_end(Str text)
{
    size_t end = text.size;
    while (end > 0 && text.size - end < SCAN_AHEAD && scan_is_soft(text.data[end - 1]))
        end--;
    return end;
}

static void run(StandinRestorer *restorer, bool is_last, StrBuf *out)
{
    Str text = strbuf_str(&restorer->pending);
    size_t end = is_last ? text.size : decided_end(text);
    size_t at = restorer->context;
    size_t written = at;
    Token token;
    while (at < end) {
        size_t next = at;
        if (!scan_next(text, &next, &token) || token.starts[0] >= end) {
            at = end;
            break;
        }
        put_token(restorer->map, text, &token, &written, out);
        at = next;
    }
    strbuf_append(out, str_slice(text, written, at - written));
    restorer->context = MIN_OF(at, SCAN_BEHIND);
    strbuf_consume(&restorer->pending, at - restorer->context);
}

void standin_restorer_init(StandinRestorer *restorer, const StandinMap *map)
{
    *restorer = (StandinRestorer){.map = map};
    strbuf_init(&restorer->pending, SCAN_BEHIND + 2 * SCAN_AHEAD + SLICE_BYTES);
}

void standin_restorer_done(StandinRestorer *restorer)
{
    strbuf_done(&restorer->pending);
}

void standin_restorer_take(StandinRestorer *restorer, Str piece, StrBuf *out)
{
    while (!str_empty(piece)) {
        Str slice = str_slice(piece, 0, SLICE_BYTES);
        piece = str_from(piece, slice.size);
        strbuf_append(&restorer->pending, slice);
        run(restorer, false, out);
    }
}

void standin_restorer_end(StandinRestorer *restorer, StrBuf *out)
{
    run(restorer, true, out);
}
