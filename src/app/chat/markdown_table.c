/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/markdown.h"
#include "app/chat/markdown_private.h"

#include "base/arena.h"

enum { CELLS_MAX = 32, RULE_MAX_COLUMNS = 200 };

typedef struct {
    Str cells[CELLS_MAX];
    size_t count;
    bool is_too_wide;
} Row;

/* Returns the offset of the next bar that is not escaped, or the end. */
static size_t find_bar(Str line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == '\\')
            i++;
        else if (line.data[i] == '|')
            return i;
    }
    return line.size;
}

static void parse_row(Str line, Row *row)
{
    Str rest = str_trim(line);
    *row = (Row){0};
    if (str_starts_with(rest, STR("|")))
        rest = str_from(rest, 1);
    while (!str_empty(rest)) {
        size_t bar = find_bar(rest);
        if (row->count == CELLS_MAX) {
            row->is_too_wide = true;
            return;
        }
        row->cells[row->count++] = str_trim(str_slice(rest, 0, bar));
        rest = str_from(rest, bar + 1);
    }
}

/* The second line of a table: |---|:--:| */
static bool is_delimiter(const Row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        Str cell = row->cells[i];
        size_t dashes = 0;
        for (size_t j = 0; j < cell.size; j++) {
            bool is_edge = cell.data[j] == ':' && (j == 0 || j + 1 == cell.size);
            if (cell.data[j] != '-' && !is_edge)
                return false;
            dashes += cell.data[j] == '-';
        }
        if (dashes == 0)
            return false;
    }
    return row->count > 0;
}

static void put_inline(Flow *flow, Style style, Str text)
{
    InlineText inline_text = {.flow = flow, .style = style, .has_ended = true};
    size_t rendered = markdown_inline(&inline_text, text);
    check(rendered == text.size);
}

/* Returns how many columns a cell takes when it is rendered. */
static uint32_t cell_width(Str cell)
{
    Flow flow;
    StrBuf out;
    strbuf_init(&out, 2 * (size_t)MARKDOWN_TABLE_BYTES);
    flow_init(&flow, &(FlowOptions){0}, &out);
    put_inline(&flow, STYLE_PLAIN, cell);
    flow_flush(&flow);
    uint32_t columns = flow.column;
    flow_done(&flow);
    strbuf_done(&out);
    return columns;
}

typedef struct {
    Arena *arena;
    Row *rows; /* without the delimiter */
    size_t count;
    size_t columns;
    uint32_t widths[CELLS_MAX];
} Table;

static bool parse_table(Table *table, Str lines)
{
    Str line;
    Row delimiter;
    size_t capacity = 0;
    for (Str rest = lines; str_next_line(&rest, &line);)
        capacity++;
    table->rows = ARENA_ARRAY(table->arena, Row, capacity);
    for (size_t i = 0; str_next_line(&lines, &line); i++) {
        Row *row = i == 1 ? &delimiter : &table->rows[table->count++];
        parse_row(line, row);
        if (row->is_too_wide || (i == 1 && !is_delimiter(row)))
            return false;
        table->columns = MAX_OF(table->columns, row->count);
    }
    return capacity >= 2;
}

static uint32_t measure(Table *table)
{
    uint32_t total = 0;
    for (size_t j = 0; j < table->columns; j++) {
        for (size_t i = 0; i < table->count; i++)
            table->widths[j] = MAX_OF(table->widths[j], cell_width(table->rows[i].cells[j]));
        total += table->widths[j] + (j > 0 ? 3 : 0);
    }
    return total;
}

static void put_row(Flow *flow, const Table *table, const Row *row, Style style)
{
    for (size_t j = 0; j < table->columns; j++) {
        if (j > 0)
            flow_put_verbatim(flow, STYLE_DIM, STR(" │ "));
        uint32_t before = flow->column + flow->spaces + flow->word_columns;
        put_inline(flow, style, row->cells[j]);
        uint32_t used = flow->column + flow->spaces + flow->word_columns - before;
        for (uint32_t pad = used; j + 1 < table->columns && pad < table->widths[j]; pad++)
            flow_put_verbatim(flow, STYLE_PLAIN, STR(" "));
    }
    flow_newline(flow);
}

static void put_rule(Flow *flow, const Table *table)
{
    for (size_t j = 0; j < table->columns; j++) {
        if (j > 0)
            flow_put_verbatim(flow, STYLE_DIM, STR("─┼─"));
        for (uint32_t i = 0; i < MIN_OF(table->widths[j], (uint32_t)RULE_MAX_COLUMNS); i++)
            flow_put_verbatim(flow, STYLE_DIM, STR("─"));
    }
    flow_newline(flow);
}

static void put_grid(Flow *flow, const Table *table)
{
    uint32_t columns = flow->options.columns;
    flow->options.columns = 0;
    put_row(flow, table, &table->rows[0], STYLE_BOLD);
    put_rule(flow, table);
    for (size_t i = 1; i < table->count; i++)
        put_row(flow, table, &table->rows[i], STYLE_PLAIN);
    flow->options.columns = columns;
}

/* A table that is too wide for the terminal: its rows one by one, as "column: cell". */
static void put_records(Flow *flow, const Table *table)
{
    for (size_t i = 1; i < table->count; i++) {
        for (size_t j = 0; j < table->columns; j++) {
            if (str_empty(table->rows[i].cells[j]))
                continue;
            flow->indent = 4;
            flow_put_verbatim(flow, STYLE_PLAIN, j == 0 ? STR("• ") : STR("  "));
            put_inline(flow, STYLE_BOLD, table->rows[0].cells[j]);
            flow_put(flow, STYLE_PLAIN, STR(": "));
            put_inline(flow, STYLE_PLAIN, table->rows[i].cells[j]);
            flow->indent = 0;
            flow_newline(flow);
        }
    }
}

static void put_lines(Flow *flow, Str lines)
{
    Str line;
    while (str_next_line(&lines, &line)) {
        put_inline(flow, STYLE_PLAIN, line);
        flow_newline(flow);
    }
}

void markdown_table(Flow *flow, Str lines)
{
    auto_arena Arena *arena = arena_new();
    Table table = {.arena = arena};
    if (!parse_table(&table, lines))
        put_lines(flow, lines);
    else if (measure(&table) <= flow->options.columns || flow->options.columns == 0 ||
             table.count < 2)
        put_grid(flow, &table);
    else
        put_records(flow, &table);
}
