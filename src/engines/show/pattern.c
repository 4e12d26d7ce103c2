/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/pattern.h"

#include "base/strbuf.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A sane expression takes some hundred steps a line. */
enum { MATCH_STEPS = 200 * 1000, HEAP_KB = 20 * 1000, EXPRESSION_MAX_BYTES = 64 * 1024 };

struct Pattern {
    pcre2_code *code;
    pcre2_match_data *matched;
    pcre2_match_context *limits;
    Str line; /* that matched */
};

static void free_pattern(void *argument)
{
    Pattern *pattern = argument;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->matched);
    pcre2_code_free(pattern->code);
}

/* Python reads "{,3}" as "{0,3}"; PCRE2 before 10.43 takes it for text. */
static Str translate(Arena *arena, Str expression)
{
    StrBuf out;
    bool in_class = false;
    strbuf_init(&out, 2 * EXPRESSION_MAX_BYTES);
    for (size_t i = 0; i < expression.size; i++) {
        char byte = expression.data[i];
        bool is_open =
            byte == '{' && !in_class && i + 1 < expression.size && expression.data[i + 1] == ',';
        strbuf_append_byte(&out, byte);
        if (byte == '\\' && i + 1 < expression.size)
            strbuf_append_byte(&out, expression.data[++i]);
        else if (is_open)
            strbuf_append_byte(&out, '0');
        in_class = (in_class && byte != ']') || byte == '[';
    }
    Str translated = arena_copy(arena, strbuf_str(&out));
    strbuf_done(&out);
    return translated;
}

static bool fail(int code, size_t at, Str expression, Error *error)
{
    char why[128];
    if (pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why)) < 0)
        why[0] = '\0';
    return error_set(error, ERR_VALIDATION, "the expression \"%.*s\" is wrong at byte %zu: %s",
                     (int)MIN_OF(expression.size, (size_t)200), expression.data, at + 1, why);
}

Pattern *pattern_compile(Arena *arena, Str expression, Error *error)
{
    int code = 0;
    size_t at = 0;
    if (expression.size > EXPRESSION_MAX_BYTES) {
        error_set(error, ERR_VALIDATION, "an expression has more than %d bytes",
                  EXPRESSION_MAX_BYTES);
        return NULL;
    }
    Str translated = translate(arena, expression);
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)translated.data, translated.size,
                                         PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &code, &at, NULL);
    if (!compiled) {
        (void)fail(code, at, expression, error);
        return NULL;
    }
    /* Where a process may not make code, the interpreter matches. */
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    Pattern *pattern = ARENA_NEW(arena, Pattern);
    pattern->code = compiled;
    pattern->matched = pcre2_match_data_create_from_pattern(compiled, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    check(pattern->matched && pattern->limits);
    pcre2_set_match_limit(pattern->limits, MATCH_STEPS);
    pcre2_set_heap_limit(pattern->limits, HEAP_KB);
    arena_on_free(arena, free_pattern, pattern);
    return pattern;
}

PatternOutcome pattern_match(Pattern *pattern, Str line)
{
    pattern->line = line;
    int count = pcre2_match(pattern->code, (PCRE2_SPTR)line.data, line.size, 0, PCRE2_NO_UTF_CHECK,
                            pattern->matched, pattern->limits);
    if (count >= 0)
        return PATTERN_MATCH;
    return count == PCRE2_ERROR_NOMATCH ? PATTERN_NO_MATCH : PATTERN_GAVE_UP;
}

uint32_t pattern_group(const Pattern *pattern, const char *name)
{
    int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
    return number > 0 ? (uint32_t)number : 0;
}

Str pattern_captured(const Pattern *pattern, uint32_t group, bool *out_is_set)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(pattern->matched);
    check(group < pcre2_get_ovector_count(pattern->matched));
    PCRE2_SIZE start = offsets[2 * group];
    *out_is_set = start != PCRE2_UNSET;
    return *out_is_set ? str_slice(pattern->line, start, offsets[2 * group + 1] - start) : STR("");
}
