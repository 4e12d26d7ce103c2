/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "engines/log/syslog.h"
#include "engines/text/chunker.h"

#include <stdlib.h>

/* Lines further apart than GAP_S seconds are about different events. */
enum { GAP_S = 600, MAX_HOSTS = 3, MAX_MNEMONICS = 8, SHOWN_MNEMONICS = 3 };

typedef struct {
    Str name;
    uint32_t count;
} Tally;

/* What the lines of a window have in common. It becomes their section. */
typedef struct {
    uint32_t first;
    bool empty;
    bool has_time;
    int64_t last_time_s;
    Str first_timestamp;
    Str last_timestamp;
    Str hosts[MAX_HOSTS];
    size_t host_count;
    Tally mnemonics[MAX_MNEMONICS];
    size_t mnemonic_count;
    int worst_severity;
} Window;

static void window_start(Window *window, uint32_t first)
{
    *window = (Window){.first = first, .empty = true, .worst_severity = -1};
}

static void note_host(Window *window, Str host)
{
    for (size_t i = 0; i < window->host_count; i++)
        if (str_equal(window->hosts[i], host))
            return;
    if (!str_empty(host) && window->host_count < MAX_HOSTS)
        window->hosts[window->host_count++] = host;
}

static void note_mnemonic(Window *window, Str name)
{
    for (size_t i = 0; i < window->mnemonic_count; i++) {
        if (str_equal(window->mnemonics[i].name, name)) {
            window->mnemonics[i].count++;
            return;
        }
    }
    if (!str_empty(name) && window->mnemonic_count < MAX_MNEMONICS)
        window->mnemonics[window->mnemonic_count++] = (Tally){name, 1};
}

static void window_note(Window *window, const SyslogLine *line)
{
    note_host(window, line->host);
    note_mnemonic(window, line->mnemonic);
    if (line->severity >= 0 &&
        (window->worst_severity < 0 || line->severity < window->worst_severity))
        window->worst_severity = line->severity;
    if (str_empty(line->timestamp))
        return;
    if (str_empty(window->first_timestamp))
        window->first_timestamp = line->timestamp;
    window->last_timestamp = line->timestamp;
    if (line->has_time) {
        window->has_time = true;
        window->last_time_s = line->time_s;
    }
}

static void write_mnemonics(StrBuf *out, Window *window)
{
    for (size_t shown = 0; shown < SHOWN_MNEMONICS; shown++) {
        Tally *most = NULL;
        for (size_t i = 0; i < window->mnemonic_count; i++)
            if (window->mnemonics[i].count && (!most || window->mnemonics[i].count > most->count))
                most = &window->mnemonics[i];
        if (!most)
            return;
        strbuf_printf(out, " %.*s", (int)MIN_OF(most->name.size, (size_t)48), most->name.data);
        if (most->count > 1)
            strbuf_printf(out, " x%u", most->count);
        most->count = 0;
    }
}

/* Returns a section such as "core1 error OSPF-5-ADJCHG x4 LINK-3-UPDOWN Feb 12 08:30:00 - Feb 12
 * 08:31:10". */
static Str window_section(Arena *arena, Window *window)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 512);
    for (size_t i = 0; i < window->host_count; i++)
        strbuf_printf(&out, "%s%.*s", i ? " " : "", (int)MIN_OF(window->hosts[i].size, (size_t)64),
                      window->hosts[i].data);
    if (window->worst_severity >= 0)
        strbuf_printf(&out, " %s", syslog_severity_name(window->worst_severity));
    write_mnemonics(&out, window);
    strbuf_printf(&out, " %.*s", STR_ARGS(window->first_timestamp));
    if (!str_equal(window->first_timestamp, window->last_timestamp))
        strbuf_printf(&out, " - %.*s", STR_ARGS(window->last_timestamp));
    return arena_copy(arena, str_trim(strbuf_str(&out)));
}

static void window_end(Chunker *chunker, Window *window, uint32_t last)
{
    chunker_emit(chunker, (LineRange){.first = window->first,
                                      .last = last,
                                      .section = window_section(chunker->arena, window)});
}

static bool ends_window(const Chunker *chunker, const Window *window, uint32_t line,
                        const SyslogLine *parsed)
{
    if (window->empty)
        return false;
    if (!chunker_fits(chunker, window->first, line, chunker->options->target_tokens))
        return true;
    bool gap = parsed->has_time && window->has_time &&
               llabs((long long)(parsed->time_s - window->last_time_s)) > GAP_S;
    return gap && chunker_tokens(chunker, window->first, line - 1) >= PACKER_SMALL_TOKENS;
}

void chunk_log(Chunker *chunker)
{
    Window window;
    window_start(&window, 0);
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        SyslogLine line = {.severity = -1};
        if (!syslog_parse(chunker_line(chunker, i), &line))
            line = (SyslogLine){.severity = -1};
        if (ends_window(chunker, &window, i, &line)) {
            window_end(chunker, &window, i - 1);
            window_start(&window, i);
        }
        window_note(&window, &line);
        window.empty = false;
    }
    window_end(chunker, &window, chunker->line_count - 1);
}
