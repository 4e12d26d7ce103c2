/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_BUCKETS = 64, NAME_BYTES = 256 };

static const double same_time_s = 0.5;

static bool is_own_route(const ExpositionSample *sample)
{
    Str route = exposition_label(sample, "route");
    return str_starts_with(route, STR("/metrics")) || str_starts_with(route, STR("/health"));
}

static bool is_selected(const ExpositionSample *sample, const Select *select)
{
    return str_equal(sample->name, str_of(select->name)) &&
           (!select->label ||
            str_equal(exposition_label(sample, select->label), str_of(select->value))) &&
           !is_own_route(sample);
}

static bool is_wanted(const ProcessPages *pages, const Select *select)
{
    return !select->process || str_equal(str_of(pages->process), str_of(select->process));
}

static double sum_page(const Page *page, const Select *select)
{
    double sum = NAN;
    for (size_t i = 0; i < page->samples.count; i++) {
        if (is_selected(&page->samples.items[i], select))
            sum = (isnan(sum) ? 0 : sum) + page->samples.items[i].value;
    }
    return sum;
}

static double add(double sum, double value)
{
    return isnan(value) ? sum : (isnan(sum) ? 0 : sum) + value;
}

double history_sum(const History *history, const Select *select)
{
    double sum = NAN;
    for (size_t i = 0; i < history->count; i++) {
        if (is_wanted(&history->pages[i], select))
            sum = add(sum, sum_page(&history->pages[i].now, select));
    }
    return sum;
}

double history_max(const History *history, const Select *select)
{
    double highest = NAN;
    for (size_t i = 0; i < history->count; i++) {
        const Exposition *samples = &history->pages[i].now.samples;
        for (size_t k = 0; is_wanted(&history->pages[i], select) && k < samples->count; k++) {
            if (is_selected(&samples->items[k], select))
                highest = fmax(highest, samples->items[k].value);
        }
    }
    return highest;
}

static bool has_name(const Page *page, const char *name)
{
    for (size_t i = 0; i < page->samples.count; i++) {
        if (str_equal(page->samples.items[i].name, str_of(name)))
            return true;
    }
    return false;
}

/* A process that has begun since the last scrape has counted from 0. A series appears with its
 * first event: if the metric has others only, there was none. */
static double page_rate(const ProcessPages *pages, const Select *select)
{
    double now = sum_page(&pages->now, select);
    if (isnan(now) && has_name(&pages->now, select->name))
        now = 0;
    double before = sum_page(&pages->before, select);
    if (!pages->before.arena || isnan(now))
        return NAN;
    double grown = isnan(before) || now < before ? now : now - before;
    return grown / (pages->now.at_s - pages->before.at_s);
}

double history_rate(const History *history, const Select *select)
{
    double sum = NAN;
    for (size_t i = 0; i < history->count; i++) {
        if (is_wanted(&history->pages[i], select))
            sum = add(sum, page_rate(&history->pages[i], select));
    }
    return sum;
}

typedef struct {
    double bounds[MAX_BUCKETS]; /* ascending; the last is infinite */
    double counts[MAX_BUCKETS]; /* of observations up to the bound */
    size_t count;
} Buckets;

static void add_bucket(Buckets *buckets, double bound, double count)
{
    size_t place = 0;
    while (place < buckets->count && buckets->bounds[place] < bound)
        place++;
    if (place == buckets->count || buckets->bounds[place] > bound) {
        if (buckets->count == MAX_BUCKETS)
            return;
        for (size_t i = buckets->count++; i > place; i--) {
            buckets->bounds[i] = buckets->bounds[i - 1];
            buckets->counts[i] = buckets->counts[i - 1];
        }
        buckets->bounds[place] = bound;
        buckets->counts[place] = 0;
    }
    buckets->counts[place] += count;
}

static void add_buckets(Buckets *buckets, const Page *page, const Select *select, double sign)
{
    char bound[EXPOSITION_MAX_VALUE_BYTES + 1];
    for (size_t i = 0; i < page->samples.count; i++) {
        const ExpositionSample *sample = &page->samples.items[i];
        if (!is_selected(sample, select))
            continue;
        char *end;
        (void)str_copy_to(exposition_label(sample, "le"), bound, sizeof(bound));
        double value = strtod(bound, &end);
        if (end != bound && *end == '\0' && !isnan(value))
            add_bucket(buckets, value, sign * sample->value);
    }
}

/* Interpolates within the bucket. Above the last finite bound, that bound is all that is known. */
static double interpolate(const Buckets *buckets, double quantile)
{
    double total = buckets->count ? buckets->counts[buckets->count - 1] : 0;
    if (!(total > 0) || !isinf(buckets->bounds[buckets->count - 1]))
        return NAN;
    size_t place = 0;
    while (place < buckets->count - 1 && buckets->counts[place] < quantile * total)
        place++;
    if (place == buckets->count - 1)
        return place ? buckets->bounds[place - 1] : NAN;
    double low = place ? buckets->bounds[place - 1] : 0;
    double under = place ? buckets->counts[place - 1] : 0;
    double within = buckets->counts[place] - under;
    double part = within > 0 ? (quantile * total - under) / within : 1;
    return low + (buckets->bounds[place] - low) * part;
}

double history_quantile(const History *history, const Select *select, double quantile)
{
    char name[NAME_BYTES];
    Buckets buckets = {0};
    Select bucket = *select;
    snprintf(name, sizeof(name), "%s_bucket", select->name);
    bucket.name = name;
    for (size_t i = 0; i < history->count; i++) {
        const ProcessPages *pages = &history->pages[i];
        if (!is_wanted(pages, select))
            continue;
        add_buckets(&buckets, &pages->now, &bucket, 1);
        if (sum_page(&pages->before, &bucket) <= sum_page(&pages->now, &bucket))
            add_buckets(&buckets, &pages->before, &bucket, -1);
    }
    return interpolate(&buckets, quantile);
}

void history_begin(History *history)
{
    for (size_t i = 0; i < history->count; i++)
        history->pages[i].is_fresh = false;
}

static ProcessPages *find_pages(History *history, Str process)
{
    for (size_t i = 0; i < history->count; i++) {
        if (str_equal(str_of(history->pages[i].process), process))
            return &history->pages[i];
    }
    if (history->count == HISTORY_MAX_PROCESSES)
        return NULL;
    ProcessPages *pages = &history->pages[history->count];
    *pages = (ProcessPages){0};
    if (!str_copy_to(process, pages->process, sizeof(pages->process)))
        return NULL;
    history->count++;
    return pages;
}

bool history_add(History *history, Str process, Str text, double now_s, Error *error)
{
    static const Select age = {.name = "netguru_data_age_seconds"};
    Page page = {.arena = arena_new(), .at_s = now_s};
    ProcessPages *pages = NULL;
    if (exposition_parse(page.arena, text, &page.samples, error)) {
        pages = find_pages(history, process);
        if (!pages)
            error_set(error, ERR_VALIDATION, "there are too many processes, or a name is too long");
    }
    if (!pages) {
        arena_free(page.arena);
        return false;
    }
    double age_s = sum_page(&page, &age);
    page.at_s -= isnan(age_s) ? 0 : age_s;
    pages->is_fresh = true;
    if (pages->now.arena && page.at_s - pages->now.at_s < same_time_s) {
        arena_free(page.arena);
        return true;
    }
    arena_free(pages->before.arena);
    pages->before = pages->now;
    pages->now = page;
    return true;
}

static void free_pages(ProcessPages *pages)
{
    arena_free(pages->now.arena);
    arena_free(pages->before.arena);
}

void history_end(History *history)
{
    size_t kept = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (history->pages[i].is_fresh)
            history->pages[kept++] = history->pages[i];
        else
            free_pages(&history->pages[i]);
    }
    history->count = kept;
}

void history_done(History *history)
{
    for (size_t i = 0; i < history->count; i++)
        free_pages(&history->pages[i]);
    history->count = 0;
}
