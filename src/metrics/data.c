/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole installation. The parts are asked at the same time and each for at most a few seconds;
 * a part that does not answer has the value 0 of netguru_data_up, and its other values are absent.
 */
#include "base/time.h"
#include "metrics/internal.h"

enum { FRESH_MS = 5000, PART_TIMEOUT_MS = 3000 };

static const DataPart *const parts[] = {&data_postgres, &data_redis, &data_files};

void data_add(Data *data, const DataPart *part, Str key, Str label, double value)
{
    for (size_t i = 0; i < part->count; i++) {
        if (str_equal(key, str_of(part->families[i].key))) {
            *VEC_PUSH(data->arena, &data->values) =
                (DataValue){&part->families[i].family, arena_copy(data->arena, label), value};
            return;
        }
    }
}

typedef struct {
    const DataPart *part;
    const Request *request;
    Data data;
    bool is_up;
} PartRun;

/* A part that fails must not cancel the others. */
static bool run_part(Task *task, void *argument)
{
    PartRun *run = argument;
    task_deadline_narrow(task, PART_TIMEOUT_MS);
    run->is_up = run->part->collect(task, run->request, &run->data);
    return run->is_up || !task_is_cancelled(task);
}

static const MetricFamily part_up = {"netguru_data_up",
                                     METRIC_GAUGE,
                                     "Whether a part of the installation could be asked.",
                                     {"part"}};

/* Keeps what a part found, also the values before it failed. */
static void take_values(Data *data, const PartRun *run)
{
    *VEC_PUSH(data->arena, &data->values) =
        (DataValue){&part_up, str_of(run->part->name), run->is_up};
    for (size_t i = 0; i < run->data.values.count; i++) {
        DataValue value = run->data.values.items[i];
        value.label = arena_copy(data->arena, value.label);
        *VEC_PUSH(data->arena, &data->values) = value;
    }
}

static bool collect(Task *task, const Request *request, Data *data)
{
    TaskPart runs[COUNT_OF(parts)];
    PartRun *found = ARENA_ARRAY(task->arena, PartRun, COUNT_OF(parts));
    uint64_t started_ns = time_monotonic_ns();
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        found[i] = (PartRun){.part = parts[i], .request = request, .data.arena = task->arena};
        runs[i] = (TaskPart){parts[i]->name, run_part, &found[i]};
    }
    if (!task_run_all(task, runs, COUNT_OF(parts)))
        return false;
    arena_free(data->arena);
    data->arena = arena_new();
    data->values = (DataValues){0};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        take_values(data, &found[i]);
    data->took_s = (double)(time_monotonic_ns() - started_ns) / 1e9;
    data->known_ms = time_monotonic_ms();
    return true;
}

static void write_family(MetricWriter *writer, const Data *data, const MetricFamily *family)
{
    metric_begin(writer, family);
    for (size_t i = 0; i < data->values.count; i++) {
        const DataValue *value = &data->values.items[i];
        if (value->family == family)
            metric_sample(writer, METRIC_VALUES(value->label), value->value);
    }
}

bool data_write(Task *task, const Request *request, MetricFormat format, StrBuf *out)
{
    MetricWriter writer = {.out = out, .format = format};
    Data *data = &request->services->metrics->data;
    bool is_fresh = data->known_ms && time_monotonic_ms() - data->known_ms < FRESH_MS;
    /* While another scrape asks, the values of before are good enough. */
    if (!is_fresh && !(data->known_ms && data->is_collecting)) {
        data->is_collecting = true;
        bool done = collect(task, request, data);
        data->is_collecting = false;
        if (!done)
            return false;
    }
    write_family(&writer, data, &part_up);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (size_t k = 0; k < parts[i]->count; k++)
            write_family(&writer, data, &parts[i]->families[k].family);
    }
    metric_gauge(&writer, "netguru_data_collect_seconds",
                 "Time that asking the installation took the last time.", data->took_s);
    metric_gauge(&writer, "netguru_data_age_seconds", "Age of these values.",
                 (double)(time_monotonic_ms() - data->known_ms) / 1000);
    metric_write_end(format, out);
    return true;
}
