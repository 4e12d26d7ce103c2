/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StrBuf: a buffer of bytes that grows on the heap up to a maximum given at the start. An append
 * past the maximum neither aborts nor truncates silently: the buffer keeps what fitted and sets
 * `overflowed`, so one check at the end is enough.
 *
 *     auto_strbuf StrBuf out = {0};
 *     strbuf_init(&out, 1 << 20);
 *     strbuf_printf(&out, "%u packets\n", count);
 *     if (out.overflowed) …
 */
#pragma once

#include "base/str.h"

#include <stdarg.h>

typedef struct {
    char *data; /* NULL until the first byte */
    size_t size;
    size_t capacity;
    size_t max_bytes;
    bool overflowed;
    bool keeps_secret;
} StrBuf;

void strbuf_init(StrBuf *buf, size_t max_bytes);
/* From this call on, the buffer overwrites memory before it frees it. */
void strbuf_keep_secret(StrBuf *buf);
/* Frees the memory. The buffer may be used again. Safe on a zeroed struct. */
void strbuf_done(StrBuf *buf);
/* Removes the contents and clears the overflow, but keeps the memory. */
void strbuf_clear(StrBuf *buf);

void strbuf_append(StrBuf *buf, Str str);
void strbuf_append_byte(StrBuf *buf, char byte);
void strbuf_printf(StrBuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(StrBuf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Returns room for at least size bytes at data + size, or NULL past the maximum. Call strbuf_commit
 * after writing there. */
char *strbuf_reserve(StrBuf *buf, size_t size) MUST_USE;
void strbuf_commit(StrBuf *buf, size_t size);
/* Drops the first size bytes and moves the rest to the front. */
void strbuf_consume(StrBuf *buf, size_t size);

static inline Str strbuf_str(const StrBuf *buf)
{
    return (Str){buf->data ? buf->data : "", buf->size};
}

#define auto_strbuf AUTO(strbuf_done)
