/* SPDX-License-Identifier: Apache-2.0 */
/* Free text in a configuration: banners and certificates. Nothing in it is a command. */
#include "engines/config/reader.h"

typedef struct {
    Str delimiter;
    bool whole_line; /* EOS: a line that says EOF */
    Str first;       /* text after the delimiter on the banner's own line */
} Banner;

static bool banner_start(Reader *reader, Banner *out_banner)
{
    size_t at = words_is(&reader->words, 0, "banner") && reader->words.count > 2 ? 2 : 1;
    Str rest = words_rest(&reader->words, at);
    *out_banner = (Banner){0};
    if (reader->words.count <= 2 && reader->dialect->texts_end_at_eof) {
        *out_banner = (Banner){.delimiter = STR("EOF"), .whole_line = true};
        return true;
    }
    if (rest.size == 0 || reader->words.count <= 2)
        return false;
    size_t length = str_starts_with(rest, STR("^C")) ? 2 : 1;
    if (str_equal(rest, STR("EOF")))
        *out_banner = (Banner){.delimiter = rest, .whole_line = true};
    else
        *out_banner =
            (Banner){.delimiter = str_slice(rest, 0, length), .first = str_from(rest, length)};
    return true;
}

static bool ends_banner(const Banner *banner, Str text)
{
    if (banner->whole_line)
        return str_equal(str_trim(text), banner->delimiter);
    return str_find(text, banner->delimiter) != STR_NOT_FOUND;
}

/* Returns the index of the line that ends the banner, or SIZE_MAX. It does not search again for a
 * delimiter that an earlier banner has not found, which keeps the time linear in a file full of
 * unfinished banners. */
static size_t find_banner_end(Reader *reader, const Banner *banner)
{
    unsigned char key = (unsigned char)(banner->delimiter.data[banner->delimiter.size - 1]);
    uint32_t *missing = &reader->delimiter_missing[banner->delimiter.size > 1 ? key | 0x80 : key];
    if (*missing && reader->line->number >= *missing)
        return SIZE_MAX;
    for (size_t i = reader->at + 1; reader_line_at(reader, i); i++) {
        reader->device->steps++;
        if (ends_banner(banner, reader_line_at(reader, i)->text))
            return i;
    }
    *missing = reader->line->number;
    return SIZE_MAX;
}

/* Takes a banner with all its lines. Returns false if this line starts none. */
bool reader_take_banner(Reader *reader)
{
    Banner banner;
    if (!words_is(&reader->words, 0, "banner") || !banner_start(reader, &banner))
        return false;
    build_stanza(&reader->builder, STANZA_BANNER,
                 arena_printf(reader->arena, "banner %.*s", STR_ARGS(words_get(&reader->words, 1))),
                 reader->line->number, false);
    reader->device->lines.known++;
    if (!banner.whole_line && ends_banner(&banner, banner.first))
        return true;
    size_t end = find_banner_end(reader, &banner);
    if (end == SIZE_MAX) {
        build_warning(&reader->builder, reader->line->number,
                      STR("the banner is never closed: only its first line is taken as banner"));
        return true;
    }
    reader->device->lines.known += (uint32_t)(end - reader->at);
    build_stanza_extend(&reader->builder, reader_line_at(reader, end)->number);
    reader->at = end;
    return true;
}

/* Takes the hexadecimal lines of a certificate up to "quit", inside any block. */
bool reader_take_certificate(Reader *reader)
{
    enum { MAX_CERTIFICATE_LINES = 4096 };
    const ConfigLine *next = reader_line_at(reader, reader->at + 1);
    if (!words_is(&reader->words, 0, "certificate") || reader->words.count < 2 || !next)
        return false;
    Str first = str_trim(next->text);
    uint64_t value = 0;
    if (first.size < 8 || !str_parse_hex(str_slice(first, 0, 8), &value))
        return false;
    for (size_t i = reader->at + 1; i < reader->at + MAX_CERTIFICATE_LINES; i++) {
        const ConfigLine *line = reader_line_at(reader, i);
        if (!line)
            return false;
        reader->device->steps++;
        if (!str_equal(str_trim(line->text), STR("quit")))
            continue;
        reader->device->lines.known += (uint32_t)(i - reader->at) + 1;
        build_stanza_extend(&reader->builder, line->number);
        reader->at = i;
        return true;
    }
    return false;
}
