/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings of several files in the formats that other programs read: SARIF 2.1.0 (OASIS) for
 * code scanning, JUnit XML for build servers, CSV (RFC 4180) for spreadsheets. They are taken from
 * the array "findings" of an analysis, which has the same shape for every kind of file.
 */
#pragma once

#include "base/json.h"
#include "base/vec.h"

typedef struct {
    Str file, id, severity, title, fix;
    Str filter;    /* display filter of a capture, or empty */
    uint32_t line; /* 0: it belongs to no line */
} ReportedFinding;

typedef struct {
    StrVec files; /* all that were analysed */
    VEC(ReportedFinding) findings;
} FindingReport;

/* Adds the findings of one analysis. */
bool findings_add(Arena *arena, FindingReport *report, Str file, Str analysis,
                  Error *error) MUST_USE;

void findings_write_sarif(Arena *arena, const FindingReport *report, StrBuf *out);
void findings_write_junit(const FindingReport *report, StrBuf *out);
void findings_write_csv(const FindingReport *report, StrBuf *out);

/* Returns whether a finding is at least as severe as the name says: "error", "warning" or "note".
 */
bool findings_reach(const FindingReport *report, Str severity);
bool findings_is_severity(Str name);
