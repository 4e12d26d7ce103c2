/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole installation. The parts are asked at the same time and each for at most a few seconds;
 * a part that does not answer has the value 0 of netguru_data_up, and its other values are absent.
 *
 * What PostgreSQL is asked grows with the installation, so a scrape does not wait for it: a
 * background task takes a sample every 15 seconds, and earlier for a client that asks more often.
 * It rests while nobody has asked for some minutes. Where several serve processes have one data
 * directory, the first one samples for all.
 */
#include "base/log.h"
#include "base/time.h"
#include "metrics/internal.h"

enum {
    TICK_MS = 1000,
    FRESH_MS = 5000, /* who asks for them again gets values that are not much older */
    SAMPLE_MS = 15 * 1000,
    STALE_MS = 30 * 1000, /* the background task has rested, or cannot keep up */
    REST_AFTER_MS = 5 * 60 * 1000,
    PART_TIMEOUT_MS = 3000,
};

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
    const Services *services;
    Data data;
    bool is_up;
} PartRun;

/* A part that fails must not cancel the others. */
static bool run_part(Task *task, void *argument)
{
    PartRun *run = argument;
    task_deadline_narrow(task, PART_TIMEOUT_MS);
    run->is_up = run->part->collect(task, run->services, &run->data);
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

static bool collect(Task *task, const Services *services, Data *data)
{
    TaskPart runs[COUNT_OF(parts)];
    PartRun *found = ARENA_ARRAY(task->arena, PartRun, COUNT_OF(parts));
    uint64_t started_ns = time_monotonic_ns();
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        found[i] = (PartRun){.part = parts[i], .services = services, .data.arena = task->arena};
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

static bool sample(Task *task, const Services *services, Data *data)
{
    data->is_collecting = true;
    bool done = collect(task, services, data);
    data->is_collecting = false;
    return done;
}

static bool is_due(const Data *data)
{
    uint64_t now_ms = time_monotonic_ms();
    if (data->known_ms == 0 || data->is_collecting || now_ms - data->asked_ms > REST_AFTER_MS)
        return false;
    uint64_t age_ms = now_ms - data->known_ms;
    return age_ms >= SAMPLE_MS || (age_ms >= FRESH_MS && data->asked_ms > data->known_ms);
}

void metrics_sample(Task *task, void *argument)
{
    const Services *services = argument;
    Data *data = &services->metrics->data;
    while (task_sleep(task, TICK_MS)) {
        ArenaMark mark = arena_mark(task->arena);
        if (is_due(data) && !sample(task, services, data) && !task_is_cancelled(task))
            log_warn("metrics.sample_failed", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
        arena_reset(task->arena, mark);
    }
}

static void write_value(MetricWriter *writer, const DataValue *value)
{
    Str first;
    Str rest = value->label;
    if (!value->family->labels[1] || !str_next_field(&rest, '\t', &first)) {
        metric_sample(writer, METRIC_VALUES(value->label), value->value);
        return;
    }
    metric_sample(writer, METRIC_VALUES(first, rest), value->value);
}

static void write_family(MetricWriter *writer, const Data *data, const MetricFamily *family)
{
    metric_begin(writer, family);
    for (size_t i = 0; i < data->values.count; i++) {
        if (data->values.items[i].family == family)
            write_value(writer, &data->values.items[i]);
    }
}

bool data_write(Task *task, const Request *request, MetricFormat format, StrBuf *out)
{
    MetricWriter writer = {.out = out, .format = format};
    Data *data = &request->services->metrics->data;
    data->asked_ms = time_monotonic_ms();
    bool is_known = data->known_ms && data->asked_ms - data->known_ms < STALE_MS;
    /* While another one asks, the values of before are good enough. */
    if (!is_known && !(data->known_ms && data->is_collecting) &&
        !sample(task, request->services, data))
        return false;
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
