/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern becomes a small program, whose states are all followed at once (Thompson, "Regular
 * Expression Search Algorithm", 1968). */
#include "engines/config/iosxr/name_pattern.h"

#include "base/ascii.h"

enum { MAX_STATES = 256, MAX_NESTING = 8, MAX_REPEATS = 64, SET_WORDS = 256 / 32 };

typedef enum { OP_SET, OP_SPLIT, OP_MATCH } Op;

typedef struct {
    Op op;
    uint32_t set[SET_WORDS]; /* the bytes that OP_SET takes */
    size_t to[2];            /* of OP_SPLIT */
} State;

struct NamePattern {
    State states[MAX_STATES];
    size_t count;
};

typedef struct {
    NamePattern *program;
    Str text;
    size_t at, nesting;
    bool failed;
} Parser;

static size_t add_state(Parser *parser, State state)
{
    if (parser->program->count == MAX_STATES) {
        parser->failed = true;
        return 0;
    }
    parser->program->states[parser->program->count] = state;
    return parser->program->count++;
}

static char peek(const Parser *parser)
{
    return parser->at < parser->text.size ? parser->text.data[parser->at] : '\0';
}

static void set_add(uint32_t *set, unsigned char byte)
{
    set[byte / 32] |= 1u << (byte % 32);
}

static bool set_has(const uint32_t *set, unsigned char byte)
{
    return (set[byte / 32] >> (byte % 32)) & 1;
}

static void set_invert(uint32_t *set)
{
    for (size_t i = 0; i < SET_WORDS; i++)
        set[i] = ~set[i];
}

static bool is_of_class(char class, char byte)
{
    switch (ascii_to_lower(class)) {
    case 'd':
        return ascii_is_digit(byte);
    case 'w':
        return ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '_';
    default:
        return ascii_is_blank(byte);
    }
}

/* Adds what "\d", "\W", "\." and the like stand for. */
static void set_add_escaped(uint32_t *set, char escaped)
{
    bool is_class = escaped && strchr("dwsDWS", escaped) != NULL;
    if (!is_class) {
        set_add(set, (unsigned char)escaped);
        return;
    }
    bool inverted = ascii_to_lower(escaped) != escaped;
    for (int byte = 0; byte < 256; byte++) {
        if (is_of_class(escaped, (char)byte) != inverted)
            set_add(set, (unsigned char)byte);
    }
}

/* Parses "0-9a-f]", which follows a bracket. */
static void parse_brackets(Parser *parser, State *state)
{
    bool inverted = peek(parser) == '^';
    parser->at += inverted;
    for (size_t first = parser->at; peek(parser) != ']' || parser->at == first;) {
        unsigned char from = (unsigned char)peek(parser), to = from;
        if (parser->at++ >= parser->text.size) {
            parser->failed = true;
            return;
        }
        if (from == '\\' && parser->at < parser->text.size) {
            set_add_escaped(state->set, parser->text.data[parser->at++]);
            continue;
        }
        if (peek(parser) == '-' && parser->at + 1 < parser->text.size &&
            parser->text.data[parser->at + 1] != ']') {
            to = (unsigned char)parser->text.data[parser->at + 1];
            parser->at += 2;
        }
        for (int byte = from; byte <= to; byte++)
            set_add(state->set, (unsigned char)byte);
    }
    parser->at++;
    if (inverted)
        set_invert(state->set);
}

static void parse_choice(Parser *parser);

static void parse_group(Parser *parser)
{
    if (parser->nesting == MAX_NESTING) {
        parser->failed = true;
        return;
    }
    parser->nesting++;
    parse_choice(parser);
    parser->nesting--;
    parser->failed |= peek(parser) != ')';
    parser->at++;
}

/* Parses one byte, a set of bytes or a group. */
static void parse_atom(Parser *parser)
{
    State state = {.op = OP_SET};
    char byte = parser->text.data[parser->at++];
    if (byte == '(') {
        parse_group(parser);
        return;
    }
    if (byte == '^' || byte == '$')
        return; /* a pattern matches whole names anyway */
    if (byte == '.')
        set_invert(state.set);
    else if (byte == '[')
        parse_brackets(parser, &state);
    else if (byte == '\\' && parser->at < parser->text.size)
        set_add_escaped(state.set, parser->text.data[parser->at++]);
    else
        set_add(state.set, (unsigned char)byte);
    parser->failed |= byte == '*' || byte == '+' || byte == '?' || byte == '{';
    add_state(parser, state);
}

/* Parses "{2}", "{2,}" or "{2,4}". out_most is SIZE_MAX where there is no limit. */
static void parse_bounds(Parser *parser, size_t *out_least, size_t *out_most)
{
    Str rest = str_from(parser->text, parser->at + 1);
    size_t close = str_find_byte(rest, '}');
    Str least = str_slice(rest, 0, close == STR_NOT_FOUND ? 0 : close), most = least;
    size_t comma = str_find_byte(least, ',');
    if (comma != STR_NOT_FOUND) {
        most = str_from(least, comma + 1);
        least = str_slice(least, 0, comma);
    }
    uint32_t low = 0, high = 0;
    bool open = comma != STR_NOT_FOUND && most.size == 0;
    if (!str_parse_u32(least, &low) || (!open && !str_parse_u32(most, &high)) ||
        low > MAX_REPEATS || high > MAX_REPEATS || (!open && high < low)) {
        parser->failed = true;
        return;
    }
    parser->at += close + 2;
    *out_least = low;
    *out_most = open ? SIZE_MAX : high;
}

static void parse_repeats(Parser *parser, size_t *out_least, size_t *out_most)
{
    *out_least = *out_most = 1;
    char byte = peek(parser);
    if (byte == '{') {
        parse_bounds(parser, out_least, out_most);
        return;
    }
    if (!byte || !strchr("*+?", byte))
        return;
    parser->at++;
    *out_least = byte == '+';
    *out_most = byte == '?' ? 1 : SIZE_MAX;
}

/* Writes the program of the atom at start once more. */
static void repeat_atom(Parser *parser, size_t start)
{
    size_t at = parser->at;
    parser->at = start;
    parse_atom(parser);
    parser->at = at;
}

static size_t add_split(Parser *parser)
{
    size_t split = add_state(parser, (State){.op = OP_SPLIT});
    parser->program->states[split].to[0] = split + 1;
    return split;
}

static void leave_split(Parser *parser, size_t split)
{
    parser->program->states[split].to[1] = parser->program->count;
}

static void add_loop(Parser *parser, size_t start)
{
    size_t split = add_split(parser);
    repeat_atom(parser, start);
    size_t back = add_state(parser, (State){.op = OP_SPLIT});
    parser->program->states[back].to[0] = parser->program->states[back].to[1] = split;
    leave_split(parser, split);
}

/* Parses an atom with what repeats it. The atom is parsed once to find its end, and then once for
 * each time that it may occur. */
static void parse_repeated(Parser *parser)
{
    size_t start = parser->at, states = parser->program->count, least = 0, most = 0;
    parse_atom(parser);
    parser->program->count = states;
    parse_repeats(parser, &least, &most);
    for (size_t i = 0; i < least && !parser->failed; i++)
        repeat_atom(parser, start);
    if (most == SIZE_MAX && !parser->failed)
        add_loop(parser, start);
    for (size_t i = least; most != SIZE_MAX && i < most && !parser->failed; i++) {
        size_t split = add_split(parser);
        repeat_atom(parser, start);
        leave_split(parser, split);
    }
}

static void parse_sequence(Parser *parser)
{
    while (!parser->failed && parser->at < parser->text.size && peek(parser) != '|' &&
           peek(parser) != ')')
        parse_repeated(parser);
}

/* Parses "a|b|c". */
static void parse_choice(Parser *parser)
{
    enum { MAX_CHOICES = 32 };
    size_t ends[MAX_CHOICES], count = 0;
    for (;;) {
        size_t split = add_split(parser);
        parse_sequence(parser);
        parser->failed |= count == MAX_CHOICES;
        if (parser->failed)
            return;
        ends[count++] = add_state(parser, (State){.op = OP_SPLIT});
        /* without another choice, the split has one way only */
        bool more = peek(parser) == '|';
        parser->program->states[split].to[1] = more ? parser->program->count : split + 1;
        if (!more)
            break;
        parser->at++;
    }
    for (size_t i = 0; i < count; i++) {
        State *end = &parser->program->states[ends[i]];
        end->to[0] = end->to[1] = parser->program->count;
    }
}

NamePattern *name_pattern_new(Arena *arena, Str pattern)
{
    enum { MAX_BYTES = 256 };
    if (pattern.size > MAX_BYTES)
        return NULL;
    Parser parser = {.program = ARENA_NEW(arena, NamePattern), .text = pattern};
    parse_choice(&parser);
    add_state(&parser, (State){.op = OP_MATCH});
    return parser.failed || parser.at < pattern.size ? NULL : parser.program;
}

/* The states that may be next, without their splits. */
typedef struct {
    bool has[MAX_STATES];
    uint16_t list[MAX_STATES];
    size_t count;
} Current;

static void add_current(Current *current, size_t state)
{
    if (current->has[state])
        return;
    current->has[state] = true;
    current->list[current->count++] = (uint16_t)state;
}

/* Adds a state and those that its splits lead to. */
static void follow(const NamePattern *pattern, Current *current, size_t first)
{
    size_t start = current->count;
    add_current(current, first);
    for (size_t i = start; i < current->count; i++) {
        const State *state = &pattern->states[current->list[i]];
        for (size_t k = 0; state->op == OP_SPLIT && k < COUNT_OF(state->to); k++)
            add_current(current, state->to[k]);
    }
}

static void step(const NamePattern *pattern, const Current *from, unsigned char byte, Current *to)
{
    *to = (Current){0};
    for (size_t i = 0; i < from->count; i++) {
        const State *state = &pattern->states[from->list[i]];
        if (state->op == OP_SET && set_has(state->set, byte))
            follow(pattern, to, from->list[i] + 1);
    }
}

bool name_pattern_matches(const NamePattern *pattern, Str name)
{
    Current current = {0}, next;
    follow(pattern, &current, 0);
    for (size_t i = 0; i < name.size && current.count; i++) {
        step(pattern, &current, (unsigned char)name.data[i], &next);
        current = next;
    }
    return current.has[pattern->count - 1];
}

size_t name_pattern_size(const NamePattern *pattern)
{
    return pattern->count;
}
