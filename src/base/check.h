/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions and function attributes used everywhere.
 *
 * check(condition) states a fact that only a bug can break; it is always compiled in, and aborts
 * the process after printing the place and the expression. Input from outside is never checked this
 * way: bad input gets an error.
 */
#pragma once

#include <stddef.h>

#define check(condition)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            check_failed(__FILE__, __LINE__, __func__, #condition);                                \
    } while (0)

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define AUTO(cleanup_function) __attribute__((cleanup(cleanup_function)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))
/* Gives the struct of this type whose member the pointer points to. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Prints the place and the expression, then aborts. */
_Noreturn void check_failed(const char *file, int line, const char *function, const char *text);
