/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/asserts.h"

#include "base/strbuf.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VALUE_MAX_BYTES = 400, MESSAGE_MAX_BYTES = 2048 };

typedef struct {
    _Atomic bool is_set;
    const char *file;
    int line;
    char message[MESSAGE_MAX_BYTES];
} Failure;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Failure first;

/* Where a failed assertion of this thread jumps to. NULL: to the end of the test. */
static _Thread_local jmp_buf *guard;

static PRINTF_LIKE(3, 0) void record(const char *file, int line, const char *format,
                                     va_list arguments)
{
    pthread_mutex_lock(&lock);
    if (!first.is_set) {
        first.file = file;
        first.line = line;
        vsnprintf(first.message, sizeof(first.message), format, arguments);
        first.is_set = true;
    }
    pthread_mutex_unlock(&lock);
}

void test_failure_record(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(file, line, format, arguments);
    va_end(arguments);
}

bool test_failure_is_recorded(void)
{
    return first.is_set;
}

/* Clears the record and returns its content. */
static const Failure *take(void)
{
    static Failure taken; /* read after the jump has left this function */
    pthread_mutex_lock(&lock);
    taken = first;
    first.is_set = false;
    pthread_mutex_unlock(&lock);
    return &taken;
}

const char *test_failure_forget(void)
{
    const Failure *failure = take();
    return failure->is_set ? failure->message : NULL;
}

void test_failure_raise(void)
{
    if (!test_failure_is_recorded())
        return;
    if (guard)
        longjmp(*guard, 1);
    const Failure *failure = take();
    _assert_true(0, failure->message, failure->file, failure->line);
}

void test_fail_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(file, line, format, arguments);
    va_end(arguments);
    test_failure_raise();
    abort(); /* unreachable: the line above jumps */
}

bool test_guard(void (*body)(void *argument), void *argument)
{
    jmp_buf here;
    jmp_buf *volatile former = guard;
    volatile bool ended = false;
    if (setjmp(here) == 0) {
        guard = &here;
        body(argument);
        ended = true;
    }
    guard = former;
    return ended;
}

void skip_test(const char *format, ...)
{
    char reason[VALUE_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    print_message("[ SKIPPING ] %s\n", reason);
    skip();
    abort(); /* unreachable: cmocka has jumped */
}

/* Appends text in quotation marks. Bytes that are not printable ASCII become \xNN. */
static void quote(StrBuf *out, Str text)
{
    strbuf_append_byte(out, '"');
    for (size_t i = 0; i < text.size && i < VALUE_MAX_BYTES; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '\n')
            strbuf_append(out, STR("\\n"));
        else if (byte < ' ' || byte > '~')
            strbuf_printf(out, "\\x%02X", byte);
        else
            strbuf_append_byte(out, (char)byte);
    }
    strbuf_append_byte(out, '"');
    if (text.size > VALUE_MAX_BYTES)
        strbuf_printf(out, " (the first %d of %zu bytes)", VALUE_MAX_BYTES, text.size);
}

void test_failure_record_str(Str got, Str wanted, const char *what, const char *file, int line)
{
    StrBuf text;
    strbuf_init(&text, (size_t)16 * VALUE_MAX_BYTES);
    quote(&text, got);
    strbuf_append(&text, STR(", wanted "));
    quote(&text, wanted);
    Str both = strbuf_str(&text);
    test_failure_record(file, line, "%s is %.*s", what, (int)both.size, both.data);
    strbuf_done(&text);
}

void test_failure_record_int(long long got, long long wanted, const char *what, const char *file,
                             int line)
{
    test_failure_record(file, line, "%s is %lld, wanted %lld", what, got, wanted);
}

void assert_str_at(Str got, Str wanted, const char *what, const char *file, int line)
{
    if (str_equal(got, wanted))
        return;
    test_failure_record_str(got, wanted, what, file, line);
    test_fail_at(file, line, "%s", what); /* the record keeps the values */
}

void assert_int_at(long long got, long long wanted, const char *what, const char *file, int line)
{
    if (got != wanted)
        test_fail_at(file, line, "%s is %lld, wanted %lld", what, got, wanted);
}
