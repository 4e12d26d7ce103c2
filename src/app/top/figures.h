/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of netguru top: those of the overview of the dashboards, as sections of lines for the
 * screen, and as JSON. A value that is not known is "-" on the screen and null in JSON.
 *
 *     Sections sections = {0};
 *     figures_build(&history, arena, &sections);
 */
#pragma once

#include "app/top/history.h"
#include "base/json.h"

typedef struct {
    Str title;
    Str value;
    bool is_minor; /* is left out where there is no room */
} Line;

typedef struct {
    const char *name;
    VEC(Line) lines;
} Section;

typedef VEC(Section) Sections;

void figures_build(const History *history, Arena *arena, Sections *out_sections);
void figures_write(const History *history, JsonWriter *json);
/* Lists the alerts of deploy/prometheus/rules.yml whose condition is true now. The alerts of
 * Prometheus wait until it has been true for some time. */
void conditions_find(const History *history, Arena *arena, StrVec *out_alerts);
