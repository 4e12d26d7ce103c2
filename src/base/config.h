/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: NETGURU_* variables over an optional file of NAME=value lines over the defaults.
 *
 *     Config *config = config_load(arena, &error);
 *     Str address = config_str(config, "NETGURU_HTTP_ADDRESS");
 *
 * Every setting is a row of the table in config.c (name, default, kind, what it is for), which is
 * also what `netguru help settings` prints. An unknown NETGURU_* name or a malformed value is an
 * error that names it and its origin, so a typing mistake is never ignored silently. The variables
 * of OpenTelemetry that mean the same as a setting (OTEL_SERVICE_NAME, …) are read before it.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef enum { CONFIG_STR, CONFIG_SECRET, CONFIG_INT, CONFIG_BOOL } ConfigKind;

typedef struct {
    const char *name;
    ConfigKind kind;
    const char *fallback; /* as text; empty: not set */
    int64_t min;          /* of an integer */
    int64_t max;
    const char *about;
} ConfigSetting;

typedef struct Config Config;

/* Returns the table. A NULL name ends it. */
const ConfigSetting *config_settings(void);
/*
 * Reads environ and, where NETGURU_CONFIG names one, the file (UTF-8, # comments, at most 64 KiB).
 * Returns NULL, with the reason, on failure.
 */
Config *config_load(Arena *arena, Error *error) MUST_USE;
/* Return the value of a setting. The name must be in the table and of that kind; config_str returns
 * a value of any kind as it was written. Strings are NUL-terminated. */
Str config_str(const Config *config, const char *name);
int64_t config_int(const Config *config, const char *name);
/* Returns whether the environment or the file gives a value, be it the default one. */
bool config_is_given(const Config *config, const char *name);
bool config_bool(const Config *config, const char *name);
/* Overrides a value. Tests use this for the settings they test. */
bool config_set(Config *config, const char *name, Str value, Error *error) MUST_USE;
