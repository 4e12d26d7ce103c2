/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>

static const ErrorTraits traits[ERR_COUNT] = {
    [ERR_NONE] = {"NONE", 200, 1000, 0, false},
    [ERR_VALIDATION] = {"VALIDATION_ERROR", 400, 4400, 2, false},
    [ERR_AUTH] = {"AUTH_ERROR", 401, 4401, 3, false},
    [ERR_FORBIDDEN] = {"FORBIDDEN", 403, 4403, 3, false},
    [ERR_NOT_FOUND] = {"NOT_FOUND", 404, 4404, 4, false},
    [ERR_CONFLICT] = {"CONFLICT", 409, 4409, 5, false},
    [ERR_METHOD_NOT_ALLOWED] = {"METHOD_NOT_ALLOWED", 405, 4405, 2, false},
    [ERR_UNSUPPORTED_MEDIA] = {"UNSUPPORTED_MEDIA_TYPE", 415, 4415, 2, false},
    [ERR_RATE_LIMIT_EXCEEDED] = {"RATE_LIMIT_EXCEEDED", 429, 4429, 6, true},
    [ERR_FILE_TOO_LARGE] = {"FILE_TOO_LARGE", 413, 1009, 2, false},
    [ERR_INSUFFICIENT_QUOTA] = {"INSUFFICIENT_QUOTA", 402, 4402, 6, false},
    [ERR_LLM_AUTH] = {"LLM_AUTH_ERROR", 502, 4502, 3, false},
    [ERR_UNAVAILABLE] = {"UNAVAILABLE", 503, 1013, 7, true},
    [ERR_TIMEOUT] = {"TIMEOUT", 504, 4504, 7, true},
    [ERR_CANCELLED] = {"CANCELLED", 499, 1001, 130, false}, /* as shells report SIGINT */
    [ERR_IO] = {"IO_ERROR", 500, 1011, 1, false},
    [ERR_INTERNAL] = {"INTERNAL", 500, 1011, 1, false},
};

const ErrorTraits *error_traits(ErrorCode code)
{
    check(code < ERR_COUNT);
    return &traits[code];
}

bool error_vset(Error *error, ErrorCode code, const char *format, va_list args)
{
    char message[sizeof(error->message)];
    vsnprintf(message, sizeof(message), format, args);
    *error = (Error){.code = code};
    memcpy(error->message, message, sizeof(message));
    return false;
}

bool(error_set)(Error *error, ErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(error, code, format, args);
    va_end(args);
    return false;
}

static ErrorCode code_of_errno(int error_number)
{
    switch (error_number) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_FORBIDDEN;
    case EEXIST:
        return ERR_CONFLICT;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOSPC:
    case EDQUOT:
        return ERR_UNAVAILABLE;
    default:
        return ERR_IO;
    }
}

bool(error_set_errno)(Error *error, int error_number, const char *what)
{
    char reason[128];
    const char *text = strerror_r(error_number, reason, sizeof(reason));
    return error_set(error, code_of_errno(error_number), "%s: %s", what, text);
}

bool(error_set_field)(Error *error, const char *field)
{
    str_copy_to(str_of(field), error->field, sizeof(error->field));
    return false;
}

bool(error_prefix)(Error *error, const char *format, ...)
{
    char message[sizeof(error->message)];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    size_t used = MIN_OF((size_t)MAX_OF(length, 0), sizeof(message) - 1);
    Str rest = {error->message, strlen(error->message)};
    str_copy_to(rest, message + used, sizeof(message) - used);
    memcpy(error->message, message, sizeof(message));
    return false;
}
