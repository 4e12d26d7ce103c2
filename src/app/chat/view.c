/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/view.h"

#include "app/remote.h"
#include "app/terminal.h"

#include <stdio.h>
#include <unistd.h>

enum {
    OUT_MAX_BYTES = 4 * 1024 * 1024,
    NOTE_MAX_BYTES = 8192,
    TITLE_MAX_BYTES = 1024,
    QUOTE_COLUMNS = 60,
    TEXT_COLUMNS = 120, /* longer lines are hard to read */
};

void view_init(View *view, bool as_json)
{
    *view = (View){.arena = arena_new(), .as_json = as_json};
    view->is_terminal = !as_json && isatty(STDOUT_FILENO) != 0;
    view->has_colours = view->is_terminal && terminal_has_colours();
    strbuf_init(&view->out, OUT_MAX_BYTES);
    strbuf_init(&view->title, TITLE_MAX_BYTES);
}

void view_done(View *view)
{
    markdown_free(view->markdown);
    strbuf_done(&view->out);
    strbuf_done(&view->title);
    arena_free(view->arena);
}

/* Writes past stdio, which lets no escape sequence through to a terminal: what is in the buffer
 * has been made harmless. */
static void flush_out(View *view)
{
    Str rest = strbuf_str(&view->out);
    if (!str_empty(rest))
        view->in_line = rest.data[rest.size - 1] != '\n';
    terminal_write(rest);
    strbuf_clear(&view->out);
}

static FlowOptions flow_options(const View *view)
{
    return (FlowOptions){.columns = MIN_OF(terminal_columns(), (uint32_t)TEXT_COLUMNS),
                         .has_colours = view->has_colours};
}

static void write_text(View *view, Str text)
{
    if (!view->is_terminal) {
        strbuf_append(&view->out, text);
    } else {
        FlowOptions options = flow_options(view);
        if (!view->markdown)
            view->markdown = markdown_new(&options);
        markdown_write(view->markdown, text, &view->out);
    }
    flush_out(view);
}

static void end_text(View *view)
{
    if (view->markdown)
        markdown_end(view->markdown, &view->out);
    markdown_free(view->markdown);
    view->markdown = NULL;
    flush_out(view);
}

void view_break(View *view)
{
    end_text(view);
    if (view->in_line && !view->as_json)
        strbuf_append_byte(&view->out, '\n');
    flush_out(view);
}

void view_note(View *view, const char *format, ...)
{
    va_list args;
    Flow flow;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, NOTE_MAX_BYTES);
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    view_break(view);
    if (!view->is_terminal) {
        fprintf(stderr, "%.*s\n", STR_ARGS(strbuf_str(&text)));
        return;
    }
    FlowOptions options = flow_options(view);
    flow_init(&flow, &options, &view->out);
    flow_put(&flow, STYLE_DIM, strbuf_str(&text));
    flow_newline(&flow);
    flow_done(&flow);
    flush_out(view);
}

void view_begin_answer(View *view, Str message_id)
{
    arena_free(view->arena);
    view->arena = arena_new();
    view->message_id = arena_copy(view->arena, message_id);
    view->citations = NULL;
}

/* Text is written with its place, so that a program that reads the lines sees that none is
 * missing. */
static void print_chunk(const View *view, uint64_t offset, Str text)
{
    JsonWriter json;
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, OUT_MAX_BYTES);
    json_start(&json, &line);
    json_begin_object(&json);
    json_field_text(&json, "type", "message_chunk");
    json_field_str(&json, "message_id", view->message_id);
    json_field_u64(&json, "offset", offset);
    json_field_str(&json, "content", text);
    json_end(&json);
    strbuf_append_byte(&line, '\n');
    (void)command_print(strbuf_str(&line));
}

static void on_text(void *context, uint64_t offset, Str text)
{
    View *view = context;
    if (view->as_json)
        print_chunk(view, offset, text);
    else
        write_text(view, text);
}

static void keep_title(View *view, Str title)
{
    strbuf_clear(&view->title);
    strbuf_append(&view->title, str_slice(title, 0, TITLE_MAX_BYTES));
}

void view_title(View *view, Str title)
{
    bool is_known = str_equal(strbuf_str(&view->title), title);
    keep_title(view, title);
    if (view->is_terminal && !is_known && !str_empty(title))
        view_note(view, "“%.*s”", STR_ARGS(title));
}

/* The first title is the question itself, which the user has just written. */
static void take_title(View *view, const JsonValue *event, bool is_new)
{
    Str title = json_str_or(event, "title", STR(""));
    if (is_new || view->title.size > 0)
        view_title(view, title);
    else
        keep_title(view, title);
}

static void show_event(View *view, const JsonValue *event)
{
    Str type = json_str_or(event, "type", STR(""));
    Str name = json_str_or(event, "name", json_str_or(event, "tool", STR("")));
    Str message = json_str_or(event, "message", STR(""));
    if (str_equal(type, STR("title")) || str_equal(type, STR("turn_started")))
        take_title(view, event, str_equal(type, STR("title")));
    else if (str_equal(type, STR("tool_started")) && view->is_terminal)
        view_note(view, "· %.*s", STR_ARGS(name));
    else if (str_equal(type, STR("notice")) && !str_empty(message))
        view_note(view, "· %.*s", STR_ARGS(message));
}

static void on_event(void *context, const JsonValue *event, Str json)
{
    View *view = context;
    if (view->as_json) {
        (void)(command_print(json) && command_print(STR("\n")));
        return;
    }
    show_event(view, event);
}

static void on_lost(void *context, const Error *why)
{
    View *view = context;
    view_break(view);
    fprintf(stderr, "netguru: the connection was lost and is tried again: %s\n", why->message);
}

AnswerSink view_sink(View *view)
{
    return (AnswerSink){.text = on_text, .event = on_event, .lost = on_lost, .context = view};
}

/* Writes "core1.cfg:12-15" or "manual.pdf page 3". */
static void write_place(StrBuf *out, const JsonValue *citation)
{
    int64_t first = json_i64_or(citation, "line_start", 0);
    int64_t last = json_i64_or(citation, "line_end", first);
    int64_t page = json_i64_or(citation, "page", 0);
    strbuf_append(out, json_str_or(citation, "document", STR("?")));
    if (page > 0)
        strbuf_printf(out, " page %lld", (long long)page);
    else if (first > 0 && last > first)
        strbuf_printf(out, ":%lld-%lld", (long long)first, (long long)last);
    else if (first > 0)
        strbuf_printf(out, ":%lld", (long long)first);
}

void view_place(View *view, const JsonValue *citation)
{
    auto_strbuf StrBuf place = {0};
    strbuf_init(&place, NOTE_MAX_BYTES);
    write_place(&place, citation);
    view_note(view, "[%lld] %.*s", (long long)json_i64_or(citation, "n", 0),
              STR_ARGS(strbuf_str(&place)));
}

static void show_sources(View *view)
{
    const JsonValue *citations = view->citations;
    for (size_t i = 0; citations && i < citations->count; i++)
        view_place(view, &citations->items[i]);
}

/* Keeps the citations of a message beyond the life of its JSON. */
static void keep_citations(View *view, const JsonValue *message)
{
    Str text;
    Error ignored = {0};
    const JsonValue *citations = json_get(json_get(message, "metadata"), "citations");
    bool has_some = citations && citations->type == JSON_IS_ARRAY && citations->count > 0;
    if (has_some && json_value_text(view->arena, citations, OUT_MAX_BYTES, &text))
        view->citations = json_parse(view->arena, text, &ignored);
}

static void show_end(View *view, const JsonValue *message)
{
    Str state = json_str_or(message, "state", STR("complete"));
    Str reason = json_str_or(message, "reason", STR(""));
    show_sources(view);
    if (str_equal(state, STR("complete")))
        return;
    view_note(view, "(%.*s%s%.*s)", STR_ARGS(state), str_empty(reason) ? "" : ": ",
              STR_ARGS(reason));
}

void view_end_answer(View *view, const JsonValue *message)
{
    view_break(view);
    keep_citations(view, message);
    if (!view->as_json)
        show_end(view, message);
}

void view_message(View *view, const JsonValue *message)
{
    Str line;
    Str content = json_str_or(message, "content", STR(""));
    if (view->as_json) {
        (void)remote_print_json(message);
        return;
    }
    if (str_equal(json_str_or(message, "role", STR("")), STR("user"))) {
        while (str_next_line(&content, &line))
            view_note(view, "> %.*s", STR_ARGS(line));
        return;
    }
    view_begin_answer(view, json_str_or(message, "id", STR("")));
    write_text(view, content);
    view_end_answer(view, message);
}

void view_markdown(View *view, Str text)
{
    write_text(view, text);
    view_break(view);
}

const JsonValue *view_find_citation(const View *view, int64_t number)
{
    const JsonValue *citations = view->citations;
    for (size_t i = 0; citations && i < citations->count; i++)
        if (json_i64_or(&citations->items[i], "n", 0) == number)
            return &citations->items[i];
    return NULL;
}
