/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/editor.h"

#include "app/chat/history_file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define PASTE_BEGIN "\\e[200~"

struct Editor {
    Arena *arena;
    EditLine *edit; /* NULL: not on a terminal */
    History *history;
    FILE *out;        /* stdout lets no escape sequence through */
    Str history_path; /* empty: no history is kept */
    char piped[4096];
    size_t piped_size;
    size_t piped_at;
};

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t resized;
static volatile sig_atomic_t continued;

static void on_signal(int number)
{
    if (number == SIGINT)
        interrupted = 1;
    else if (number == SIGWINCH)
        resized = 1;
    else
        continued = 1;
}

static const int signals[] = {SIGINT, SIGWINCH, SIGCONT};

/* Sets handlers without SA_RESTART, so that a signal ends the read. */
static void catch_signals(struct sigaction former[COUNT_OF(signals)])
{
    struct sigaction action = {.sa_handler = on_signal};
    interrupted = resized = continued = 0;
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &action, &former[i]);
}

static void restore_signals(const struct sigaction former[COUNT_OF(signals)])
{
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &former[i], NULL);
}

/* After a pause (Ctrl-Z) or a change of the window's size. */
static void repair(EditLine *edit)
{
    if (continued)
        el_set(edit, EL_PREP_TERM, 1);
    if (resized)
        el_resize(edit);
    if (continued || resized)
        el_set(edit, EL_REFRESH);
    continued = resized = 0;
}

/* Returns 1 with the byte, 0 at the end of the file, and -1 after an interrupt. */
static int read_byte(EditLine *edit, char *out_byte)
{
    for (;;) {
        repair(edit);
        if (interrupted)
            return -1;
        ssize_t got = read(STDIN_FILENO, out_byte, 1);
        if (got >= 0)
            return (int)got;
        if (errno != EINTR)
            return -1;
    }
}

/* Reads a character for libedit. Bytes that are not UTF-8 become U+FFFD. */
static int read_character(EditLine *edit, wchar_t *out_character)
{
    size_t size = 0;
    char bytes[UTF8_MAX_BYTES];
    uint32_t character = UTF8_REPLACEMENT;
    Utf8Stream stream = {0};
    do {
        int got = read_byte(edit, &bytes[size]);
        if (got <= 0)
            return got;
        if (!utf8_stream_add(&stream, str_make(&bytes[size++], 1)))
            break;
    } while (!utf8_stream_is_complete(&stream) && size < UTF8_MAX_BYTES);
    if (utf8_read(str_make(bytes, size), &character) != size)
        character = UTF8_REPLACEMENT;
    *out_character = (wchar_t)character;
    return 1;
}

/* Inserts what is pasted, up to ESC [201~, without running the commands that keys have. */
static unsigned char insert_paste(EditLine *edit, wint_t key)
{
    static const wchar_t end[] = L"\033[201~";
    size_t matched = 0;
    size_t inserted = 0;
    wchar_t text[2] = {0};
    (void)key;
    while (el_wgetc(edit, &text[0]) == 1) {
        matched = text[0] == end[matched] ? matched + 1 : text[0] == end[0];
        if (matched == COUNT_OF(end) - 1)
            return CC_REFRESH;
        text[0] = text[0] == L'\r' ? L'\n' : text[0] == L'\t' ? L' ' : text[0];
        bool is_text = text[0] == L'\n' || (text[0] >= 0x20 && text[0] != 0x7f);
        if (matched == 0 && is_text && inserted++ < EDITOR_LINE_MAX_BYTES &&
            el_winsertstr(edit, text) != 0)
            return CC_ERROR;
    }
    return CC_EOF;
}

static char *prompt(EditLine *edit)
{
    static char text[] = "> ";
    (void)edit;
    return text;
}

/* Keys are read and shown as UTF-8, also where no locale is set. */
static void set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void load_history(Editor *editor)
{
    HistEvent event;
    StrVec lines = {0};
    Error ignored = {0};
    editor->history = history_init();
    history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    el_set(editor->edit, EL_HIST, history, editor->history);
    if (!history_file_find(editor->arena, &editor->history_path, &ignored))
        return;
    auto_arena Arena *arena = arena_new();
    if (!history_file_load(arena, editor->history_path, &lines))
        editor->history_path = STR("");
    for (size_t i = 0; i < lines.count; i++)
        history(editor->history, &event, H_ENTER, arena_cstring(arena, lines.items[i]));
}

static void open_terminal(Editor *editor)
{
    set_locale();
    editor->out = fdopen(dup(STDOUT_FILENO), "w");
    check(editor->out);
    editor->edit = el_init("netguru", stdin, editor->out, editor->out);
    if (!editor->edit) {
        fclose(editor->out);
        return;
    }
    el_set(editor->edit, EL_PROMPT, prompt);
    el_set(editor->edit, EL_EDITOR, "emacs");
    el_set(editor->edit, EL_GETCFN, read_character);
    load_history(editor);
    el_set(editor->edit, EL_ADDFN, "netguru-paste", "Insert pasted text", insert_paste);
    el_set(editor->edit, EL_BIND, PASTE_BEGIN, "netguru-paste", NULL);
    el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(editor->edit, NULL);
}

Editor *editor_new(void)
{
    Editor *editor = MEM_NEW(Editor);
    const char *terminal = getenv("TERM");
    editor->arena = arena_new();
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0)
        open_terminal(editor);
    return editor;
}

void editor_free(Editor *editor)
{
    if (!editor)
        return;
    if (editor->edit) {
        el_end(editor->edit);
        history_end(editor->history);
        fclose(editor->out);
    }
    arena_free(editor->arena);
    mem_free(editor);
}

bool editor_is_terminal(const Editor *editor)
{
    return editor->edit != NULL;
}

static void remember(Editor *editor, Arena *arena, Str line)
{
    HistEvent event;
    history(editor->history, &event, H_ENTER, arena_cstring(arena, line));
    if (!str_empty(editor->history_path) && !history_file_add(editor->history_path, line))
        editor->history_path = STR(""); /* the disk is full, say: chatting goes on without */
}

static EditorResult read_edited(Editor *editor, Arena *arena, Str *out_line)
{
    int count = 0;
    struct sigaction former[COUNT_OF(signals)];
    catch_signals(former);
    /* libedit shows the prompt first: what is typed before its mode is set would be shown twice,
     * and Ctrl-D would be lost. */
    el_set(editor->edit, EL_PREP_TERM, 1);
    fputs(PASTE_ON, editor->out);
    fflush(editor->out);
    const char *line = el_gets(editor->edit, &count);
    fputs(line ? PASTE_OFF : PASTE_OFF "\r\n", editor->out);
    fflush(editor->out);
    restore_signals(former);
    if (!line || count <= 0) {
        el_reset(editor->edit);
        return interrupted ? EDITOR_INTERRUPTED : EDITOR_END;
    }
    Str text = str_trim(str_make(line, (size_t)count));
    if (text.size > EDITOR_LINE_MAX_BYTES)
        return EDITOR_TOO_LONG;
    *out_line = arena_copy(arena, text);
    if (!str_empty(text))
        remember(editor, arena, *out_line);
    return EDITOR_LINE;
}

/* Returns the next byte of standard input; -1 at its end. */
static int next_byte(Editor *editor)
{
    while (editor->piped_at == editor->piped_size) {
        ssize_t got = read(STDIN_FILENO, editor->piped, sizeof(editor->piped));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        editor->piped_size = (size_t)got;
        editor->piped_at = 0;
    }
    return (unsigned char)editor->piped[editor->piped_at++];
}

static EditorResult read_piped(Editor *editor, Arena *arena, Str *out_line)
{
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, EDITOR_LINE_MAX_BYTES);
    int byte = next_byte(editor);
    if (byte < 0)
        return EDITOR_END;
    for (; byte >= 0 && byte != '\n'; byte = next_byte(editor))
        strbuf_append_byte(&line, (char)byte);
    if (line.overflowed)
        return EDITOR_TOO_LONG;
    *out_line = arena_copy(arena, str_trim(strbuf_str(&line)));
    return EDITOR_LINE;
}

EditorResult editor_read(Editor *editor, Arena *arena, Str *out_line)
{
    return editor->edit ? read_edited(editor, arena, out_line)
                        : read_piped(editor, arena, out_line);
}
