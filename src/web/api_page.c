/* SPDX-License-Identifier: Apache-2.0 */
#include "web/api_page.h"

#include "base/json.h"
#include "base/strbuf.h"

enum { PAGE_MAX_BYTES = 4 * 1024 * 1024, MAX_DEPTH = 16 };

#define HEAD                                                                                       \
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"                                    \
    "<meta name=\"viewport\" content=\"width=device-width\"><title>NetGuru: HTTP API</title>"      \
    "<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"             \
    "padding:0 1rem;color:#1c2733;background:#fff}summary{cursor:pointer;padding:.3rem 0}"         \
    "code,pre{font:.875rem/1.5 ui-monospace,monospace}pre{background:#f3f6f9;padding:.6rem;"       \
    "overflow:auto;border-radius:.25rem}h2{margin-top:2rem;border-bottom:1px solid #d5dde5}"       \
    "details{border-bottom:1px solid #eef2f6}details>div{padding:0 0 1rem 1rem}"                   \
    "b{display:inline-block;min-width:4.5rem}@media(prefers-color-scheme:dark){body{"              \
    "color:#dfe7ee;background:#11181f}pre{background:#1b2530}h2,details{border-color:#2a3744}"     \
    "a{color:#7db8ff}}</style>"                                                                    \
    "<h1>HTTP API</h1><p>Also as an <a href=\"/api/v1/openapi.json\">OpenAPI document</a>. "       \
    "Requests of a user carry <code>Authorization: Bearer TOKEN</code>.</p>"

static void put_text(StrBuf *page, Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '<':
            strbuf_append(page, STR("&lt;"));
            break;
        case '>':
            strbuf_append(page, STR("&gt;"));
            break;
        case '&':
            strbuf_append(page, STR("&amp;"));
            break;
        case '"':
            strbuf_append(page, STR("&quot;"));
            break;
        default:
            strbuf_append(page, str_slice(text, i, 1));
        }
    }
}

static void put_indent(StrBuf *page, unsigned depth)
{
    strbuf_append(page, STR("\n"));
    for (unsigned i = 0; i < depth; i++)
        strbuf_append(page, STR("  "));
}

static void put_json(StrBuf *page, const JsonValue *value, unsigned depth);

static void put_members(StrBuf *page, const JsonValue *value, unsigned depth)
{
    bool is_object = value->type == JSON_IS_OBJECT;
    strbuf_append(page, is_object ? STR("{") : STR("["));
    for (size_t i = 0; i < value->count && depth < MAX_DEPTH; i++) {
        put_indent(page, depth + 1);
        if (is_object) {
            put_text(page, value->keys[i]);
            strbuf_append(page, STR(": "));
        }
        put_json(page, &value->items[i], depth + 1);
    }
    if (value->count > 0)
        put_indent(page, depth);
    strbuf_append(page, is_object ? STR("}") : STR("]"));
}

/* A reference shows as the name of the schema, which links to it. */
static bool put_reference(StrBuf *page, const JsonValue *value)
{
    Str reference = json_str_or(value, "$ref", STR(""));
    if (!str_starts_with(reference, STR("#/components/schemas/")))
        return false;
    Str name = str_from(reference, strlen("#/components/schemas/"));
    strbuf_printf(page, "<a href=\"#%.*s\">%.*s</a>", STR_ARGS(name), STR_ARGS(name));
    return true;
}

static void put_json(StrBuf *page, const JsonValue *value, unsigned depth)
{
    switch (value->type) {
    case JSON_IS_OBJECT:
        if (!put_reference(page, value))
            put_members(page, value, depth);
        break;
    case JSON_IS_ARRAY:
        put_members(page, value, depth);
        break;
    case JSON_IS_STRING:
        put_text(page, value->string);
        break;
    case JSON_IS_INTEGER:
        strbuf_printf(page, "%lld", (long long)value->integer);
        break;
    case JSON_IS_BOOL:
        strbuf_append(page, value->boolean ? STR("true") : STR("false"));
        break;
    default:
        strbuf_append(page, STR("null"));
    }
}

static void put_block(StrBuf *page, Str title, const JsonValue *value)
{
    if (!value)
        return;
    strbuf_printf(page, "<p>%.*s</p><pre>", STR_ARGS(title));
    put_json(page, value, 0);
    strbuf_append(page, STR("</pre>"));
}

static void put_parameters(StrBuf *page, const JsonValue *parameters)
{
    for (size_t i = 0; parameters && i < parameters->count; i++) {
        const JsonValue *parameter = &parameters->items[i];
        strbuf_append(page, STR("<p>"));
        put_text(page, json_str_or(parameter, "in", STR("")));
        strbuf_append(page, STR(" <code>"));
        put_text(page, json_str_or(parameter, "name", STR("")));
        strbuf_append(page, STR("</code></p><pre>"));
        put_json(page, json_get(parameter, "schema"), 0);
        strbuf_append(page, STR("</pre>"));
    }
}

/* The schema of the first media type. */
static const JsonValue *schema_of(const JsonValue *body)
{
    const JsonValue *content = json_get(body, "content");
    return content && content->count > 0 ? json_get(&content->items[0], "schema") : NULL;
}

static void put_operation(StrBuf *page, Str path, Str method, const JsonValue *operation)
{
    const JsonValue *responses = json_get(operation, "responses");
    strbuf_append(page, STR("<details><summary><b>"));
    put_text(page, method);
    strbuf_append(page, STR("</b> <code>"));
    put_text(page, path);
    strbuf_append(page, STR("</code> "));
    put_text(page, json_str_or(operation, "summary", STR("")));
    strbuf_append(page, STR("</summary><div>"));
    put_text(page, json_str_or(operation, "description", STR("")));
    put_parameters(page, json_get(operation, "parameters"));
    put_block(page, STR("Body"), schema_of(json_get(operation, "requestBody")));
    for (size_t i = 0; i < responses->count; i++) {
        const JsonValue *schema = schema_of(&responses->items[i]);
        if (schema)
            put_block(page, responses->keys[i], schema);
        else
            strbuf_printf(page, "<span>%.*s </span>", STR_ARGS(responses->keys[i]));
    }
    strbuf_append(page, STR("</div></details>"));
}

static void put_path(StrBuf *page, Str path, const JsonValue *operations, Str *tag)
{
    for (size_t i = 0; i < operations->count; i++) {
        const JsonValue *operation = &operations->items[i];
        Str its_tag = json_get(operation, "tags")->items[0].string;
        if (!str_equal(its_tag, *tag)) {
            strbuf_printf(page, "<h2>%.*s</h2>", STR_ARGS(its_tag));
            *tag = its_tag;
        }
        put_operation(page, path, operations->keys[i], operation);
    }
}

static void put_schemas(StrBuf *page, const JsonValue *schemas)
{
    strbuf_append(page, STR("<h2>Schemas</h2>"));
    for (size_t i = 0; i < schemas->count; i++) {
        Str name = schemas->keys[i];
        strbuf_printf(page, "<h3 id=\"%.*s\">%.*s</h3><pre>", STR_ARGS(name), STR_ARGS(name));
        put_json(page, &schemas->items[i], 0);
        strbuf_append(page, STR("</pre>"));
    }
}

Str api_page_write(Arena *arena, Str json)
{
    Error error;
    Str tag = STR("");
    auto_strbuf StrBuf page = {0};
    strbuf_init(&page, PAGE_MAX_BYTES);
    const JsonValue *document = json_parse(arena, json, &error);
    check(document); /* our own */
    strbuf_append(&page, STR(HEAD));
    const JsonValue *paths = json_get(document, "paths");
    for (size_t i = 0; i < paths->count; i++)
        put_path(&page, paths->keys[i], &paths->items[i], &tag);
    put_schemas(&page, json_get(json_get(document, "components"), "schemas"));
    strbuf_append(&page, STR("</html>\n"));
    return arena_copy(arena, strbuf_str(&page));
}

Str api_page_policy(void)
{
    return STR("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
}
