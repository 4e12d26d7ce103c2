/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/storage_plan.h"

#include "documents/document.h"

#define MEGABYTE ((uint64_t)1024 * 1024)
#define GIGABYTE (1024 * MEGABYTE)

/* The largest size of one file, and of all files of a user. */
typedef struct {
    const char *plan;
    uint64_t file_bytes;
    uint64_t total_bytes;
} StoragePlan;

static const StoragePlan storage_plans[] = {
    {"enterprise", 500 * MEGABYTE, 1000 * GIGABYTE},
    {"team", 100 * MEGABYTE, 100 * GIGABYTE},
    {"solo", 50 * MEGABYTE, 10 * GIGABYTE},
};

/* Returns the plan of that name. An unknown plan has the limits of the last one. */
static const StoragePlan *find_plan(Str name)
{
    size_t i = 0;
    while (i + 1 < COUNT_OF(storage_plans) && !str_equal(name, str_of(storage_plans[i].plan)))
        i++;
    return &storage_plans[i];
}

uint64_t storage_max_total_bytes(const Config *settings, Str plan_tier)
{
    int64_t fixed_gb = config_int(settings, "NETGURU_STORAGE_MAX_GB");
    return fixed_gb ? (uint64_t)fixed_gb * GIGABYTE : find_plan(plan_tier)->total_bytes;
}

uint64_t storage_max_file_bytes(const Config *settings, Str plan_tier)
{
    int64_t fixed_mb = config_int(settings, "NETGURU_UPLOAD_MAX_MB");
    return fixed_mb ? (uint64_t)fixed_mb * MEGABYTE : find_plan(plan_tier)->file_bytes;
}

uint64_t documents_max_upload_bytes(const Config *settings)
{
    uint64_t most = 0;
    for (size_t i = 0; i < COUNT_OF(storage_plans); i++)
        most = MAX_OF(most, storage_max_file_bytes(settings, str_of(storage_plans[i].plan)));
    return most;
}
