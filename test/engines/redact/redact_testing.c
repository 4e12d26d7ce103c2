/* SPDX-License-Identifier: Apache-2.0 */
#include "redact_testing.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 4 << 20, PLANTED_MAX_BYTES = 8 << 20 };

Str testing_read(Arena *arena, Str path)
{
    char bytes[4096];
    size_t got = 0;
    auto_strbuf StrBuf text;
    strbuf_init(&text, FILE_MAX_BYTES);
    FILE *file = fopen(arena_cstring(arena, path), "rb");
    if (!file)
        return STR("");
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
        strbuf_append(&text, str_make(bytes, got));
    (void)fclose(file);
    check(!text.overflowed);
    return arena_copy(arena, strbuf_str(&text));
}

Str testing_source(Arena *arena, const char *path)
{
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    check(root != NULL);
    Str text = testing_read(arena, arena_printf(arena, "%s/%s", root, path));
    check(text.size > 0);
    return text;
}

static Str secret_of(Arena *arena, size_t number, SecretStyle style)
{
    char word[] = "lanternaaaa";
    switch (style) {
    case STYLE_MIXED:
        return arena_printf(arena, "Zq%03zuxKv9Lw", number);
    case STYLE_HEX:
        return arena_printf(arena, "A0%04zX5C7E19B3D24F", number);
    default:
        for (size_t i = 0; i < 4; i++, number /= 26)
            word[7 + i] = (char)('a' + number % 26);
        return arena_copy(arena, str_make(word, sizeof(word) - 1));
    }
}

static Str plant_line(Arena *arena, Str form, SecretStyle style, PlantedVec *planted)
{
    Str line = form;
    for (;;) {
        size_t at = str_find(line, STR("{S}"));
        if (at == STR_NOT_FOUND)
            return line;
        Str secret = secret_of(arena, planted->count, style);
        *VEC_PUSH(arena, planted) = (Planted){secret, form};
        line = arena_printf(arena, "%.*s%.*s%.*s", (int)at, line.data, STR_ARGS(secret),
                            STR_ARGS(str_from(line, at + 3)));
    }
}

/* Escapes a line, and ends it with the two letters \n. */
static void append_escaped(StrBuf *out, Str line, char quote)
{
    for (size_t i = 0; i < line.size; i++) {
        char c = line.data[i];
        if (c == '\t') {
            strbuf_append(out, STR("\\t"));
            continue;
        }
        if (c == quote || c == '\\')
            strbuf_append_byte(out, '\\');
        strbuf_append_byte(out, c);
    }
    strbuf_append(out, STR("\\n"));
}

static void append_escaped_twice(StrBuf *out, Str line)
{
    auto_strbuf StrBuf once = {0};
    auto_strbuf StrBuf twice = {0};
    strbuf_init(&once, PLANTED_MAX_BYTES);
    strbuf_init(&twice, PLANTED_MAX_BYTES);
    append_escaped(&once, line, '"');
    append_escaped(&twice, strbuf_str(&once), '"');
    strbuf_append(out, str_slice(strbuf_str(&twice), 0, twice.size - 2));
}

static void append_wrapped(StrBuf *out, Str line, Wrapping wrapping)
{
    switch (wrapping) {
    case WRAP_JSON:
    case WRAP_LOG:
        append_escaped(out, line, '"');
        return;
    case WRAP_REPR:
        append_escaped(out, line, '\'');
        return;
    case WRAP_TWICE:
        append_escaped_twice(out, line);
        return;
    default:
        strbuf_append(out, wrapping == WRAP_LIST ? STR("- `") : STR(""));
        strbuf_append(out, wrapping == WRAP_FLAT ? str_trim(line) : line);
        strbuf_append(out, wrapping == WRAP_LIST ? STR("`\n") : STR("\n"));
    }
}

Str testing_plant(Arena *arena, Str forms, SecretStyle style, Wrapping wrapping, PlantedVec *out)
{
    static const Str before[WRAP_COUNT] = {
        [WRAP_NONE] = STR_INIT(""),
        [WRAP_FLAT] = STR_INIT(""),
        [WRAP_FENCE] = STR_INIT("# Notes\n\n```\n"),
        [WRAP_LIST] = STR_INIT("# Notes\n\n"),
        [WRAP_JSON] = STR_INIT("{\"config\": \""),
        [WRAP_LOG] = STR_INIT("Nov 29 10:00:00 nms app[12]: {\"level\":\"info\",\"msg\":\"sent\\n"),
        [WRAP_REPR] = STR_INIT("10:00:00 DEBUG write_channel: b'\\n"),
        [WRAP_TWICE] = STR_INIT("{\"log\":\"{\\\"msg\\\":\\\"sent\\\\n"),
    };
    static const Str after[WRAP_COUNT] = {
        [WRAP_NONE] = STR_INIT(""),       [WRAP_FLAT] = STR_INIT(""),
        [WRAP_FENCE] = STR_INIT("```\n"), [WRAP_LIST] = STR_INIT(""),
        [WRAP_JSON] = STR_INIT("\"}\n"),  [WRAP_LOG] = STR_INIT("\"}\n"),
        [WRAP_REPR] = STR_INIT("'\n"),    [WRAP_TWICE] = STR_INIT("\\\"}\"}\n"),
    };
    Str line;
    auto_strbuf StrBuf text;
    strbuf_init(&text, PLANTED_MAX_BYTES);
    strbuf_append(&text, before[wrapping]);
    while (str_next_line(&forms, &line))
        append_wrapped(&text, plant_line(arena, line, style, out), wrapping);
    strbuf_append(&text, after[wrapping]);
    check(!text.overflowed);
    return arena_copy(arena, strbuf_str(&text));
}

size_t testing_count_left(Arena *arena, Str text, const PlantedVec *planted)
{
    size_t left = 0;
    Str safe = redact_text(arena, text);
    for (size_t i = 0; i < planted->count; i++) {
        if (str_find(safe, planted->items[i].secret) == STR_NOT_FOUND)
            continue;
        fprintf(stderr, "left in: %.*s\n", STR_ARGS(planted->items[i].form));
        left++;
    }
    return left;
}

size_t testing_count_byte(Str text, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == byte;
    return count;
}
