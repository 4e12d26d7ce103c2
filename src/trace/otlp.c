/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/otlp.h"

#include "base/version.h"

enum { TYPE_VARINT = 0, TYPE_FIXED64 = 1, TYPE_BYTES = 2, VARINT_MAX_BYTES = 10 };

/* Numbers of fields, by message. */
enum {
    REQUEST_RESOURCE_SPANS = 1,
    RESOURCE_SPANS_RESOURCE = 1,
    RESOURCE_SPANS_SCOPE_SPANS = 2,
    RESOURCE_ATTRIBUTES = 1,
    SCOPE_SPANS_SCOPE = 1,
    SCOPE_SPANS_SPANS = 2,
    SCOPE_NAME = 1,
    SCOPE_VERSION = 2,
    KEY_VALUE_KEY = 1,
    KEY_VALUE_VALUE = 2,
    VALUE_STRING = 1,
    VALUE_INT = 3,
    SPAN_TRACE_ID = 1,
    SPAN_SPAN_ID = 2,
    SPAN_PARENT_SPAN_ID = 4,
    SPAN_SPAN_NAME = 5,
    SPAN_SPAN_KIND = 6,
    SPAN_START = 7,
    SPAN_END = 8,
    SPAN_ATTRIBUTES = 9,
    SPAN_STATUS = 15,
    STATUS_CODE = 3,
    STATUS_ERROR = 2,
};

static size_t write_varint(uint64_t value, char out[VARINT_MAX_BYTES])
{
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        out[size++] = (char)(value | 0x80);
    out[size++] = (char)value;
    return size;
}

static void put_varint(StrBuf *out, uint64_t value)
{
    char bytes[VARINT_MAX_BYTES];
    size_t size = write_varint(value, bytes);
    strbuf_append(out, (Str){bytes, size});
}

static void put_tag(StrBuf *out, unsigned field, unsigned type)
{
    put_varint(out, field << 3 | type);
}

static void put_number(StrBuf *out, unsigned field, uint64_t value)
{
    put_tag(out, field, TYPE_VARINT);
    put_varint(out, value);
}

static void put_fixed64(StrBuf *out, unsigned field, uint64_t value)
{
    char bytes[8];
    put_tag(out, field, TYPE_FIXED64);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(value >> (8 * i));
    strbuf_append(out, (Str){bytes, sizeof(bytes)});
}

static void put_bytes(StrBuf *out, unsigned field, Str bytes)
{
    put_tag(out, field, TYPE_BYTES);
    put_varint(out, bytes.size);
    strbuf_append(out, bytes);
}

/* Begins a message within a message. Returns where it begins, for end_message. */
static size_t begin_message(StrBuf *out, unsigned field)
{
    put_tag(out, field, TYPE_BYTES);
    return out->size;
}

/* Puts the length, which is known only now, in front of what was written. */
static void end_message(StrBuf *out, size_t begin)
{
    char length[VARINT_MAX_BYTES];
    if (out->overflowed)
        return;
    size_t body = out->size - begin;
    size_t size = write_varint(body, length);
    strbuf_append(out, (Str){length, size}); /* makes room */
    if (out->overflowed)
        return;
    memmove(out->data + begin + size, out->data + begin, body);
    memcpy(out->data + begin, length, size);
}

/* Eight bytes from the highest to the lowest, as text shows a span id. */
static void put_span_id(StrBuf *out, unsigned field, uint64_t id)
{
    char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(id >> (56 - 8 * i));
    put_bytes(out, field, (Str){bytes, sizeof(bytes)});
}

static void put_field(StrBuf *out, unsigned number, const SpanField *field)
{
    size_t pair = begin_message(out, number);
    put_bytes(out, KEY_VALUE_KEY, str_of(field->key));
    size_t value = begin_message(out, KEY_VALUE_VALUE);
    if (field->is_number)
        put_number(out, VALUE_INT, (uint64_t)field->number);
    else
        put_bytes(out, VALUE_STRING, field->text);
    end_message(out, value);
    end_message(out, pair);
}

static void put_name(StrBuf *out, const SpanName *name)
{
    size_t begin = begin_message(out, SPAN_SPAN_NAME);
    strbuf_append(out, name->verb);
    if (!str_empty(name->subject)) {
        strbuf_append_byte(out, ' ');
        strbuf_append(out, name->subject);
    }
    end_message(out, begin);
}

static void put_span(StrBuf *out, const Span *span)
{
    size_t begin = begin_message(out, SCOPE_SPANS_SPANS);
    uint64_t ended_ns = (uint64_t)span->ended_us * 1000;
    put_bytes(out, SPAN_TRACE_ID, str_make(span->trace_id.bytes, sizeof(span->trace_id.bytes)));
    put_span_id(out, SPAN_SPAN_ID, span->id);
    if (span->parent_id)
        put_span_id(out, SPAN_PARENT_SPAN_ID, span->parent_id);
    put_name(out, &span->name);
    put_number(out, SPAN_SPAN_KIND, span->name.kind);
    put_fixed64(out, SPAN_START, ended_ns - MIN_OF(span->took_ns, ended_ns));
    put_fixed64(out, SPAN_END, ended_ns);
    for (size_t i = 0; i < span->field_count; i++)
        put_field(out, SPAN_ATTRIBUTES, &span->fields[i]);
    if (span->failed) {
        size_t status = begin_message(out, SPAN_STATUS);
        put_number(out, STATUS_CODE, STATUS_ERROR);
        end_message(out, status);
    }
    end_message(out, begin);
}

static void put_resource(StrBuf *out, const OtlpResource *resource)
{
    char instance[UUID_TEXT_SIZE];
    const SpanField fields[] = {
        {.key = "service.name", .text = resource->service},
        {.key = "service.version", .text = STR(NETGURU_VERSION)},
        {.key = "service.instance.id", .text = str_of(uuid_write(&resource->instance, instance))},
        {.key = "netguru.process", .text = resource->process},
    };
    size_t begin = begin_message(out, RESOURCE_SPANS_RESOURCE);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        put_field(out, RESOURCE_ATTRIBUTES, &fields[i]);
    end_message(out, begin);
}

static void put_scope(StrBuf *out)
{
    size_t begin = begin_message(out, SCOPE_SPANS_SCOPE);
    put_bytes(out, SCOPE_NAME, STR("netguru"));
    put_bytes(out, SCOPE_VERSION, STR(NETGURU_VERSION));
    end_message(out, begin);
}

bool otlp_write(const OtlpResource *resource, const Span *spans, size_t count, StrBuf *out)
{
    size_t of_resource = begin_message(out, REQUEST_RESOURCE_SPANS);
    put_resource(out, resource);
    size_t of_scope = begin_message(out, RESOURCE_SPANS_SCOPE_SPANS);
    put_scope(out);
    for (size_t i = 0; i < count; i++)
        put_span(out, &spans[i]);
    end_message(out, of_scope);
    end_message(out, of_resource);
    return !out->overflowed;
}
