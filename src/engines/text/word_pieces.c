/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/word_pieces.h"

#include "base/utf8.h"
#include "engines/text/plain_letter.h"

enum { PORT_NAME_MAX_BYTES = 25 }; /* twentyfivegigabitethernet */

/* ASCII white space, control characters, and punctuation that no name has. */
static bool is_separating_byte(char c)
{
    switch (c) {
    case '\x7f':
    case ',':
    case ';':
    case '(':
    case ')':
    case '{':
    case '}':
    case '[':
    case ']':
    case '<':
    case '>':
    case '"':
    case '\'':
    case '`':
    case '|':
    case '=':
    case '!':
    case '?':
    case '\\':
        return true;
    default:
        return c >= 0 && c <= ' ';
    }
}

/* White space and punctuation beyond ASCII. */
static bool is_separating_character(uint32_t character)
{
    static const uint16_t separators[] = {0x0085, 0x00A0, 0x00AB, 0x00B7, 0x00BB, 0x2013,
                                          0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                          0x2026, 0x2028, 0x2029, 0x3000, 0xFEFF};
    for (size_t i = 0; i < COUNT_OF(separators); i++) {
        if (character == separators[i])
            return true;
    }
    return false;
}

/* Returns how many bytes the separator there has, or 0. */
static size_t separator_at(Str text, size_t at)
{
    uint32_t character = 0;
    if (text.data[at] >= 0)
        return is_separating_byte(text.data[at]);
    size_t length = utf8_read(str_from(text, at), &character);
    if (length == 0)
        return 1;
    return is_separating_character(character) ? length : 0;
}

/* Returns the text behind the prefix if it has it, or the text. */
static Str skip_prefix(Str text, Str prefix)
{
    return str_starts_with(text, prefix) ? str_from(text, prefix.size) : text;
}

/* Returns whether a name in lower case is that of ports which are numbered by slot. */
static bool is_port_name(Str name)
{
    static const Str whole[] = {STR_INIT("ethernet"), STR_INIT("fastethernet"), STR_INIT("fa"),
                                STR_INIT("gi"),       STR_INIT("te"),           STR_INIT("eth"),
                                STR_INIT("serial")};
    static const Str speeds[] = {STR_INIT("tengig"),   STR_INIT("gig"),
                                 STR_INIT("twogig"),   STR_INIT("fivegig"),
                                 STR_INIT("xgig"),     STR_INIT("twentyfivegig"),
                                 STR_INIT("fortygig"), STR_INIT("hundredgig")};
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        if (str_equal(name, whole[i]))
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        if (!str_starts_with(name, speeds[i]))
            continue;
        Str rest = skip_prefix(str_from(name, speeds[i].size), STR("abit"));
        if (str_empty(rest) || str_equal(rest, STR("e")) || str_equal(rest, STR("ethernet")))
            return true;
    }
    return false;
}

static bool ends_with_port_name(Str text)
{
    char name[PORT_NAME_MAX_BYTES];
    size_t start = text.size;
    while (start > 0 && ascii_is_letter(text.data[start - 1])) {
        if (text.size - start == sizeof(name))
            return false;
        start--;
    }
    if (start > 0 && (ascii_is_digit(text.data[start - 1]) || text.data[start - 1] == '_'))
        return false;
    for (size_t i = start; i < text.size; i++)
        name[i - start] = ascii_to_lower(text.data[i]);
    return is_port_name(str_make(name, text.size - start));
}

/* Returns whether a number such as 0/1 begins there. */
static bool is_port_number(Str text, size_t at)
{
    size_t start = at;
    while (at < text.size && ascii_is_digit(text.data[at]))
        at++;
    return at > start && at + 1 < text.size && text.data[at] == '/' &&
           ascii_is_digit(text.data[at + 1]);
}

/* Returns the offset of the number of a port whose name ends at `at`, or `at`. */
static size_t skip_blanks_of_port(Str text, size_t at)
{
    size_t end = at;
    if (!ascii_is_blank(text.data[at]) || !ends_with_port_name(str_slice(text, 0, at)))
        return at;
    while (end < text.size && ascii_is_blank(text.data[end]))
        end++;
    return is_port_number(text, end) ? end : at;
}

/* Returns the offset of the next separator that belongs to no port, or the end of the text. */
static size_t find_end(Str text, size_t at)
{
    while (at < text.size) {
        if (separator_at(text, at) == 0) {
            at += text.data[at] >= 0 ? 1 : utf8_length(str_from(text, at));
            continue;
        }
        size_t number = skip_blanks_of_port(text, at);
        if (number == at)
            return at;
        at = number;
    }
    return at;
}

/* A colon may be half of the :: of an IPv6 address. */
static bool is_at_ends(char c)
{
    return c != ':' && word_is_joint(c);
}

static Str trim_colons(Str piece)
{
    if (str_starts_with(piece, STR(":")) && !str_starts_with(piece, STR("::")))
        piece = str_from(piece, 1);
    if (str_ends_with(piece, STR(":")) && !str_ends_with(piece, STR("::")))
        piece.size--;
    return piece;
}

static Str trim(Str piece)
{
    while (piece.size && is_at_ends(piece.data[0]))
        piece = str_from(piece, 1);
    while (piece.size && is_at_ends(piece.data[piece.size - 1]))
        piece.size--;
    return trim_colons(piece);
}

bool word_pieces_next(WordPieces *pieces, Str *out_piece)
{
    Str text = pieces->text;
    size_t start = pieces->at;
    if (pieces->has_ended)
        return false;
    size_t end = find_end(text, start);
    size_t next = end;
    while (next < text.size && separator_at(text, next))
        next += separator_at(text, next);
    pieces->place++;
    pieces->at = next;
    pieces->has_ended = next == text.size;
    *out_piece = trim(str_slice(text, start, end - start));
    return true;
}

Str word_fold(Str piece, char out[WORD_MAX_BYTES])
{
    size_t size = 0;
    size_t at = 0;
    for (size_t count = 0; count < WORD_MAX_CHARACTERS && at < piece.size;) {
        uint32_t character = 0;
        size_t length = utf8_read(str_from(piece, at), &character);
        char letter = length == 2 ? plain_letter(character) : '\0';
        if (length == 1 && !ascii_is_blank(piece.data[at]))
            letter = ascii_to_lower(piece.data[at]);
        if (letter) {
            out[size++] = letter;
        } else if (length > 1) {
            memcpy(out + size, piece.data + at, length);
            size += length;
        }
        count += letter || length > 1;
        at += MAX_OF(length, (size_t)1);
    }
    return str_make(out, size);
}
