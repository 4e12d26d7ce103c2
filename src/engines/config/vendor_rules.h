/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures that vendor.c weighs. */
#pragma once

#include "engines/config/vendor.h"

typedef enum {
    SIGN_LINE,     /* the line starts with the text in its first column */
    SIGN_ANY,      /* the line starts with it after its indentation */
    SIGN_CONTAINS, /* anywhere in the line */
    SIGN_COMMENT,  /* anywhere in a line that starts with '!', '#', ':' or '/' */
} SignPlace;

enum { SIGN_DECISIVE = 100000 };

typedef struct {
    System system;
    SignPlace place;
    int weight;
    const char *text;
} VendorSign;

extern const VendorSign vendor_signs[];
extern const size_t vendor_sign_count;
