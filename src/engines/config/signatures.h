/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures that vendor.c weighs. */
#pragma once

#include "engines/config/detect.h"

typedef enum {
    SIGNATURE_LINE,     /* the line starts with the text in its first column */
    SIGNATURE_ANY,      /* the line starts with it after its indentation */
    SIGNATURE_CONTAINS, /* anywhere in the line */
    SIGNATURE_COMMENT,  /* anywhere in a line that starts with '!', '#', ':' or '/' */
} SignaturePlace;

enum { SIGNATURE_DECISIVE = 100000 };

typedef struct {
    System system;
    SignaturePlace place;
    int weight;
    const char *text;
} Signature;

extern const Signature signatures[];
extern const size_t signature_count;
