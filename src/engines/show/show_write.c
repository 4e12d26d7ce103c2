/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/show.h"

#include "base/utf8.h"

enum { ROWS_SHOWN = 40, WIDTH_MAX = 60, COLUMNS_SHOWN = 64 };

static void write_cell_json(JsonWriter *json, const TextFsmCell *cell, bool is_list)
{
    if (!is_list) {
        json_str(json, cell->text);
        return;
    }
    json_begin_array(json);
    for (size_t i = 0; i < cell->item_count; i++)
        json_str(json, cell->items[i]);
    json_end(json);
}

static void write_table_json(JsonWriter *json, const ShowOutput *output, size_t bytes_end)
{
    size_t written = 0;
    const TextFsmTable *table = &output->table;
    json_key(json, "columns");
    json_begin_array(json);
    for (size_t i = 0; i < table->column_count; i++)
        json_str(json, table->columns[i].name);
    json_end(json);
    json_field_u64(json, "row_count", table->row_count);
    json_key(json, "rows");
    json_begin_array(json);
    for (size_t row = 0; row < table->row_count && json->out->size < bytes_end; row++, written++) {
        json_begin_array(json);
        for (size_t column = 0; column < table->column_count; column++)
            write_cell_json(json, textfsm_cell(table, row, column), table->columns[column].is_list);
        json_end(json);
    }
    json_end(json);
    json_key(json, "lines");
    json_begin_array(json);
    for (size_t row = 0; row < written; row++)
        json_u64(json, output->first_line + table->lines.items[row] - 1);
    json_end(json);
}

static void write_output_json(JsonWriter *json, const ShowOutput *output, size_t bytes_end)
{
    json_begin_object(json);
    json_field_str(json, "command", output->command);
    json_field_u64(json, "line", output->line);
    if (!str_empty(output->platform)) {
        json_field_str(json, "platform", output->platform);
        json_field_str(json, "template", output->template);
        write_table_json(json, output, bytes_end);
    }
    if (!str_empty(output->problem))
        json_field_str(json, "problem", output->problem);
    json_end(json);
}

static const char *const severity_names[] = {
    [SHOW_ERROR] = "error", [SHOW_WARNING] = "warning", [SHOW_NOTE] = "note"};

static void write_findings_json(const ShowReport *report, JsonWriter *json)
{
    json_key(json, "findings");
    json_begin_array(json);
    for (size_t i = 0; i < report->findings.count; i++) {
        const ShowFinding *finding = &report->findings.items[i];
        json_begin_object(json);
        json_field_text(json, "id", finding->id);
        json_field_text(json, "severity", severity_names[finding->severity]);
        json_field_str(json, "title", finding->title);
        json_field_text(json, "detail", finding->detail);
        json_field_u64(json, "line", finding->line);
        json_end(json);
    }
    json_end(json);
}

static void write_findings_text(const ShowReport *report, StrBuf *out)
{
    if (report->findings.count > 0)
        strbuf_printf(out, "findings %zu\n", report->findings.count);
    for (size_t i = 0; i < report->findings.count; i++) {
        const ShowFinding *finding = &report->findings.items[i];
        strbuf_printf(out, "%-8s %.*s (line %u)\n         %s\n", severity_names[finding->severity],
                      STR_ARGS(finding->title), finding->line, finding->detail);
    }
}

void show_write_json(const ShowReport *report, JsonWriter *json)
{
    size_t bytes_end = json->out->size + SHOW_JSON_MAX_BYTES;
    write_findings_json(report, json);
    json_field_str(json, "hostname", report->hostname);
    json_field_bool(json, "is_cut", report->is_cut);
    json_key(json, "outputs");
    json_begin_array(json);
    for (size_t i = 0; i < report->outputs.count; i++)
        write_output_json(json, &report->outputs.items[i], bytes_end);
    json_end(json);
}

/* A table as it is set for people: columns in which nothing stands are left out. */
typedef struct {
    const TextFsmTable *table;
    size_t rows;
    size_t columns;
    size_t widths[COLUMNS_SHOWN]; /* 0: left out */
} Layout;

static size_t width_of(Str text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return MIN_OF(width, (size_t)WIDTH_MAX);
}

static size_t cell_width(const TextFsmCell *cell)
{
    size_t width = width_of(cell->text);
    for (size_t i = 0; i < cell->item_count; i++)
        width += width_of(cell->items[i]) + (i > 0 ? 2 : 0);
    return MIN_OF(width, (size_t)WIDTH_MAX);
}

static Layout lay_out(const TextFsmTable *table, bool is_whole)
{
    Layout layout = {.table = table,
                     .rows = table->row_count,
                     .columns = MIN_OF(table->column_count, (size_t)COLUMNS_SHOWN)};
    if (!is_whole)
        layout.rows = MIN_OF(layout.rows, (size_t)ROWS_SHOWN);
    for (size_t column = 0; column < layout.columns; column++) {
        size_t *width = &layout.widths[column];
        for (size_t row = 0; row < layout.rows; row++)
            *width = MAX_OF(*width, cell_width(textfsm_cell(table, row, column)));
        if (*width > 0)
            *width = MAX_OF(*width, width_of(table->columns[column].name));
    }
    return layout;
}

/* Writes at most WIDTH_MAX characters of the text. Returns how many. */
static size_t write_cut(StrBuf *out, Str text, size_t room)
{
    size_t width = width_of(text);
    size_t size = 0;
    size_t taken = 0;
    while (size < text.size && taken < room) {
        size++;
        while (size < text.size && ((unsigned char)text.data[size] & 0xC0) == 0x80)
            size++;
        taken++;
    }
    strbuf_append(out, str_slice(text, 0, size));
    return MIN_OF(width, room);
}

static void write_cell(StrBuf *out, const TextFsmCell *cell, size_t width)
{
    size_t used = write_cut(out, cell->text, width);
    for (size_t i = 0; i < cell->item_count && used + 2 < width; i++) {
        if (i > 0) {
            strbuf_append(out, STR(", "));
            used += 2;
        }
        used += write_cut(out, cell->items[i], width - used);
    }
    for (; used < width; used++)
        strbuf_append_byte(out, ' ');
}

static void write_row(StrBuf *out, const Layout *layout, const TextFsmCell *cells)
{
    const TextFsmTable *table = layout->table;
    for (size_t column = 0; column < layout->columns; column++) {
        TextFsmCell head = {.text = table->columns[column].name};
        if (layout->widths[column] == 0)
            continue;
        strbuf_append(out, STR("  "));
        write_cell(out, cells ? &cells[column] : &head, layout->widths[column]);
    }
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    strbuf_append_byte(out, '\n');
}

static void write_table(StrBuf *out, const TextFsmTable *table, bool is_whole)
{
    Layout layout = lay_out(table, is_whole);
    write_row(out, &layout, NULL);
    for (size_t row = 0; row < layout.rows; row++)
        write_row(out, &layout, textfsm_cell(table, row, 0));
    if (layout.rows < table->row_count)
        strbuf_printf(out, "  … %zu more rows: --all shows them\n", table->row_count - layout.rows);
}

static void write_output(StrBuf *out, const ShowOutput *output, bool is_whole)
{
    strbuf_printf(out, "\n%.*s  (line %u)", STR_ARGS(output->command), output->line);
    if (str_empty(output->platform)) {
        strbuf_append(out, STR("\n  no template knows this output\n"));
        return;
    }
    strbuf_printf(out, ", %zu %s, %.*s\n", output->table.row_count,
                  output->table.row_count == 1 ? "row" : "rows", STR_ARGS(output->platform));
    if (!str_empty(output->problem))
        strbuf_printf(out, "  not whole: %.*s\n", STR_ARGS(output->problem));
    write_table(out, &output->table, is_whole);
}

void show_write_text(const ShowReport *report, bool is_whole, StrBuf *out)
{
    write_findings_text(report, out);
    if (!str_empty(report->hostname))
        strbuf_printf(out, "device   %.*s\n", STR_ARGS(report->hostname));
    strbuf_printf(out, "outputs  %zu%s\n", report->outputs.count,
                  report->is_cut ? ", and more that were not read" : "");
    for (size_t i = 0; i < report->outputs.count; i++)
        write_output(out, &report->outputs.items[i], is_whole);
}
