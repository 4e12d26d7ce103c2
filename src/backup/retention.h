/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention: which backups stay. Pure: dates in, decisions out; no clock and no store.
 *
 *     RetentionItem items[] = {{.created_s = 1770000000}, …};
 *     retention_decide(items, COUNT_OF(items), &retention_default, now_s);
 *     if (!items[0].keep) …
 *
 * The newest backup of each of the last 7 days, 4 weeks (from Monday) and 12 months that have one
 * stays, all in UTC. Days without a backup do not count, so a pause deletes nothing. A backup that
 * failed its proof fills no place; it stays until a later good one exists, and a week longer.
 * These always stay: the newest good backup, one that is being written, and one that is dated in
 * the future (the clock was set back, so its age is unknown).
 */
#pragma once

#include "base/str.h"

typedef struct {
    int64_t created_s;     /* seconds since 1970 */
    bool is_damaged;       /* its last proof failed */
    bool is_being_written; /* not complete yet */
    bool keep;             /* the decision */
} RetentionItem;

typedef struct {
    unsigned days;
    unsigned weeks;
    unsigned months;
} RetentionRule;

extern const RetentionRule retention_default;

/* Decides about each item, in any order; items may have the same date. */
void retention_decide(RetentionItem *items, size_t count, const RetentionRule *rule, int64_t now_s);
