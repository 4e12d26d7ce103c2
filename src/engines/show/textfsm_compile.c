/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/textfsm_private.h"

#include "base/ascii.h"
#include "base/strbuf.h"

#include <stdio.h>

enum { NAME_MAX_BYTES = 48, RULE_MAX_BYTES = 60 * 1024, MAX_STATES = 256 };

typedef struct {
    Arena *arena;
    TextFsm *template;
    Str rest;
    uint32_t line_number;
    size_t rule_count;
    Error *error;
} Compiler;

PRINTF_LIKE(2, 3) static bool fail(const Compiler *compiler, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(compiler->error, ERR_VALIDATION, format, args);
    va_end(args);
    return error_prefix(compiler->error, "line %u of the template: ", compiler->line_number);
}

static bool next_line(Compiler *compiler, Str *out_line)
{
    if (!str_next_line(&compiler->rest, out_line))
        return false;
    compiler->line_number++;
    *out_line = str_trim_right(*out_line);
    return true;
}

static bool is_comment(Str line)
{
    return str_starts_with(str_trim_left(line), STR("#"));
}

static bool is_word(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!ascii_is_letter_or_digit(byte) && byte != '_')
            return false;
    }
    return text.size > 0;
}

static bool take_option(const Compiler *compiler, FsmValue *value, Str option)
{
    if (str_equal(option, STR("Required")))
        value->is_required = true;
    else if (str_equal(option, STR("Filldown")))
        value->is_filldown = true;
    else if (str_equal(option, STR("Fillup")))
        value->is_fillup = true;
    else if (str_equal(option, STR("Key")))
        value->is_key = true;
    else if (str_equal(option, STR("List")))
        value->is_list = true;
    else
        return fail(compiler, "unknown option \"%.*s\"", STR_ARGS(option));
    value->is_listed_first = value->is_listed_first || (value->is_list && !value->is_required);
    return true;
}

static int find_value(const TextFsm *template, Str name)
{
    for (size_t i = 0; i < template->values.count; i++) {
        if (str_equal(template->values.items[i].name, name))
            return (int)i;
    }
    return -1;
}

/* Counts as the original does: escaped parentheses are none. */
static bool has_balanced_parentheses(Str expression)
{
    size_t opened = 0;
    size_t closed = 0;
    for (size_t i = 0; i < expression.size; i++) {
        if (expression.data[i] == '\\')
            i++;
        else if (expression.data[i] == '(')
            opened++;
        else if (expression.data[i] == ')')
            closed++;
    }
    return opened == closed;
}

/* "Value [options] NAME (expression)" */
static bool compile_value(Compiler *compiler, Str line)
{
    Str word;
    Str option;
    FsmValue value = {0};
    Str rest = str_from(line, strlen("Value "));
    if (!str_next_field(&rest, ' ', &word))
        return fail(compiler, "a value has no name");
    if (!str_starts_with(rest, STR("("))) {
        while (str_next_field(&word, ',', &option)) {
            if (!take_option(compiler, &value, option))
                return false;
        }
        if (!str_next_field(&rest, ' ', &word))
            return fail(compiler, "a value has no name");
    }
    value.name = word;
    value.expression = rest;
    if (!is_word(word) || word.size > NAME_MAX_BYTES || find_value(compiler->template, word) >= 0)
        return fail(compiler, "\"%.*s\" is no name for a value", STR_ARGS(word));
    if (!str_starts_with(rest, STR("(")) || !str_ends_with(rest, STR(")")) ||
        !has_balanced_parentheses(rest))
        return fail(compiler, "the expression of %.*s is not in parentheses", STR_ARGS(word));
    if (compiler->template->values.count == TEXTFSM_MAX_VALUES)
        return fail(compiler, "more than %d values", TEXTFSM_MAX_VALUES);
    *VEC_PUSH(compiler->arena, &compiler->template->values) = value;
    return true;
}

/* The block of values ends with the first blank line. */
static bool compile_values(Compiler *compiler)
{
    Str line;
    while (next_line(compiler, &line) && !str_empty(line)) {
        if (is_comment(line))
            continue;
        if (!str_starts_with(line, STR("Value ")))
            return fail(compiler, "no value and no blank line");
        if (!compile_value(compiler, line))
            return false;
    }
    return true;
}

/* Returns the name at the start of text, "NAME" or "{NAME}", and takes it off. */
static Str take_name(Str *text)
{
    Str rest = *text;
    bool has_braces = str_starts_with(rest, STR("{"));
    rest = str_from(rest, has_braces ? 1 : 0);
    size_t size = 0;
    while (size < rest.size && is_word(str_slice(rest, size, 1)))
        size++;
    Str name = str_slice(rest, 0, size);
    rest = str_from(rest, size);
    if (size == 0 || ascii_is_digit(name.data[0]) ||
        (has_braces && !str_starts_with(rest, STR("}"))))
        return STR("");
    *text = str_from(rest, has_braces ? 1 : 0);
    return name;
}

static bool put_value(const Compiler *compiler, FsmRule *rule, StrBuf *out, Str name)
{
    int index = find_value(compiler->template, name);
    if (index < 0)
        return fail(compiler, "there is no value \"%.*s\"", STR_ARGS(name));
    for (size_t i = 0; i < rule->capture_count; i++) {
        if (rule->captures[i].value == index)
            return fail(compiler, "the value \"%.*s\" stands twice in a rule", STR_ARGS(name));
    }
    rule->captures[rule->capture_count++].value = (uint16_t)index;
    strbuf_printf(out, "(?<v%d>", index);
    strbuf_append(out, str_from(compiler->template->values.items[index].expression, 1));
    return true;
}

/* Puts the expressions of the values in place of their names. */
static bool substitute(const Compiler *compiler, FsmRule *rule, Str match, StrBuf *out)
{
    while (!str_empty(match)) {
        size_t dollar = str_find_byte(match, '$');
        strbuf_append(out, str_slice(match, 0, dollar));
        if (dollar == STR_NOT_FOUND)
            return true;
        match = str_from(match, dollar + 1);
        if (str_starts_with(match, STR("$"))) {
            strbuf_append_byte(out, '$');
            match = str_from(match, 1);
            continue;
        }
        Str name = take_name(&match);
        if (str_empty(name))
            return fail(compiler, "a '$' is neither \"$$\" nor the name of a value");
        if (!put_value(compiler, rule, out, name))
            return false;
    }
    return true;
}

static bool compile_match(const Compiler *compiler, FsmRule *rule, Str match)
{
    auto_strbuf StrBuf expression = {0};
    rule->captures = ARENA_ARRAY(compiler->arena, FsmCapture, compiler->template->values.count);
    strbuf_init(&expression, RULE_MAX_BYTES);
    if (!substitute(compiler, rule, match, &expression))
        return false;
    if (expression.overflowed)
        return fail(compiler, "the rule is too long");
    rule->pattern = pattern_compile(compiler->arena, strbuf_str(&expression), compiler->error);
    if (!rule->pattern)
        return error_prefix(compiler->error, "line %u of the template: ", compiler->line_number);
    for (size_t i = 0; i < rule->capture_count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "v%u", rule->captures[i].value);
        rule->captures[i].group = pattern_group(rule->pattern, name);
    }
    return true;
}

static bool find_line_action(Str word, LineAction *out_action)
{
    static const Str words[] = {[LINE_NEXT] = STR_INIT("Next"),
                                [LINE_CONTINUE] = STR_INIT("Continue"),
                                [LINE_ERROR] = STR_INIT("Error")};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal(word, words[i])) {
            *out_action = (LineAction)i;
            return true;
        }
    }
    return false;
}

static bool find_record_action(Str word, RecordAction *out_action)
{
    static const Str words[] = {[RECORD_NONE] = STR_INIT("NoRecord"),
                                [RECORD_ADD] = STR_INIT("Record"),
                                [RECORD_CLEAR] = STR_INIT("Clear"),
                                [RECORD_CLEAR_ALL] = STR_INIT("Clearall")};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal(word, words[i])) {
            *out_action = (RecordAction)i;
            return true;
        }
    }
    return false;
}

/* Takes "Continue.Record", "Next" or "Record". Returns false if the word is none of them. */
static bool take_operator(FsmRule *rule, Str word)
{
    Str first;
    Str rest = word;
    if (!str_next_field(&rest, '.', &first))
        return false;
    if (!find_line_action(first, &rule->line))
        return find_record_action(word, &rule->record);
    return first.size == word.size || find_record_action(rest, &rule->record);
}

/* "[operator] [new state]" */
static bool compile_action(const Compiler *compiler, FsmRule *rule, Str action)
{
    Str word;
    Str rest = str_trim(action);
    Str after = rest;
    if (str_next_word(&after, &word) && take_operator(rule, word))
        rest = str_trim(after);
    if (rule->line == LINE_ERROR) {
        rule->message = rest;
        return true;
    }
    if (!str_empty(rest) && !is_word(rest))
        return fail(compiler, "\"%.*s\" is no action", STR_ARGS(str_trim(action)));
    if (!str_empty(rest) && rule->line == LINE_CONTINUE)
        return fail(compiler, "an action with Continue goes to another state");
    rule->wanted = rest;
    return true;
}

/* Cuts a rule at its last " ->". */
static Str cut_action(Str *match)
{
    for (size_t i = match->size; i >= 3; i--) {
        Str mark = str_slice(*match, i - 2, 2);
        if (str_equal(mark, STR("->")) && ascii_is_blank(match->data[i - 3])) {
            Str action = str_from(*match, i);
            *match = str_slice(*match, 0, i - 3);
            return action;
        }
    }
    return STR("");
}

static bool compile_rule(Compiler *compiler, FsmState *state, Str line)
{
    FsmRule rule = {.next = STATE_STAYS, .line_number = compiler->line_number};
    Str match = str_trim_left(line);
    size_t indent = line.size - match.size;
    if (!str_starts_with(match, STR("^")) || indent == 0 || indent > 2)
        return fail(compiler, "a rule begins with one or two blanks and '^'");
    if (compiler->rule_count++ == TEXTFSM_MAX_RULES)
        return fail(compiler, "more than %d rules", TEXTFSM_MAX_RULES);
    Str action = cut_action(&match);
    if (!compile_action(compiler, &rule, action) || !compile_match(compiler, &rule, match))
        return false;
    *VEC_PUSH(compiler->arena, &state->rules) = rule;
    return true;
}

static int find_state(const TextFsm *template, Str name)
{
    for (size_t i = 0; i < template->states.count; i++) {
        if (str_equal(template->states.items[i].name, name))
            return (int)i;
    }
    return -1;
}

/* Finds the name of the next state, after blank lines and comments. */
static bool find_state_name(Compiler *compiler, Str *out_name)
{
    while (next_line(compiler, out_name)) {
        if (!str_empty(*out_name) && !is_comment(*out_name))
            return true;
    }
    return false;
}

static bool compile_state(Compiler *compiler, Str name)
{
    Str line;
    LineAction line_action;
    RecordAction record_action;
    FsmState state = {.name = name};
    if (!is_word(name) || name.size > NAME_MAX_BYTES || find_line_action(name, &line_action) ||
        find_record_action(name, &record_action) || find_state(compiler->template, name) >= 0)
        return fail(compiler, "\"%.*s\" is no name for a state", STR_ARGS(name));
    if (compiler->template->states.count == MAX_STATES)
        return fail(compiler, "more than %d states", MAX_STATES);
    while (next_line(compiler, &line) && !str_empty(line)) {
        if (!is_comment(line) && !compile_rule(compiler, &state, line))
            return false;
    }
    *VEC_PUSH(compiler->arena, &compiler->template->states) = state;
    return true;
}

static bool find_next(const Compiler *compiler, FsmRule *rule)
{
    if (str_empty(rule->wanted))
        return true;
    if (str_equal(rule->wanted, STR("End")) || str_equal(rule->wanted, STR("EOF"))) {
        rule->next = rule->wanted.size == 3 && rule->wanted.data[1] == 'n' ? STATE_END : STATE_EOF;
        return true;
    }
    rule->next = find_state(compiler->template, rule->wanted);
    return rule->next >= 0 || error_set(compiler->error, ERR_VALIDATION,
                                        "line %u of the template: there is no state \"%.*s\"",
                                        rule->line_number, STR_ARGS(rule->wanted));
}

static bool join_states(const Compiler *compiler)
{
    TextFsm *template = compiler->template;
    template->start = find_state(template, STR("Start"));
    template->has_eof = find_state(template, STR("EOF")) >= 0;
    if (template->start < 0)
        return error_set(compiler->error, ERR_VALIDATION, "the template has no state \"Start\"");
    for (size_t i = 0; i < template->states.count; i++) {
        FsmState *state = &template->states.items[i];
        for (size_t j = 0; j < state->rules.count; j++) {
            if (!find_next(compiler, &state->rules.items[j]))
                return false;
        }
    }
    return true;
}

static const TextFsmColumn *make_columns(Arena *arena, const TextFsm *template)
{
    TextFsmColumn *columns = ARENA_ARRAY(arena, TextFsmColumn, template->values.count);
    for (size_t i = 0; i < template->values.count; i++) {
        const FsmValue *value = &template->values.items[i];
        columns[i] = (TextFsmColumn){value->name, value->is_key, value->is_list};
    }
    return columns;
}

TextFsm *textfsm_compile(Arena *arena, Str source, Error *error)
{
    Str name;
    Compiler compiler = {
        .arena = arena, .template = ARENA_NEW(arena, TextFsm), .rest = source, .error = error};
    if (!compile_values(&compiler))
        return NULL;
    while (find_state_name(&compiler, &name)) {
        if (!compile_state(&compiler, name))
            return NULL;
    }
    if (!join_states(&compiler))
        return NULL;
    compiler.template->columns = make_columns(arena, compiler.template);
    return compiler.template;
}
