/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/context.h"

enum { VERSION_AT = 0, TRACE_AT = 3, SPAN_AT = 36, FLAGS_AT = 53, LENGTH = 55, SAMPLED = 1 };

/* Reads digits in lower case, which the header must have. */
static bool read_hex(Str text, uint64_t *out_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        char digit = text.data[i];
        bool is_decimal = digit >= '0' && digit <= '9';
        if (!is_decimal && (digit < 'a' || digit > 'f'))
            return false;
        value = value << 4 | (uint64_t)(is_decimal ? digit - '0' : digit - 'a' + 10);
    }
    *out_value = value;
    return true;
}

static bool read_trace_id(Str text, Uuid *out_id)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(out_id->bytes); i++) {
        uint64_t byte = 0;
        if (!read_hex(str_slice(text, 2 * i, 2), &byte))
            return false;
        out_id->bytes[i] = (uint8_t)byte;
        sum |= byte;
    }
    return sum != 0;
}

/* Returns whether the length fits the version: 00 has nothing behind, later ones may. */
static bool has_length(Str text, uint64_t version)
{
    return text.size == LENGTH || (text.size > LENGTH && version > 0 && text.data[LENGTH] == '-');
}

bool trace_context_parse(Str text, TraceContext *out_context)
{
    TraceContext context = {0};
    uint64_t version = 0;
    uint64_t flags = 0;
    if (text.size < LENGTH || text.data[TRACE_AT - 1] != '-' || text.data[SPAN_AT - 1] != '-' ||
        text.data[FLAGS_AT - 1] != '-')
        return false;
    if (!read_hex(str_slice(text, VERSION_AT, 2), &version) || version == 0xff ||
        !has_length(text, version))
        return false;
    if (!read_trace_id(str_slice(text, TRACE_AT, 32), &context.trace_id) ||
        !read_hex(str_slice(text, SPAN_AT, 16), &context.span_id) || context.span_id == 0 ||
        !read_hex(str_slice(text, FLAGS_AT, 2), &flags))
        return false;
    context.is_sampled = flags & SAMPLED;
    *out_context = context;
    return true;
}
