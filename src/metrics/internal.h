/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; no other file includes it.
 *
 *     metrics_api.c   routes, who may read them
 *     targets.c       the processes of a data directory, and what they say of themselves
 *     data.c          the whole installation, sampled in the background
 *     data_postgres.c, data_redis.c, data_files.c   its parts
 */
#pragma once

#include "base/vec.h"
#include "metrics/metrics.h"

/* A value of a part of the installation. The family is one of that part's own list. */
typedef struct {
    const MetricFamily *family;
    Str label; /* of a family with one; of two: both, with a tab between */
    double value;
} DataValue;

typedef VEC(DataValue) DataValues;

typedef struct {
    Arena *arena; /* of the values */
    DataValues values;
    uint64_t known_ms; /* 0: never */
    uint64_t asked_ms; /* when a client last wanted them */
    double took_s;
    bool is_collecting;
} Data;

struct Metrics {
    MetricRegistry registry;
    const char *run_dir;
    const char *data_dir;
    Str process; /* the name of this one; empty: it has no socket */
    Data data;
};

/* A family of values that a part finds under a key of its own. */
typedef struct {
    const char *key;
    MetricFamily family;
} DataFamily;

/* A part of the installation: fails where it cannot be asked, and its values are absent then. */
typedef struct {
    const char *name;
    const DataFamily *families;
    size_t count;
    bool (*collect)(Task *task, const Services *services, Data *data);
} DataPart;

extern const DataPart data_postgres;
extern const DataPart data_redis;
extern const DataPart data_files;

/* Adds a value to those of a part. Unknown keys are left out: the server may be newer. */
void data_add(Data *data, const DataPart *part, Str key, Str label, double value);

/* Writes the last sample of the whole installation. Takes one where there is none of the last half
 * minute. */
bool data_write(Task *task, const Request *request, MetricFormat format, StrBuf *out) MUST_USE;

typedef struct {
    Str process;
    Str path;
    Str accept;
} TargetRequest;

/* Lists the processes of the data directory that have a socket. */
bool targets_list(Task *task, const Metrics *metrics, StrVec *out_names) MUST_USE;
/* Asks a process for a path, in the formats that the Accept header may say. The answer is in the
 * arena of the task. */
bool targets_fetch(Task *task, const Services *services, const TargetRequest *wanted,
                   Response *response) MUST_USE;
