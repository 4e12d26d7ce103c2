/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

enum { NAME_MAX_WORDS = 8, GROWTH = 8 };

typedef struct {
    StandinMap *map;
    Arena *arena;
    Map lengths; /* networks that the text tells the length of: address as written, to length + 1 */
    SpanVec spans; /* names and numbers that their places tell, by offset in the text */
    size_t next_span;
    StrBuf out;
    StrBuf check; /* the line at hand, restored */
    bool names;   /* replace names, and AS numbers that need not be */
    bool is_full;
} Hider;

/* A line of the text. */
typedef struct {
    Str text;
    size_t offset;  /* in the whole text, as spans count */
    size_t written; /* bytes of the line that are in the output */
    bool is_table;  /* of routes */
} Line;

/* Reads the length of a prefix, "/24", or the mask or wildcard that follows an address. */
static bool read_length(Str text, size_t end, IpAddress address, uint8_t *out_length)
{
    Str rest = str_from(text, end);
    Str word;
    uint32_t number = 0;
    IpAddress mask;
    size_t digits = 0;
    if (str_starts_with(rest, STR("/"))) {
        while (digits < 3 && 1 + digits < rest.size && ascii_is_digit(rest.data[1 + digits]))
            digits++;
        if (!str_parse_u32(str_slice(rest, 1, digits), &number) || number > ip_bits(address))
            return false;
        *out_length = (uint8_t)number;
        return true;
    }
    rest = str_slice(rest, 0, SCAN_AHEAD);
    if (address.family != IP_V4 || !str_starts_with(rest, STR(" ")))
        return false;
    if (!str_next_word(&rest, &word) ||
        (str_equal_ignore_case(word, STR("mask")) && !str_next_word(&rest, &word)))
        return false;
    return ip_parse(word, &mask) && mask.family == IP_V4 &&
           (ip_mask_length(mask, out_length) || ip_wildcard_length(mask, out_length));
}

static bool is_network(IpAddress address, uint8_t length)
{
    return ip_equal(ip_prefix_network((IpPrefix){address, length}).address, address);
}

/* Collects the lengths of networks; the longest counts. */
static void collect_lengths(Hider *hider, Str line)
{
    Token token;
    IpAddress address;
    uint8_t length = 0;
    for (size_t at = 0; scan_next(line, &at, &token);) {
        Str text = str_slice(line, token.starts[0], token.end - token.starts[0]);
        if ((token.kind != TOKEN_V4 && token.kind != TOKEN_V6) || !ip_parse(text, &address) ||
            !read_length(line, token.end, address, &length) || !is_network(address, length) ||
            length == ip_bits(address))
            continue;
        size_t known = map_get_index(&hider->lengths, text);
        if (known == MAP_NO_INDEX || known < length)
            map_put_index(hider->arena, &hider->lengths, text, length);
    }
}

/* Returns how many leading bits of an address count. Behind the length of a network there are
 * zeros, which stay. Without a length, the zeros at the end tell. */
static unsigned significant_bits(const Hider *hider, Str text, IpAddress address)
{
    size_t known = map_get_index(&hider->lengths, text);
    unsigned step = address.family == IP_V4 ? 1 : 2;
    unsigned size = ip_bits(address) / 8;
    if (known != MAP_NO_INDEX)
        return (unsigned)known;
    while (size > 0 && address.bytes[size - 1] == 0 && address.bytes[size - step] == 0)
        size -= step;
    return 8 * size;
}

/* Returns the value that is tried when all spellings of the values before are taken. */
static IpAddress other_value(const Hider *hider, Str real, IpAddress wanted, unsigned attempt)
{
    char message[SPELLING_BYTES + 8] = {0};
    memcpy(message, real.data, MIN_OF(real.size, (size_t)SPELLING_BYTES));
    memcpy(message + SPELLING_BYTES, &attempt, sizeof(attempt));
    uint64_t hash = standin_hash(&hider->map->key, message, sizeof(message));
    size_t first = wanted.family == IP_V4 ? 2 : 8;
    for (size_t i = first; i < ip_bits(wanted) / 8; i++, hash >>= 8)
        wanted.bytes[i] = (uint8_t)hash;
    return wanted;
}

/* Registers the first free spelling of the value. Returns an empty string when none is free. */
static Str take_spelling(Hider *hider, Str real, IpAddress value)
{
    char out[SPELLING_BYTES];
    bool is_v4 = value.family == IP_V4;
    unsigned count = is_v4 ? V4_SPELLINGS : V6_SPELLINGS;
    for (unsigned variant = 0; variant < count; variant++) {
        bool exists = is_v4 ? spell_v4(value, variant, out) : spell_v6(value, real, variant, out);
        if (!exists || map_find_standin(hider->map, str_of(out)))
            continue;
        const Pair *pair = map_add_pair(hider->map, is_v4 ? PAIR_V4 : PAIR_V6, real, str_of(out));
        hider->is_full |= !pair;
        return pair ? pair->standin : STR("");
    }
    return STR("");
}

/* Returns the text that stands for an address, the text itself if it is kept. */
static Str replace_address(Hider *hider, Str real)
{
    enum { ATTEMPTS = 64 };
    IpAddress address;
    if (!ip_parse(real, &address) || address_is_kept(address))
        return real;
    const Pair *known = map_find_real(hider->map, real);
    if (known)
        return known->standin;
    IpAddress wanted =
        address_scramble(&hider->map->key, address, significant_bits(hider, real, address));
    for (unsigned attempt = 0; attempt < ATTEMPTS && !hider->is_full; attempt++) {
        IpAddress value = attempt == 0 ? wanted : other_value(hider, real, wanted, attempt);
        Str standin = address_is_kept(value) ? STR("") : take_spelling(hider, real, value);
        if (!str_empty(standin))
            return standin;
    }
    hider->is_full = true;
    return real;
}

static Str replace_mac(Hider *hider, Str real)
{
    enum { ATTEMPTS = 1024 };
    char out[SPELLING_BYTES];
    MacAddress mac = mac_parse(real);
    const Pair *known = map_find_real(hider->map, real);
    if (mac_is_kept(mac))
        return real;
    if (known)
        return known->standin;
    MacAddress wanted = mac_scramble(&hider->map->key, mac);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        wanted.bytes[4] ^= (uint8_t)(attempt >> 8);
        wanted.bytes[5] ^= (uint8_t)attempt;
        spell_mac(wanted, real, out);
        if (mac_is_kept(wanted) || map_find_standin(hider->map, str_of(out)))
            continue;
        const Pair *pair = map_add_pair(hider->map, PAIR_MAC, real, str_of(out));
        hider->is_full |= !pair;
        return pair ? pair->standin : real;
    }
    hider->is_full = true;
    return real;
}

/* Writes what stands for the bytes from start to end, and what is before them. */
static void put(Hider *hider, Line *line, size_t start, size_t end, Str standin)
{
    hider->is_full |= str_empty(standin);
    strbuf_append(&hider->out, str_slice(line->text, line->written, start - line->written));
    strbuf_append(&hider->out, standin);
    line->written = end;
}

/* Returns the end of the longest known name that begins here, or 0. */
static size_t find_name(const Hider *hider, Str text, size_t start, const Name **out_name)
{
    char lower[STANDIN_NAME_MAX_BYTES];
    size_t best = 0;
    size_t size = 0;
    for (size_t word = 0; word < NAME_MAX_WORDS; word++) {
        while (start + size < text.size && size < sizeof(lower) &&
               scan_is_word_byte(text.data[start + size])) {
            lower[size] = ascii_to_lower(text.data[start + size]);
            size++;
        }
        if (word == 0 && !map_get(&hider->map->first_words, str_make(lower, size)))
            return 0;
        if (start + size < text.size && scan_is_word_byte(text.data[start + size]))
            break;
        const Name *name = map_find_name(hider->map, str_make(lower, size));
        if (name && name->everywhere) {
            *out_name = name;
            best = start + size;
        }
        while (start + size < text.size && size < sizeof(lower) &&
               byte_is_in(text.data[start + size], STR("._-"))) {
            lower[size] = text.data[start + size];
            size++;
        }
    }
    return best;
}

/* Returns the span that begins here, or NULL. */
static const Span *find_span(Hider *hider, const Line *line, size_t start)
{
    size_t offset = line->offset + start;
    while (hider->next_span < hider->spans.count &&
           hider->spans.items[hider->next_span].start < offset)
        hider->next_span++;
    bool is_here = hider->next_span < hider->spans.count &&
                   hider->spans.items[hider->next_span].start == offset;
    return is_here ? &hider->spans.items[hider->next_span] : NULL;
}

static bool put_name(Hider *hider, Line *line, size_t start)
{
    static const StandinName kinds[] = {
        [SPAN_HOST] = STANDIN_HOST, [SPAN_USER] = STANDIN_USER, [SPAN_DOMAIN] = STANDIN_DOMAIN};
    const Name *name = NULL;
    size_t end = find_name(hider, line->text, start, &name);
    const Span *span = find_span(hider, line, start);
    StandinName kind = name ? name->kind : STANDIN_HOST;
    if (span && span->kind != SPAN_NUMBER && span->end - line->offset > end) {
        end = span->end - line->offset;
        kind = kinds[span->kind];
    }
    if (end == 0)
        return false;
    Str real = str_slice(line->text, start, end - start);
    put(hider, line, start, end, word_replace_name(hider->map, kind, real));
    return true;
}

/* Returns whether a number is known to be an AS number. */
static bool is_as_number(Hider *hider, const Line *line, size_t start, size_t end)
{
    Str word = str_slice(line->text, start, end - start);
    const Span *span = find_span(hider, line, start);
    const Pair *pair = line->is_table ? map_find_real(hider->map, word) : NULL;
    /* "AS65001" has a reading that begins behind its letters. */
    bool follows_letters = start > 0 && scan_is_word_byte(line->text.data[start - 1]);
    return (span && span->kind == SPAN_NUMBER && span->end == line->offset + end) ||
           (pair && pair->kind == PAIR_CONTEXT_NUMBER) || (follows_letters && word.size > 2);
}

/* Replaces a word by one of its readings. Returns false when it has no meaning and stays. */
static bool put_reading(Hider *hider, Line *line, size_t start, size_t end)
{
    Str word = str_slice(line->text, start, end - start);
    uint32_t number = 0;
    StandinName kind = STANDIN_HOST;
    if (hider->names && put_name(hider, line, start))
        return true;
    if (word_is_standin(word, &kind, &number)) {
        put(hider, line, start, end, word_replace_name(hider->map, kind, word));
        return true;
    }
    if (!word_is_number(word, &number) || number_is_reserved(number) ||
        (!hider->names && !number_is_issued(number)))
        return false;
    put(hider, line, start, end,
        word_replace_number(hider->map, word, is_as_number(hider, line, start, end)));
    return true;
}

static void put_token(Hider *hider, Line *line, const Token *token)
{
    Str text = str_slice(line->text, token->starts[0], token->end - token->starts[0]);
    if (token->kind == TOKEN_MAC) {
        put(hider, line, token->starts[0], token->end, replace_mac(hider, text));
    } else if (token->kind != TOKEN_WORD) {
        put(hider, line, token->starts[0], token->end, replace_address(hider, text));
    } else {
        for (size_t i = 0; i < token->reading_count; i++)
            if (put_reading(hider, line, token->starts[i], token->end))
                return;
    }
}

/* Appends what stands for the bytes from start to end. Returns whether it restores to the same. */
static bool put_range(Hider *hider, Line *line, size_t start, size_t end)
{
    size_t begin = hider->out.size;
    size_t first_span = hider->next_span;
    Str whole = line->text;
    Token token;
    line->text = str_slice(whole, 0, end);
    line->written = start;
    for (size_t at = start; scan_next(line->text, &at, &token) && !hider->is_full;) {
        put_token(hider, line, &token);
        at = MAX_OF(at, line->written);
    }
    strbuf_append(&hider->out, str_from(line->text, line->written));
    line->text = whole;
    strbuf_clear(&hider->check);
    restore_text(hider->map, str_from(strbuf_str(&hider->out), begin), &hider->check);
    if (str_equal(strbuf_str(&hider->check), str_slice(whole, start, end - start)))
        return true;
    hider->out.size = begin;
    hider->next_span = first_span;
    return false;
}

/* Returns the end of the part that begins here: no token and no name reaches beyond white space or
 * a quotation mark. */
static size_t part_end(Str text, size_t at)
{
    while (at < text.size && (unsigned char)text.data[at] > ' ' && text.data[at] != '"')
        at++;
    return at < text.size ? at + 1 : at;
}

/*
 * A name or number can stand so close to an address that the address reads differently with the
 * stand-in. The line is then written in parts, such a part with stand-ins of addresses alone.
 */
static bool put_line(Hider *hider, Line *line)
{
    hider->names = true;
    if (put_range(hider, line, 0, line->text.size) || hider->is_full)
        return true;
    for (size_t at = 0; at < line->text.size;) {
        size_t end = part_end(line->text, at);
        hider->names = true;
        bool done = put_range(hider, line, at, end);
        hider->names = false;
        if (!done && !put_range(hider, line, at, end))
            return false;
        at = end;
    }
    return true;
}

/* Takes the next line with its end off *rest. */
static bool next_line(Str *rest, Str *out_line)
{
    if (str_empty(*rest))
        return false;
    size_t end = str_find_byte(*rest, '\n');
    *out_line = str_slice(*rest, 0, end == STR_NOT_FOUND ? rest->size : end + 1);
    *rest = str_from(*rest, out_line->size);
    return true;
}

/* Reads all lines before the first is written, for a name is replaced before the line that tells it
 * is one, too. */
static bool learn_lines(Hider *hider, Str text)
{
    Str line;
    for (Str rest = text; next_line(&rest, &line);) {
        size_t first = hider->spans.count;
        if (!learn_line(hider->map, hider->arena, line, &hider->spans))
            return false;
        for (size_t i = first; i < hider->spans.count; i++) {
            hider->spans.items[i].start += (size_t)(line.data - text.data);
            hider->spans.items[i].end += (size_t)(line.data - text.data);
        }
        collect_lengths(hider, line);
    }
    return true;
}

/* In a table of routes ("*> 10.0.0.0/8 10.1.1.1 0 100 0 3320 i"), the known AS numbers are paths.
 */
static bool hide_lines(Hider *hider, Str text)
{
    Line line = {0};
    if (!learn_lines(hider, text))
        return false;
    for (Str rest = text; next_line(&rest, &line.text);) {
        line.offset = (size_t)(line.text.data - text.data);
        line.is_table = str_starts_with(str_trim_left(line.text), STR("*"));
        if (!put_line(hider, &line) || hider->is_full)
            return false;
    }
    return !hider->out.overflowed;
}

bool standin_hide(StandinMap *map, Arena *arena, Str text, Str *out_text)
{
    auto_arena Arena *scratch = arena_new();
    Hider hider = {.map = map, .arena = scratch};
    if (text.size > STANDIN_TEXT_MAX_BYTES)
        return false;
    strbuf_init(&hider.out, GROWTH * text.size + 1024);
    strbuf_init(&hider.check, GROWTH * text.size + 1024);
    bool done = hide_lines(&hider, text);
    if (done)
        *out_text = arena_copy(arena, strbuf_str(&hider.out));
    strbuf_done(&hider.out);
    strbuf_done(&hider.check);
    return done;
}
