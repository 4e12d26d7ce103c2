/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An independent reader of request heads: http-parser (Debian 12) or llhttp (Debian 13), whichever
 * test/net/meson.build finds. The package's names clash with ours, so only http_oracle.c sees its
 * header.
 */
#pragma once

#include "base/str.h"

enum { ORACLE_MAX_FIELDS = 128 };

typedef struct {
    Str name;
    Str value;
} OracleField;

typedef struct {
    const char *method;
    Str target;
    uint16_t major;
    uint16_t minor;
    OracleField fields[ORACLE_MAX_FIELDS];
    uint32_t field_count;
} OracleHead;

/* Whether a package was found when this was built. */
bool http_oracle_exists(void);
/* Whether the package accepts the bytes as one whole head; the views are into bytes. */
bool http_oracle_parse(Str bytes, OracleHead *out_head);
