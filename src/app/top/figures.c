/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top/figures.h"

#include "app/top/figures_private.h"

#include <math.h>

/* On 80 × 24 characters, the first five stand on the left. */
static const char *const section_order[] = {"Requests", "Chat",      "Pool",
                                            "Files",    "Processes", "PostgreSQL",
                                            "Redis",    "Workers",   "Documents"};

/* A list of lines, one for each value of a label. */
typedef struct {
    const char *section;
    const char *key;
    const char *metric; /* whose values of the label are listed */
    const char *label;
    const char *names[3]; /* of the values in JSON */
} LabelList;

static const LabelList queues = {
    "Queues", "queues", "netguru_queue_due", "queue", {"due", "running", "oldest_seconds"}};
static const LabelList stages = {"Documents",
                                 "stages",
                                 "netguru_document_stage_seconds_count",
                                 "stage",
                                 {"per_second", "mean_seconds", NULL}};

static double compute(const History *history, const Figure *figure)
{
    Select other = {.name = figure->other};
    const Select *select = &figure->select;
    switch (figure->kind) {
    case AS_SUM:
        return history_sum(history, select);
    case AS_MAX:
        return history_max(history, select);
    case AS_RATE:
        return history_rate(history, select);
    case AS_QUANTILE:
        return history_quantile(history, select, figure->quantile);
    case AS_PART:
        return history_sum(history, select) / history_sum(history, &other);
    case AS_PART_OF_RATE:
        return history_rate(history, select) /
               (history_rate(history, select) + history_rate(history, &other));
    }
    return NAN;
}

static Str write_scaled(Arena *arena, double value, const char *end)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (value >= 999.5 && unit < COUNT_OF(units) - 1) {
        value /= 1000;
        unit++;
    }
    return arena_printf(arena, "%.*f %s%s", unit && value < 99.95 ? 1 : 0, value, units[unit], end);
}

static Str write_seconds(Arena *arena, double value)
{
    if (value == 0)
        return STR("0 s");
    if (value < 0.9995)
        return arena_printf(arena, "%.*f ms", value < 0.00995 ? 1 : 0, value * 1000);
    if (value < 120)
        return arena_printf(arena, "%.*f s", value < 9.95 ? 1 : 0, value);
    return value < 7200 ? arena_printf(arena, "%.0f min", value / 60)
                        : arena_printf(arena, "%.1f h", value / 3600);
}

/* Values of a server may be infinite or huge; the text stays short. */
static Str write_value(Arena *arena, Unit unit, double value)
{
    if (!isfinite(value))
        return STR("-");
    if (value < 0 || value > 1e15)
        return arena_printf(arena, "%.3g", value);
    switch (unit) {
    case UNIT_RATE:
        return arena_printf(arena, "%.*f/s", value < 99.95 ? 1 : 0, value);
    case UNIT_SECONDS:
        return write_seconds(arena, value);
    case UNIT_BYTES:
        return write_scaled(arena, value, "");
    case UNIT_BYTE_RATE:
        return write_scaled(arena, value, "/s");
    case UNIT_PART:
        return arena_printf(arena, "%.1f %%", value * 100);
    case UNIT_NUMBER:
        break;
    }
    return arena_printf(arena, "%.0f", value);
}

static Section *find_section(Arena *arena, Sections *sections, const char *name)
{
    for (size_t i = 0; i < sections->count; i++) {
        if (str_equal(str_of(sections->items[i].name), str_of(name)))
            return &sections->items[i];
    }
    Section *section = VEC_PUSH(arena, sections);
    section->name = name;
    return section;
}

static bool has_text(const StrVec *texts, Str text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (str_equal(texts->items[i], text))
            return true;
    }
    return false;
}

/* At most 16 values: more are not of our program. */
static void list_values(const History *history, const LabelList *list, Arena *arena, StrVec *values)
{
    enum { MAX_VALUES = 16 };
    for (size_t i = 0; i < history->count; i++) {
        const Exposition *samples = &history->pages[i].now.samples;
        for (size_t k = 0; k < samples->count && values->count < MAX_VALUES; k++) {
            Str value = exposition_label(&samples->items[k], list->label);
            if (str_equal(samples->items[k].name, str_of(list->metric)) && !str_empty(value) &&
                !has_text(values, value))
                *VEC_PUSH(arena, values) = (Str){arena_cstring(arena, value), value.size};
        }
    }
}

static void compute_queue(const History *history, const char *queue, double out[3])
{
    out[0] = history_sum(history, &(Select){"netguru_queue_due", "queue", queue, NULL});
    out[1] = history_sum(history, &(Select){"netguru_queue_running", "queue", queue, NULL});
    out[2] = history_max(history, &(Select){"netguru_queue_oldest_seconds", "queue", queue, NULL});
}

static void compute_stage(const History *history, const char *stage, double out[3])
{
    double sum = history_rate(
        history, &(Select){"netguru_document_stage_seconds_sum", "stage", stage, NULL});
    out[0] = history_rate(history,
                          &(Select){"netguru_document_stage_seconds_count", "stage", stage, NULL});
    out[1] = sum / out[0];
}

static void compute_process(const History *history, const char *process, double out[3])
{
    out[0] = history_rate(history, &(Select){"process_cpu_seconds_total", NULL, NULL, process});
    out[1] = history_sum(history, &(Select){"process_resident_memory_bytes", NULL, NULL, process});
    out[2] = history_sum(history, &(Select){"process_open_fds", NULL, NULL, process});
}

static void add_queues(const History *history, Arena *arena, Sections *sections)
{
    StrVec values = {0};
    list_values(history, &queues, arena, &values);
    for (size_t i = 0; i < values.count; i++) {
        double numbers[3];
        Section *section = find_section(arena, sections, queues.section);
        compute_queue(history, values.items[i].data, numbers);
        Str text = arena_printf(arena, "%.*s due, %.*s run, %.*s",
                                STR_ARGS(write_value(arena, UNIT_NUMBER, numbers[0])),
                                STR_ARGS(write_value(arena, UNIT_NUMBER, numbers[1])),
                                STR_ARGS(write_value(arena, UNIT_SECONDS, numbers[2])));
        *VEC_PUSH(arena, &section->lines) = (Line){values.items[i], text, false};
    }
}

static void add_stages(const History *history, Arena *arena, Sections *sections)
{
    StrVec values = {0};
    list_values(history, &stages, arena, &values);
    for (size_t i = 0; i < values.count; i++) {
        double numbers[3];
        Section *section = find_section(arena, sections, stages.section);
        compute_stage(history, values.items[i].data, numbers);
        Str text =
            arena_printf(arena, "%.*s, %.*s", STR_ARGS(write_value(arena, UNIT_RATE, numbers[0])),
                         STR_ARGS(write_value(arena, UNIT_SECONDS, numbers[1])));
        *VEC_PUSH(arena, &section->lines) = (Line){values.items[i], text, i > 2};
    }
}

static bool is_process(const ProcessPages *pages)
{
    return !str_equal(str_of(pages->process), STR("data"));
}

static void add_processes(const History *history, Arena *arena, Sections *sections)
{
    for (size_t i = 0; i < history->count; i++) {
        double numbers[3];
        const char *name = history->pages[i].process;
        if (!is_process(&history->pages[i]))
            continue;
        Section *section = find_section(arena, sections, "Processes");
        compute_process(history, name, numbers);
        Str text = arena_printf(arena, "%.*s cpu, %.*s, %.*s fd",
                                STR_ARGS(write_value(arena, UNIT_PART, numbers[0])),
                                STR_ARGS(write_value(arena, UNIT_BYTES, numbers[1])),
                                STR_ARGS(write_value(arena, UNIT_NUMBER, numbers[2])));
        *VEC_PUSH(arena, &section->lines) = (Line){arena_copy(arena, str_of(name)), text, i > 2};
    }
}

void figures_build(const History *history, Arena *arena, Sections *out_sections)
{
    for (size_t i = 0; i < COUNT_OF(section_order); i++)
        (void)find_section(arena, out_sections, section_order[i]);
    for (size_t i = 0; i < figure_count; i++) {
        const Figure *figure = &figures[i];
        Section *section = find_section(arena, out_sections, figure->section);
        Str value = write_value(arena, figure->unit, compute(history, figure));
        *VEC_PUSH(arena, &section->lines) = (Line){str_of(figure->title), value, figure->is_minor};
    }
    add_queues(history, arena, out_sections);
    add_stages(history, arena, out_sections);
    add_processes(history, arena, out_sections);
}

static void write_number(JsonWriter *json, double value)
{
    if (isfinite(value))
        json_double(json, value);
    else
        json_write_null(json);
}

typedef void ComputeList(const History *history, const char *value, double out[3]);

static void write_list(const History *history, const LabelList *list, ComputeList *compute_list,
                       JsonWriter *json)
{
    StrVec values = {0};
    auto_arena Arena *arena = arena_new();
    list_values(history, list, arena, &values);
    json_key(json, list->key);
    json_begin_object(json);
    for (size_t i = 0; i < values.count; i++) {
        double numbers[3] = {NAN, NAN, NAN};
        compute_list(history, values.items[i].data, numbers);
        json_key_str(json, values.items[i]);
        json_begin_object(json);
        for (size_t k = 0; k < COUNT_OF(list->names) && list->names[k]; k++) {
            json_key(json, list->names[k]);
            write_number(json, numbers[k]);
        }
        json_end(json);
    }
    json_end(json);
}

static void write_processes(const History *history, JsonWriter *json)
{
    static const char *const names[] = {"cpu", "memory_bytes", "open_fds"};
    json_key(json, "processes");
    json_begin_object(json);
    for (size_t i = 0; i < history->count; i++) {
        double numbers[3];
        if (!is_process(&history->pages[i]))
            continue;
        compute_process(history, history->pages[i].process, numbers);
        json_key(json, history->pages[i].process);
        json_begin_object(json);
        for (size_t k = 0; k < COUNT_OF(names); k++) {
            json_key(json, names[k]);
            write_number(json, numbers[k]);
        }
        json_end(json);
    }
    json_end(json);
}

void figures_write(const History *history, JsonWriter *json)
{
    json_key(json, "figures");
    json_begin_object(json);
    for (size_t i = 0; i < figure_count; i++) {
        json_key(json, figures[i].key);
        write_number(json, compute(history, &figures[i]));
    }
    json_end(json);
    write_list(history, &queues, compute_queue, json);
    write_list(history, &stages, compute_stage, json);
    write_processes(history, json);
}
