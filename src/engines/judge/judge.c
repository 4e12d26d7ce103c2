/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/judge/judge.h"

#include "engines/judge/internal.h"

#include <stdlib.h>

DeviceFinding *judge_finding(Judge *judge, FindingSeverity severity, const char *id, uint32_t line)
{
    DeviceFinding *finding = judge->findings.count < JUDGE_MAX_FINDINGS
                                 ? VEC_PUSH(judge->arena, &judge->findings)
                                 : ARENA_NEW(judge->arena, DeviceFinding);
    *finding = (DeviceFinding){.severity = severity, .id = id, .line = line};
    return finding;
}

static int compare(const void *a, const void *b)
{
    const DeviceFinding *one = a, *other = b;
    if (one->severity != other->severity)
        return one->severity < other->severity ? -1 : 1;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    int by_id = str_compare(str_of(one->id), str_of(other->id));
    return by_id ? by_id : str_compare(one->title, other->title);
}

void judge_device(Arena *arena, Device *device)
{
    Judge judge = {.arena = arena, .device = device};
    if (!device->vendor.system->parsed)
        return;
    judge_references(&judge);
    judge_filters(&judge);
    judge_addresses(&judge);
    judge_vlans(&judge);
    judge_overlay(&judge);
    judge_route_maps(&judge);
    judge_routes(&judge);
    judge_practices(&judge);
    if (judge.findings.count)
        qsort(judge.findings.items, judge.findings.count, sizeof(DeviceFinding), compare);
    device->findings = judge.findings;
}
