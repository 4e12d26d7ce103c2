/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/textfsm_private.h"

#include "base/utf8.h"

enum { SHOWN_LINE_BYTES = 80 };

/* What a value has in the row that is being read. */
typedef struct {
    Str text;
    bool is_set;
    Str kept; /* what Filldown puts into the next row */
    bool is_kept;
    VEC(Str) list;
} Slot;

typedef struct {
    const TextFsm *template;
    Arena *arena;
    Slot *slots;
    TextFsmTable *table;
    int state;
    uint32_t line_number; /* as the original counts: more characters than \n end a line */
    uint32_t text_line;   /* counted by \n */
    uint32_t row_line;    /* of the first value of the row; 0: it has none yet */
    Error *error;
} Machine;

static const FsmValue *value_of(const Machine *machine, size_t index)
{
    return &machine->template->values.items[index];
}

/* Copies upwards into the rows that have nothing there. */
static void fill_up(const Machine *machine, size_t column, Str text)
{
    TextFsmTable *table = machine->table;
    for (size_t row = table->row_count; row > 0; row--) {
        TextFsmCell *cell = &table->cells.items[(row - 1) * table->column_count + column];
        if (cell->text.size > 0 || cell->item_count > 0)
            break;
        cell->text = text;
    }
}

static void assign(const Machine *machine, size_t index, Str text, bool is_set)
{
    const FsmValue *value = value_of(machine, index);
    Slot *slot = &machine->slots[index];
    slot->text = text;
    slot->is_set = is_set;
    if (value->is_filldown) {
        slot->kept = text;
        slot->is_kept = is_set;
    }
    if (value->is_fillup && text.size > 0)
        fill_up(machine, index, text);
    if (value->is_list)
        *VEC_PUSH(machine->arena, &slot->list) = text;
}

static void clear_row(Machine *machine, bool clears_all)
{
    machine->row_line = 0;
    for (size_t i = 0; i < machine->template->values.count; i++) {
        Slot *slot = &machine->slots[i];
        bool keeps = value_of(machine, i)->is_filldown && !clears_all;
        if (!keeps) {
            *slot = (Slot){0};
            continue;
        }
        slot->text = slot->kept;
        slot->is_set = slot->is_kept;
    }
}

static bool is_missing(const FsmValue *value, const Slot *slot)
{
    bool by_list = value->is_list && value->is_listed_first;
    return value->is_required && (by_list ? slot->list.count == 0 : slot->text.size == 0);
}

static bool has_anything(const Machine *machine)
{
    for (size_t i = 0; i < machine->template->values.count; i++) {
        const Slot *slot = &machine->slots[i];
        if (value_of(machine, i)->is_list ? slot->list.count > 0 : slot->is_set)
            return true;
    }
    return false;
}

static TextFsmCell cell_of(Arena *arena, const FsmValue *value, const Slot *slot)
{
    if (!value->is_list)
        return (TextFsmCell){.text = slot->text};
    Str *items = ARENA_ARRAY(arena, Str, slot->list.count);
    if (slot->list.count > 0)
        memcpy(items, slot->list.items, slot->list.count * sizeof(Str));
    return (TextFsmCell){.items = items, .item_count = slot->list.count};
}

static bool add_row(Machine *machine)
{
    TextFsmTable *table = machine->table;
    for (size_t i = 0; i < table->column_count; i++) {
        if (is_missing(value_of(machine, i), &machine->slots[i])) {
            clear_row(machine, false);
            return true;
        }
    }
    if (!has_anything(machine))
        return true;
    if (table->cells.count + table->column_count > TEXTFSM_MAX_CELLS)
        return error_set(machine->error, ERR_FILE_TOO_LARGE, "the table has more than %d cells",
                         TEXTFSM_MAX_CELLS);
    for (size_t i = 0; i < table->column_count; i++)
        *VEC_PUSH(machine->arena, &table->cells) =
            cell_of(machine->arena, value_of(machine, i), &machine->slots[i]);
    *VEC_PUSH(machine->arena, &table->lines) =
        machine->row_line ? machine->row_line : machine->text_line;
    table->row_count++;
    clear_row(machine, false);
    return true;
}

static bool record(Machine *machine, RecordAction action)
{
    if (action == RECORD_ADD)
        return add_row(machine);
    if (action != RECORD_NONE)
        clear_row(machine, action == RECORD_CLEAR_ALL);
    return true;
}

static bool fail_line(const Machine *machine, const FsmRule *rule, Str line)
{
    Str shown = str_slice(line, 0, SHOWN_LINE_BYTES);
    return error_set(machine->error, ERR_VALIDATION,
                     "line %u is none that the template knows%s%.*s: \"%.*s\"",
                     machine->line_number, str_empty(rule->message) ? "" : ", ",
                     STR_ARGS(rule->message), STR_ARGS(shown));
}

static void take_captures(Machine *machine, const FsmRule *rule)
{
    if (rule->capture_count > 0 && machine->row_line == 0)
        machine->row_line = machine->text_line;
    for (size_t i = 0; i < rule->capture_count; i++) {
        bool is_set = false;
        const FsmCapture *capture = &rule->captures[i];
        Str text = pattern_captured(rule->pattern, capture->group, &is_set);
        assign(machine, capture->value, text, is_set);
    }
}

/* Runs a line through the rules of the state. */
static bool read_line(Machine *machine, Str line)
{
    bool is_matched = false;
    const FsmState *state = &machine->template->states.items[machine->state];
    for (size_t i = 0; i < state->rules.count; i++) {
        const FsmRule *rule = &state->rules.items[i];
        if (pattern_match(rule->pattern, line) != PATTERN_MATCH)
            continue;
        if (rule->line == LINE_ERROR)
            return fail_line(machine, rule, line);
        is_matched = true;
        take_captures(machine, rule);
        if (!record(machine, rule->record))
            return false;
        if (rule->line == LINE_CONTINUE)
            continue;
        if (rule->next != STATE_STAYS)
            machine->state = rule->next;
        break;
    }
    machine->table->matched_count += is_matched && !str_empty(str_trim(line));
    return true;
}

/* Returns how many bytes end a line here, as Python's splitlines has it, or 0. */
static size_t line_end_size(Str text)
{
    unsigned char byte = (unsigned char)text.data[0];
    if (str_starts_with(text, STR("\r\n")))
        return 2;
    if ((byte >= '\n' && byte <= '\r') || (byte >= 0x1C && byte <= 0x1E))
        return 1;
    if (str_starts_with(text, STR("\xC2\x85")))
        return 2;
    bool is_separator =
        str_starts_with(text, STR("\xE2\x80\xA8")) || str_starts_with(text, STR("\xE2\x80\xA9"));
    return is_separator ? 3 : 0;
}

static bool next_line(Str *rest, Str *out_line, bool *out_is_ended)
{
    size_t at = 0;
    size_t end = 0;
    if (str_empty(*rest))
        return false;
    while (at < rest->size && (end = line_end_size(str_from(*rest, at))) == 0)
        at++;
    *out_line = str_slice(*rest, 0, at);
    *out_is_ended = end > 0 && rest->data[at + end - 1] == '\n';
    *rest = str_from(*rest, at + end);
    return true;
}

bool textfsm_run(const TextFsm *template, Arena *arena, Str text, TextFsmTable *out_table,
                 Error *error)
{
    Str line;
    bool is_ended = false;
    Machine machine = {.template = template,
                       .arena = arena,
                       .slots = ARENA_ARRAY(arena, Slot, template->values.count),
                       .table = out_table,
                       .state = template->start,
                       .text_line = 1,
                       .error = error};
    check(str_is_utf8(text));
    *out_table =
        (TextFsmTable){.columns = template->columns, .column_count = template->values.count};
    while (machine.state >= 0 && next_line(&text, &line, &is_ended)) {
        machine.line_number++;
        out_table->line_count += !str_empty(str_trim(line));
        if (!read_line(&machine, line))
            return false;
        machine.text_line += is_ended;
    }
    return machine.state == STATE_END || template->has_eof || add_row(&machine);
}

const TextFsmCell *textfsm_cell(const TextFsmTable *table, size_t row, size_t column)
{
    check(row < table->row_count && column < table->column_count);
    return &table->cells.items[row * table->column_count + column];
}
