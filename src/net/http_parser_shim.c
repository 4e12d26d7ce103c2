/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parser_shim.h"

#ifdef NETGURU_LLHTTP
#include <llhttp.h>
typedef llhttp_t Parser;
typedef llhttp_settings_t Settings;
#else
#include <http_parser.h>
typedef http_parser Parser;
typedef http_parser_settings Settings;
#endif

/* A callback may come in pieces, which then lie side by side. */
typedef struct {
    ShimHead *head;
    Str name;
    Str value;
    bool in_value;
    bool complete;
} Collector;

static void extend(Str *view, const char *at, size_t size)
{
    if (!view->data)
        view->data = at;
    view->size += size;
}

static void end_field(Collector *collector)
{
    if (collector->name.data)
        collector->head->field(collector->head->context, collector->name, collector->value);
    collector->name = collector->value = (Str){0};
    collector->in_value = false;
}

static int on_url(Parser *parser, const char *at, size_t size)
{
    Collector *collector = parser->data;
    extend(&collector->head->target, at, size);
    return 0;
}

static int on_name(Parser *parser, const char *at, size_t size)
{
    Collector *collector = parser->data;
    if (collector->in_value)
        end_field(collector);
    extend(&collector->name, at, size);
    return 0;
}

static int on_value(Parser *parser, const char *at, size_t size)
{
    Collector *collector = parser->data;
    collector->in_value = true;
    extend(&collector->value, at, size);
    return 0;
}

static int on_headers_complete(Parser *parser)
{
    Collector *collector = parser->data;
    end_field(collector);
    collector->complete = true;
    return 1; /* bodies are not the parser's business: see net/http_chunked.h */
}

static const Settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
};

#ifdef NETGURU_LLHTTP

static ShimResult execute(Parser *parser, Collector *collector, Str bytes)
{
    llhttp_init(parser, HTTP_REQUEST, &settings);
    parser->data = collector;
    llhttp_errno_t error = llhttp_execute(parser, bytes.data, bytes.size);
    if (error == HPE_OK || error == HPE_PAUSED_UPGRADE)
        return SHIM_OK;
    collector->head->reason = llhttp_errno_name(error);
    if (error == HPE_INVALID_METHOD)
        return SHIM_BAD_METHOD;
    return error == HPE_INVALID_VERSION ? SHIM_BAD_VERSION : SHIM_BAD;
}

void shim_lift_header_limit(void)
{
}

#else

static ShimResult execute(Parser *parser, Collector *collector, Str bytes)
{
    http_parser_init(parser, HTTP_REQUEST);
    parser->data = collector;
    size_t parsed = http_parser_execute(parser, &settings, bytes.data, bytes.size);
    enum http_errno error = HTTP_PARSER_ERRNO(parser);
    if (error == HPE_OK && parsed == bytes.size)
        return SHIM_OK;
    collector->head->reason = http_errno_description(error);
    if (error == HPE_INVALID_METHOD)
        return SHIM_BAD_METHOD;
    return error == HPE_INVALID_VERSION ? SHIM_BAD_VERSION : SHIM_BAD;
}

void shim_lift_header_limit(void)
{
    http_parser_set_max_header_size(UINT32_MAX);
}

#endif

ShimResult shim_parse(Str bytes, ShimHead *head)
{
    Parser parser;
    Collector collector = {.head = head};
    ShimResult result = execute(&parser, &collector, bytes);
    head->major = parser.http_major;
    head->minor = parser.http_minor;
    if (result != SHIM_OK || collector.complete)
        return result;
    head->reason = "incomplete request";
    return SHIM_BAD;
}
