/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top/screen.h"

#include <string.h>

enum { COLUMN_WIDTH = 38, GAP = 2, MAX_BANDS = 6, HEAD_ROWS = 2 };

typedef struct {
    char *cells; /* rows × columns, blanks */
    size_t columns;
    size_t rows;
    size_t used; /* rows that have text */
} Grid;

/* Anything but printable ASCII is a question mark: one byte is one column then. */
static void put(Grid *grid, size_t row, size_t column, Str text, size_t room)
{
    if (row >= grid->rows)
        return;
    for (size_t i = 0; i < text.size && i < room && column + i < grid->columns; i++) {
        char byte = text.data[i];
        grid->cells[row * grid->columns + column + i] = byte >= ' ' && byte < 0x7f ? byte : '?';
    }
    grid->used = MAX_OF(grid->used, row + 1);
}

/* A band is one column of sections. */
typedef struct {
    size_t count;
    size_t width;
    size_t first_row;
    size_t end_row;
    bool with_minor;
} Bands;

static size_t height_of(const Section *section, bool with_minor)
{
    size_t height = 1;
    for (size_t i = 0; i < section->lines.count; i++)
        height += with_minor || !section->lines.items[i].is_minor;
    return height;
}

/* A section stays whole: it goes below the last one, or to the top of the next band. */
static bool fits(const Sections *sections, const Bands *bands)
{
    size_t band = 0;
    size_t row = bands->first_row;
    for (size_t i = 0; i < sections->count; i++) {
        size_t height = height_of(&sections->items[i], bands->with_minor);
        if (row + height > bands->end_row && row > bands->first_row) {
            band++;
            row = bands->first_row;
        }
        if (band == bands->count || row + height > bands->end_row)
            return false;
        row += height;
    }
    return true;
}

static void draw_section(Grid *grid, const Section *section, const Bands *bands, size_t band,
                         size_t row)
{
    size_t left = band * (bands->width + GAP);
    put(grid, row++, left, str_of(section->name), bands->width);
    for (size_t i = 0; i < section->lines.count && row < bands->end_row; i++) {
        const Line *line = &section->lines.items[i];
        if (line->is_minor && !bands->with_minor)
            continue;
        size_t value_size = MIN_OF(line->value.size, bands->width - 4);
        size_t title_room = bands->width - value_size - 3;
        put(grid, row, left + 2, line->title, title_room);
        put(grid, row++, left + bands->width - value_size, line->value, value_size);
    }
}

static void draw_sections(Grid *grid, const Sections *sections, const Bands *bands)
{
    size_t band = 0;
    size_t row = bands->first_row;
    for (size_t i = 0; i < sections->count && band < bands->count; i++) {
        size_t height = height_of(&sections->items[i], bands->with_minor);
        if (row + height > bands->end_row && row > bands->first_row) {
            band++;
            row = bands->first_row;
        }
        if (band < bands->count)
            draw_section(grid, &sections->items[i], bands, band, row);
        row += height;
    }
}

static Str write_alerts(Arena *arena, const StrVec *alerts)
{
    Str text = STR("alerts: ");
    for (size_t i = 0; i < alerts->count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(text), i ? ", " : "",
                            STR_ARGS(alerts->items[i]));
    return alerts->count ? text : STR("alerts: none");
}

static void write_grid(const Grid *grid, StrBuf *out)
{
    for (size_t row = 0; row < grid->used; row++) {
        Str line = str_make(grid->cells + row * grid->columns, grid->columns);
        strbuf_append(out, str_trim_right(line));
        strbuf_append_byte(out, '\n');
    }
}

/* Without a limit, as many rows as the bands need when they are of about the same height. */
static size_t find_end_row(const Sections *sections, Bands bands)
{
    bands.end_row = bands.first_row + 1;
    while (bands.end_row < SCREEN_MAX_ROWS && !fits(sections, &bands))
        bands.end_row++;
    return bands.end_row;
}

void screen_draw(const Picture *picture, const ScreenSize *size, Arena *arena, StrBuf *out)
{
    Grid grid = {.columns = MIN_OF(size->columns, (size_t)SCREEN_MAX_COLUMNS)};
    grid.columns = MAX_OF(grid.columns, (size_t)SCREEN_MIN_COLUMNS);
    size_t bands = MIN_OF((grid.columns + GAP) / (COLUMN_WIDTH + GAP), (size_t)MAX_BANDS);
    Bands layout = {.count = MAX_OF(bands, (size_t)1), .first_row = HEAD_ROWS, .with_minor = true};
    size_t footer_rows = str_empty(picture->footer) ? 0 : 1;
    layout.width = (grid.columns + GAP) / layout.count - GAP;
    grid.rows = size->rows ? MIN_OF(size->rows, (size_t)SCREEN_MAX_ROWS)
                           : find_end_row(picture->sections, layout) + footer_rows;
    grid.rows = MAX_OF(grid.rows, (size_t)SCREEN_MIN_ROWS);
    grid.cells = arena_alloc(arena, grid.rows * grid.columns);
    memset(grid.cells, ' ', grid.rows * grid.columns);
    layout.end_row = grid.rows - footer_rows;
    layout.with_minor = fits(picture->sections, &layout);
    put(&grid, 0, 0, picture->header, grid.columns);
    put(&grid, 1, 0, write_alerts(arena, picture->alerts), grid.columns);
    draw_sections(&grid, picture->sections, &layout);
    if (footer_rows)
        put(&grid, grid.rows - 1, 0, picture->footer, grid.columns);
    write_grid(&grid, out);
}
