/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded output of show and display commands: a session with prompts ("core1#show ip route"), or
 * the output of the one command that the name of the file says ("show_ip_route.txt"). Each output
 * that a template knows becomes a table. The platform is the one whose templates read the outputs
 * best.
 *
 *     ShowReport report;
 *     show_read(arena, STR("core1.txt"), text, &report);
 *     show_write_text(&report, false, &out);
 */
#pragma once

#include "base/json.h"
#include "engines/show/textfsm.h"

enum {
    SHOW_MAX_OUTPUTS = 1000,
    SHOW_JSON_MAX_BYTES = 6 * 1024 * 1024, /* of all tables, about: further rows are left out */
};

typedef struct {
    Str command;
    uint32_t line;       /* of the command, from 1; of the output's first line if there is none */
    uint32_t first_line; /* of the output */
    Str text;
    Str platform; /* "cisco_ios"; empty: no template knows the output */
    Str template; /* its name */
    TextFsmTable table;
    Str problem; /* why there is no table, or not all of it; empty: it is whole */
} ShowOutput;

typedef enum { SHOW_ERROR, SHOW_WARNING, SHOW_NOTE } ShowSeverity;

typedef struct {
    const char *id; /* stable: "ospf_neighbor_not_full" */
    ShowSeverity severity;
    Str title;
    const char *detail;
    uint32_t line;
} ShowFinding;

typedef struct {
    Str hostname; /* of the first prompt, or empty */
    VEC(ShowOutput) outputs;
    VEC(ShowFinding) findings; /* the severest first */
    bool is_cut;               /* at SHOW_MAX_OUTPUTS */
} ShowReport;

/* Reads UTF-8. What is found lies in the text, which outlives the report. */
void show_read(Arena *arena, Str name, Str text, ShowReport *out_report);
/* Writes the members "findings", "hostname", "is_cut" and "outputs" of an object. */
void show_write_json(const ShowReport *report, JsonWriter *json);
/* Writes the findings and the tables for people, with at most 40 rows each, or all. */
void show_write_text(const ShowReport *report, bool is_whole, StrBuf *out);
