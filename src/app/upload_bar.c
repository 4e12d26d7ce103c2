/* SPDX-License-Identifier: Apache-2.0 */
#include "app/upload_bar.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, DEFAULT_COLUMNS = 80, MOST_COLUMNS = 512, MAX_SHOWN_S = 359999 };

#define MEGABYTE 1e6
#define NEWEST_SHARE 0.1 /* of the last interval in the rate that is shown */

static size_t terminal_columns(void)
{
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_COLUMNS;
    return MIN_OF((size_t)size.ws_col, (size_t)MOST_COLUMNS);
}

static uint64_t sent_bytes(const UploadBar *bar)
{
    uint64_t sent = bar->done_bytes;
    for (size_t i = 0; i < UPLOAD_BAR_CURRENT; i++)
        sent += bar->current[i].path ? bar->current[i].sent_bytes : 0;
    return MIN_OF(sent, bar->size_bytes);
}

/* A file that is sent again counts from its beginning, so the bytes may become fewer. */
static void measure(UploadBar *bar, uint64_t now_ms, uint64_t sent)
{
    uint64_t elapsed_ms = now_ms - bar->measured_ms;
    if (bar->measured_ms && elapsed_ms) {
        uint64_t more = sent - MIN_OF(sent, bar->measured_bytes);
        double rate = (double)more * 1000 / (double)elapsed_ms;
        double share = bar->bytes_per_s > 0 ? NEWEST_SHARE : 1;
        bar->bytes_per_s += share * (rate - bar->bytes_per_s);
    }
    bar->measured_ms = now_ms;
    bar->measured_bytes = sent;
}

static void append_time_left(StrBuf *line, const UploadBar *bar, uint64_t sent)
{
    if (bar->bytes_per_s < 1 || sent >= bar->size_bytes)
        return;
    double left = (double)(bar->size_bytes - sent) / bar->bytes_per_s;
    unsigned seconds = left < MAX_SHOWN_S ? (unsigned)left + 1 : MAX_SHOWN_S;
    if (seconds >= 3600)
        strbuf_printf(line, "  %u:%02u:%02u left", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        strbuf_printf(line, "  %u:%02u left", seconds / 60, seconds % 60);
}

static void append_names(StrBuf *line, const UploadBar *bar)
{
    strbuf_append_byte(line, ' ');
    for (size_t i = 0; i < UPLOAD_BAR_CURRENT; i++) {
        const char *path = bar->current[i].path;
        const char *slash = path ? strrchr(path, '/') : NULL;
        if (path)
            strbuf_printf(line, " %s", slash ? slash + 1 : path);
    }
}

static void write_line(StrBuf *line, const UploadBar *bar, uint64_t now_ms)
{
    uint64_t sent = sent_bytes(bar);
    strbuf_printf(line, "%u/%u files  %.1f/%.1f MB", bar->files_done, bar->files,
                  (double)sent / MEGABYTE, (double)bar->size_bytes / MEGABYTE);
    if (bar->bytes_per_s > 0)
        strbuf_printf(line, "  %.1f MB/s", bar->bytes_per_s / MEGABYTE);
    append_time_left(line, bar, sent);
    if (bar->waits)
        strbuf_printf(line, "  %u/%u analysed", bar->analysed, bar->files);
    if (bar->paused_until_ms > now_ms)
        strbuf_printf(line, "  waiting %llu s for the server",
                      (unsigned long long)(bar->paused_until_ms - now_ms + 999) / 1000);
    append_names(line, bar);
}

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

/* The bytes of at most that many characters; each is taken to be one column wide. Control
 * characters, a newline above all, would break the one line that can be cleared. */
static Str fit(StrBuf *line, size_t columns, size_t *out_columns)
{
    size_t used = 0;
    size_t end = 0;
    for (; end < line->size; end++) {
        if (starts_character(line->data[end]) && used++ == columns)
            break;
        if ((unsigned char)line->data[end] < 0x20)
            line->data[end] = '.';
    }
    *out_columns = MIN_OF(used, columns);
    return str_slice(strbuf_str(line), 0, end);
}

/* With spaces, since the guard of the terminal lets no escape sequence through. */
static void append_blanks(StrBuf *line, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        strbuf_append_byte(line, ' ');
}

void upload_bar_draw(UploadBar *bar, uint64_t now_ms)
{
    size_t columns = 0;
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf line = {0};
    if (!bar->is_shown)
        return;
    measure(bar, now_ms, sent_bytes(bar));
    strbuf_init(&text, LINE_MAX_BYTES);
    strbuf_init(&line, 2 * LINE_MAX_BYTES);
    write_line(&text, bar, now_ms);
    Str shown = fit(&text, terminal_columns() - 1, &columns);
    strbuf_printf(&line, "\r%.*s", STR_ARGS(shown));
    append_blanks(&line, bar->drawn_columns - MIN_OF(columns, bar->drawn_columns));
    strbuf_append_byte(&line, '\r');
    bar->drawn_columns = columns;
    (void)fwrite(line.data, 1, line.size, stderr);
}

void upload_bar_clear(UploadBar *bar)
{
    auto_strbuf StrBuf line = {0};
    if (bar->drawn_columns == 0)
        return;
    strbuf_init(&line, LINE_MAX_BYTES);
    strbuf_append_byte(&line, '\r');
    append_blanks(&line, bar->drawn_columns);
    strbuf_append_byte(&line, '\r');
    bar->drawn_columns = 0;
    (void)fwrite(line.data, 1, line.size, stderr);
}
