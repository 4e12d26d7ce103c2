/* SPDX-License-Identifier: Apache-2.0 */
#include "app/shell/columns.h"

#include "app/chat/flow.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { GAP = 2, ID_LEAST = 8, WIDTH_LEAST = 6, CELL_MAX_BYTES = 64 * 1024 };

void columns_init(Columns *table, Arena *arena, const Column *columns, size_t count)
{
    check(count > 0 && count <= COLUMNS_MOST);
    *table = (Columns){.arena = arena, .columns = columns, .column_count = count};
}

void columns_add(Columns *table, Str cell)
{
    auto_strbuf StrBuf clean = {0};
    strbuf_init(&clean, CELL_MAX_BYTES);
    flow_write_harmless(&clean, cell);
    *VEC_PUSH(table->arena, &table->cells) = arena_copy(table->arena, strbuf_str(&clean));
}

static size_t row_count(const Columns *table)
{
    return table->cells.count / table->column_count;
}

static Str cell_at(const Columns *table, size_t row, size_t column)
{
    Str cell = table->cells.items[row * table->column_count + column];
    bool is_last = column + 1 == table->column_count;
    return str_empty(cell) && !is_last ? STR("-") : cell;
}

static size_t common_prefix(Str a, Str b)
{
    size_t size = 0;
    while (size < MIN_OF(a.size, b.size) && a.data[size] == b.data[size])
        size++;
    return size;
}

static int compare_ids(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

/* Returns how many bytes tell all different ids of the column apart. */
static size_t id_bytes(const Columns *table, size_t column)
{
    size_t bytes = ID_LEAST;
    size_t count = row_count(table);
    Str *ids = ARENA_ARRAY(table->arena, Str, count + 1);
    for (size_t row = 0; row < count; row++)
        ids[row] = cell_at(table, row, column);
    qsort(ids, count, sizeof(Str), compare_ids);
    for (size_t i = 1; i < count; i++) {
        if (!str_equal(ids[i - 1], ids[i]))
            bytes = MAX_OF(bytes, common_prefix(ids[i - 1], ids[i]) + 1);
    }
    return bytes;
}

typedef struct {
    const Columns *table;
    const ColumnsStyle *style;
    size_t id_bytes[COLUMNS_MOST];
    uint32_t widths[COLUMNS_MOST];
    StrBuf *out;
} Layout;

static Str shown(const Layout *layout, size_t row, size_t column)
{
    Str cell = cell_at(layout->table, row, column);
    bool is_short = layout->style->is_terminal && layout->table->columns[column].is_id;
    return is_short ? str_slice(cell, 0, layout->id_bytes[column]) : cell;
}

static void measure(Layout *layout)
{
    const Columns *table = layout->table;
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_terminal = layout->style->is_terminal;
        uint32_t width = is_terminal ? flow_width(str_of(table->columns[i].head)) : 0;
        if (is_terminal && table->columns[i].is_id)
            layout->id_bytes[i] = id_bytes(table, i);
        for (size_t row = 0; row < row_count(table); row++)
            width = MAX_OF(width, flow_width(shown(layout, row, i)));
        layout->widths[i] = width;
    }
}

static uint32_t total_width(const Layout *layout)
{
    uint32_t total = 0;
    for (size_t i = 0; i < layout->table->column_count; i++)
        total += layout->widths[i] + (i ? GAP : 0);
    return total;
}

/* Narrows the widest column, an id or a number last, until the rows fit. */
static void fit(Layout *layout)
{
    const Column *columns = layout->table->columns;
    while (total_width(layout) > layout->style->width) {
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < layout->table->column_count; i++) {
            bool is_kept = columns[i].is_id || columns[i].is_number;
            if (!is_kept && layout->widths[i] > WIDTH_LEAST &&
                (widest == SIZE_MAX || layout->widths[i] > layout->widths[widest]))
                widest = i;
        }
        if (widest == SIZE_MAX)
            return;
        layout->widths[widest]--;
    }
}

/* Returns the characters of a text that fit a width. */
static Str cut(Str text, uint32_t width)
{
    size_t end = 0;
    uint32_t taken = 0;
    while (end < text.size) {
        size_t size = MAX_OF(utf8_length(str_from(text, end)), (size_t)1);
        taken += flow_width(str_slice(text, end, size));
        if (taken > width)
            break;
        end += size;
    }
    return str_slice(text, 0, end);
}

static void pad(StrBuf *out, uint32_t count)
{
    while (count-- > 0)
        strbuf_append_byte(out, ' ');
}

static void write_cell(const Layout *layout, size_t column, Str text)
{
    uint32_t width = layout->widths[column];
    bool is_last = column + 1 == layout->table->column_count;
    bool is_cut = layout->style->is_terminal && flow_width(text) > width;
    Str kept = is_cut ? cut(text, width - 1) : text;
    uint32_t taken = flow_width(kept) + is_cut;
    uint32_t blank = width > taken ? width - taken : 0;
    if (layout->table->columns[column].is_number)
        pad(layout->out, blank);
    strbuf_append(layout->out, kept);
    if (is_cut)
        strbuf_append(layout->out, STR("…"));
    if (!is_last)
        pad(layout->out, (layout->table->columns[column].is_number ? 0 : blank) + GAP);
}

static void write_heads(const Layout *layout)
{
    const Columns *table = layout->table;
    if (layout->style->has_colours)
        strbuf_append(layout->out, STR("\033[1m"));
    for (size_t i = 0; i < table->column_count; i++)
        write_cell(layout, i, str_of(table->columns[i].head));
    if (layout->style->has_colours)
        strbuf_append(layout->out, STR("\033[0m"));
    strbuf_append_byte(layout->out, '\n');
}

static void trim_line(StrBuf *out)
{
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    strbuf_append_byte(out, '\n');
}

void columns_write(const Columns *table, const ColumnsStyle *style, StrBuf *out)
{
    Layout layout = {.table = table, .style = style, .out = out};
    check(table->cells.count % table->column_count == 0);
    measure(&layout);
    if (style->is_terminal)
        fit(&layout);
    if (style->is_terminal && row_count(table) > 0)
        write_heads(&layout);
    for (size_t row = 0; row < row_count(table); row++) {
        for (size_t i = 0; i < table->column_count; i++)
            write_cell(&layout, i, shown(&layout, row, i));
        trim_line(out);
    }
}

Str columns_size(Arena *arena, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes / 1000;
    size_t unit = 0;
    if (bytes < 1000)
        return arena_printf(arena, "%lld B", (long long)bytes);
    for (; value >= 999.95 && unit + 1 < COUNT_OF(units); unit++)
        value /= 1000;
    return arena_printf(arena, "%.1f %s", value, units[unit]);
}

Str columns_time(Arena *arena, Str time)
{
    bool is_time = time.size >= 16 && time.data[10] == 'T';
    return is_time ? arena_printf(arena, "%.10s %.5s", time.data, time.data + 11) : time;
}
