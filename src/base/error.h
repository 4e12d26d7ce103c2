/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed set of errors. A function that can fail returns bool (or a pointer whose NULL means
 * failure) and records what went wrong in an Error. One table maps each code to its HTTP status,
 * WebSocket close code, exit status and retry policy.
 *
 *     if (!config_parse(arena, text, &config, error))
 *         return false;
 *     return error_set(error, ERR_VALIDATION, "line %u: %s", line, why);
 */
#pragma once

#include "base/str.h"

#include <stdarg.h>

typedef enum {
    ERR_NONE,
    ERR_VALIDATION,
    ERR_AUTH,
    ERR_FORBIDDEN,
    ERR_NOT_FOUND,
    ERR_CONFLICT,
    ERR_METHOD_NOT_ALLOWED,
    ERR_UNSUPPORTED_MEDIA,
    ERR_RATE_LIMIT_EXCEEDED,
    ERR_FILE_TOO_LARGE,
    ERR_INSUFFICIENT_QUOTA,
    ERR_LLM_AUTH,
    ERR_UNAVAILABLE,
    ERR_TIMEOUT,
    ERR_CANCELLED,
    ERR_IO,
    ERR_INTERNAL,
    ERR_COUNT,
} ErrorCode;

typedef struct {
    ErrorCode code;
    uint32_t retry_after_s; /* 0: not stated */
    char message[512];      /* shown to the user; never holds a secret */
    char field[64];         /* the field or place the error is about, or empty */
} Error;

typedef struct {
    const char *name; /* "VALIDATION_ERROR", as the API spells it */
    int http_status;
    int websocket_close; /* RFC 6455; ours are 4000 to 4999 */
    int exit_status;     /* exit status of the command line */
    bool retry;          /* the same call may succeed later */
} ErrorTraits;

const ErrorTraits *error_traits(ErrorCode code);

/* Records code and message; a later error replaces an earlier one. Always returns false. */
bool error_set(Error *error, ErrorCode code, const char *format, ...) PRINTF_LIKE(3, 4);
bool error_vset(Error *error, ErrorCode code, const char *format, va_list args) PRINTF_LIKE(3, 0);
/* Records an error from errno, as "what: No such file or directory". The code is ERR_IO, or the one
 * that fits errno better. */
bool error_set_errno(Error *error, int error_number, const char *what);
/* Records the field or place the error is about, cut to the size of Error.field. Always returns
 * false, so that a failure may end with this call. */
bool error_set_field(Error *error, const char *field);
/* Puts a prefix in front of the message: "core1.cfg: " + message. Always returns false. */
bool error_prefix(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* The static analyzer looks at one file at a time and cannot see that these always return false. */
#ifdef __clang_analyzer__
#define error_set(...) ((void)error_set(__VA_ARGS__), false)
#define error_set_errno(...) ((void)error_set_errno(__VA_ARGS__), false)
#define error_set_field(...) ((void)error_set_field(__VA_ARGS__), false)
#define error_prefix(...) ((void)error_prefix(__VA_ARGS__), false)
#endif
