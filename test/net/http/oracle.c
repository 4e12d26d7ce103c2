/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/oracle.h"

#ifdef HAVE_LLHTTP
#include <llhttp.h>
typedef llhttp_t Parser;
typedef llhttp_settings_t Settings;
#elif defined(HAVE_HTTP_PARSER)
#include <http_parser.h>
typedef http_parser Parser;
typedef http_parser_settings Settings;
#endif

#if defined(HAVE_LLHTTP) || defined(HAVE_HTTP_PARSER)

/* A callback may come in pieces, which then lie side by side. */
typedef struct {
    OracleHead *head;
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
    if (collector->name.data) {
        check(collector->head->field_count < ORACLE_MAX_FIELDS);
        collector->head->fields[collector->head->field_count++] =
            (OracleField){collector->name, collector->value};
    }
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
    return 1; /* there is no body */
}

static const Settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
};

#ifdef HAVE_LLHTTP

static bool execute(Parser *parser, Collector *collector, Str bytes)
{
    llhttp_init(parser, HTTP_REQUEST, &settings);
    parser->data = collector;
    llhttp_errno_t error = llhttp_execute(parser, bytes.data, bytes.size);
    return error == HPE_OK || error == HPE_PAUSED_UPGRADE;
}

static const char *method_name(const Parser *parser)
{
    return llhttp_method_name((llhttp_method_t)parser->method);
}

#else

static bool execute(Parser *parser, Collector *collector, Str bytes)
{
    http_parser_set_max_header_size(UINT32_MAX);
    http_parser_init(parser, HTTP_REQUEST);
    parser->data = collector;
    size_t parsed = http_parser_execute(parser, &settings, bytes.data, bytes.size);
    return HTTP_PARSER_ERRNO(parser) == HPE_OK && parsed == bytes.size;
}

static const char *method_name(const Parser *parser)
{
    return http_method_str((enum http_method)parser->method);
}

#endif

bool http_oracle_exists(void)
{
    return true;
}

bool http_oracle_parse(Str bytes, OracleHead *out_head)
{
    Parser parser;
    *out_head = (OracleHead){0};
    Collector collector = {.head = out_head};
    bool accepted = execute(&parser, &collector, bytes);
    out_head->method = method_name(&parser);
    out_head->major = parser.http_major;
    out_head->minor = parser.http_minor;
    return accepted && collector.complete;
}

#else

bool http_oracle_exists(void)
{
    return false;
}

bool http_oracle_parse(Str bytes, OracleHead *out_head)
{
    (void)bytes;
    *out_head = (OracleHead){0};
    return false;
}

#endif
