/* SPDX-License-Identifier: Apache-2.0 */
/*
 * History: the last two scrapes of each process and of the installation ("data"), and what can be
 * computed from them. A value that is not known, because a sample is absent or there is one scrape
 * only, is NAN.
 *
 *     History history = {0};
 *     if (!history_add(&history, STR("serve-1"), text, now_s, &error)) …
 *     double rate = history_rate(&history, &(Select){"netguru_http_requests_total"});
 *
 * Rates are a second, between the two scrapes. A counter that has fallen was restarted at 0.
 */
#pragma once

#include "app/top/exposition.h"

typedef struct {
    Arena *arena; /* of the samples */
    Exposition samples;
    double at_s; /* when the values were true */
} Page;

typedef struct {
    char process[40];
    Page now;
    Page before;   /* without samples until there were two scrapes */
    bool is_fresh; /* seen since history_begin */
} ProcessPages;

enum { HISTORY_MAX_PROCESSES = 130 };

typedef struct {
    ProcessPages pages[HISTORY_MAX_PROCESSES];
    size_t count;
} History;

/* Samples by their name and, if label is set, by one label. Samples of the routes that show metrics
 * and health are left out: they would count this program itself. */
typedef struct {
    const char *name;
    const char *label;
    const char *value;
    const char *process; /* NULL: all */
} Select;

/* Starts a round; pages that are not added until history_end are dropped by it. */
void history_begin(History *history);
/* Adds a page. Values of "data" that are those of the last page, because the server keeps them for
 * a few seconds, are passed over. */
bool history_add(History *history, Str process, Str text, double now_s, Error *error) MUST_USE;
void history_end(History *history);
void history_done(History *history);

double history_sum(const History *history, const Select *select);
double history_max(const History *history, const Select *select);
double history_rate(const History *history, const Select *select);
/* Returns a quantile of a histogram's new observations, as histogram_quantile of Prometheus does:
 * the name is without "_bucket". */
double history_quantile(const History *history, const Select *select, double quantile);
