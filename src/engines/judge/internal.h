/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of judge/ share. Each check adds its findings in the order of lines. */
#pragma once

#include "base/map.h"
#include "engines/judge/judge.h"

typedef struct {
    Arena *arena;
    const Device *device;
    DeviceFindingVec findings;
} Judge;

/* Adds a finding with line and id set; the caller fills in the rest. Beyond JUDGE_MAX_FINDINGS it
 * is thrown away. */
DeviceFinding *judge_finding(Judge *judge, FindingSeverity severity, const char *id, uint32_t line);

void judge_references(Judge *judge);
void judge_filters(Judge *judge);
void judge_addresses(Judge *judge);
void judge_vlans(Judge *judge);
void judge_route_maps(Judge *judge);
void judge_routes(Judge *judge);
void judge_practices(Judge *judge);
