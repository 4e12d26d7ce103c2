/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: any question about any text is taken apart within its limits, and each excerpt
 * is a part of the text. The first line of the input is the question.
 */
#include "engines/question/excerpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_question(const Question *question)
{
    check(question->entity_count <= QUESTION_MAX_ENTITIES);
    check(question->term_count <= QUESTION_MAX_TERMS);
    check(question->search_text.size <= QUESTION_MAX_SEARCH_BYTES);
    for (size_t i = 0; i < question->entity_count; i++)
        check(question->entities[i].last >= question->entities[i].number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 15)
        return 0;
    Str line;
    Excerpt found[4];
    Str text = str_make(data, size);
    auto_arena Arena *arena = arena_new();
    Question *question = ARENA_NEW(arena, Question);
    if (!str_next_line(&text, &line))
        return 0;
    question_parse(arena, line, question);
    check_question(question);
    ExcerptQuery query = {question, text, 1, STR("core1"), 6};
    size_t count = question_find_excerpts(arena, &query, found, 4);
    for (size_t i = 0; i < count; i++) {
        check(found[i].line_start >= 1 && found[i].line_end >= found[i].line_start);
        check(found[i].line_end - found[i].line_start < 6);
        check(found[i].text.data >= text.data &&
              found[i].text.data + found[i].text.size <= text.data + text.size);
        check(found[i].coverage >= 0 && found[i].coverage <= 1.0001);
    }
    return 0;
}
