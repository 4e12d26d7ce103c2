/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of test/sql/test_words.py. Each line of the input is a JSON object: {"text": …},
 * or a chunk, which also has a "title" and may have "device", "section", "facts" and
 * "front_matter". Each line of the output is a tsvector.
 */
#include "base/json.h"
#include "engines/text/words.h"

#include <stdio.h>

enum { LINE_MAX_BYTES = 16 * 1024 * 1024 };

static Str answer(Arena *arena, const JsonValue *request)
{
    TextChunk chunk = {.text = json_str_or(request, "text", STR(""))};
    if (!json_get_str(request, "title", &chunk.title))
        return words_of_text(arena, chunk.text);
    chunk.section = json_str_or(request, "section", STR(""));
    chunk.facts = json_str_or(request, "facts", STR(""));
    chunk.is_front_matter = json_get(request, "front_matter") != NULL;
    return words_of_chunk(arena, &chunk, json_str_or(request, "device", STR("")));
}

int main(void)
{
    auto_arena Arena *buffers = arena_new();
    char *line = arena_alloc(buffers, LINE_MAX_BYTES);
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        Error error = {0};
        auto_arena Arena *arena = arena_new();
        const JsonValue *request = json_parse(arena, str_of(line), &error);
        check(request != NULL);
        Str words = answer(arena, request);
        printf("%.*s\n", STR_ARGS(words));
        (void)fflush(stdout);
    }
    return 0;
}
