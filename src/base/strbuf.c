/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include "base/mem.h"

#include <stdio.h>

enum { SMALLEST_CAPACITY = 64 };

void strbuf_init(StrBuf *buf, size_t max_bytes)
{
    *buf = (StrBuf){.max_bytes = max_bytes};
}

void strbuf_keep_secret(StrBuf *buf)
{
    buf->keeps_secret = true;
}

void strbuf_done(StrBuf *buf)
{
    if (buf->keeps_secret)
        mem_free_secret(buf->data);
    else
        mem_free(buf->data);
    *buf = (StrBuf){.max_bytes = buf->max_bytes, .keeps_secret = buf->keeps_secret};
}

void strbuf_clear(StrBuf *buf)
{
    buf->size = 0;
    buf->overflowed = false;
}

char *strbuf_reserve(StrBuf *buf, size_t size)
{
    size_t needed = 0;
    if (__builtin_add_overflow(buf->size, size, &needed) || needed > buf->max_bytes) {
        buf->overflowed = true;
        return NULL;
    }
    if (needed > buf->capacity || !buf->data) {
        size_t doubled = MAX_OF(buf->capacity * 2, (size_t)SMALLEST_CAPACITY);
        buf->capacity = MAX_OF(MIN_OF(doubled, buf->max_bytes), needed);
        buf->data = buf->keeps_secret ? mem_resize_secret(buf->data, buf->capacity, 1)
                                      : mem_resize(buf->data, buf->capacity, 1);
    }
    return buf->data + buf->size;
}

void strbuf_commit(StrBuf *buf, size_t size)
{
    check(size <= buf->capacity - buf->size);
    buf->size += size;
}

void strbuf_append(StrBuf *buf, Str str)
{
    size_t room = buf->max_bytes - buf->size;
    if (str.size > room) {
        buf->overflowed = true;
        str.size = room;
    }
    if (str.size == 0)
        return;
    char *end = strbuf_reserve(buf, str.size);
    check(end);
    memcpy(end, str.data, str.size);
    buf->size += str.size;
}

void strbuf_append_byte(StrBuf *buf, char byte)
{
    if (buf->size < buf->capacity && buf->size < buf->max_bytes)
        buf->data[buf->size++] = byte;
    else
        strbuf_append(buf, (Str){&byte, 1});
}

void strbuf_vprintf(StrBuf *buf, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(small, sizeof(small), format, args);
    check(length >= 0);
    if ((size_t)length < sizeof(small)) {
        strbuf_append(buf, (Str){small, (size_t)length});
    } else {
        char *large = mem_alloc((size_t)length + 1, 1);
        vsnprintf(large, (size_t)length + 1, format, again);
        strbuf_append(buf, (Str){large, (size_t)length});
        mem_free(large);
    }
    va_end(again);
}

void strbuf_printf(StrBuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

void strbuf_consume(StrBuf *buf, size_t size)
{
    check(size <= buf->size);
    buf->size -= size;
    if (buf->size && size)
        memmove(buf->data, buf->data + size, buf->size);
}
