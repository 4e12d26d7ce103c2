/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door to the HTTP parser package: http-parser (Debian 12) or llhttp (Debian 13), chosen by
 * meson.build. It is given one whole request head that net/http_head.c has already checked byte by
 * byte, and hands out views of its parts. (The packages' own names clash with ours, so no other
 * file sees their headers.)
 */
#pragma once

#include "base/str.h"

typedef enum { SHIM_OK, SHIM_BAD_METHOD, SHIM_BAD_VERSION, SHIM_BAD } ShimResult;

typedef struct {
    void (*field)(void *context, Str name, Str value); /* once for each header, in order */
    void *context;
    Str target; /* from here on: results */
    uint16_t major;
    uint16_t minor;
    const char *reason; /* of a refusal, a literal */
} ShimHead;

/* head->field and head->context are set by the caller. */
ShimResult shim_parse(Str bytes, ShimHead *head);
/* The packages' own limit on header bytes is process-wide; net/http_head.c counts. */
void shim_lift_header_limit(void);
