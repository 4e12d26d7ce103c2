/* SPDX-License-Identifier: Apache-2.0 */
#include "app/up/progress.h"

#include "base/time.h"

#include <stdio.h>
#include <unistd.h>

enum { LINE_COLUMNS = 78, SHOWN_FROM_MS = 100 };

Progress progress_start(unsigned steps)
{
    return (Progress){.steps = steps, .on_terminal = isatty(STDERR_FILENO)};
}

/* Blanks cover what is left of a longer line, which a forked step may have written. */
static void rewrite(const Progress *progress, const char *tail)
{
    int used =
        fprintf(stderr, "\r[%u/%u] %s%s", progress->step, progress->steps, progress->what, tail);
    fprintf(stderr, "%*s", MAX_OF(LINE_COLUMNS + 1 - used, 0), "");
}

void progress_begin(Progress *progress, const char *what)
{
    progress_end(progress);
    progress->step++;
    progress->is_open = true;
    progress->started_ms = time_monotonic_ms();
    snprintf(progress->what, sizeof(progress->what), "%s", what);
    if (progress->on_terminal) {
        rewrite(progress, " …");
        return;
    }
    printf("[%u/%u] %s\n", progress->step, progress->steps, progress->what);
    fflush(stdout);
}

void progress_note(Progress *progress, const char *what)
{
    char tail[100];
    if (!progress->is_open || !progress->on_terminal)
        return;
    snprintf(tail, sizeof(tail), " … %s", what);
    rewrite(progress, tail);
}

void progress_count(Progress *progress, size_t done, size_t total)
{
    char what[60];
    snprintf(what, sizeof(what), "%zu of %zu", done, total);
    progress_note(progress, what);
}

void progress_end(Progress *progress)
{
    char tail[60] = "";
    uint64_t taken_ms = time_monotonic_ms() - progress->started_ms;
    if (!progress->is_open)
        return;
    progress->is_open = false;
    if (!progress->on_terminal)
        return;
    if (taken_ms >= SHOWN_FROM_MS)
        snprintf(tail, sizeof(tail), " (%.1f s)", (double)taken_ms / 1000.0);
    rewrite(progress, tail);
    fprintf(stderr, "\n");
}

void progress_break(Progress *progress)
{
    if (progress->is_open && progress->on_terminal)
        fprintf(stderr, "\n");
    progress->is_open = false;
}
