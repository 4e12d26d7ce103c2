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

/* Returns whether the text looks like the whole configuration of a device that is in service. In a
 * part of one, nothing can be said to be missing. */
bool judge_is_whole(const Device *device);

void judge_references(Judge *judge);
void judge_filters(Judge *judge);
void judge_addresses(Judge *judge);
void judge_vlans(Judge *judge);
void judge_route_maps(Judge *judge);
void judge_routes(Judge *judge);
void judge_overlay(Judge *judge);
void judge_practices(Judge *judge);
