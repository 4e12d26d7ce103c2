/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text of a configuration with its line. Lines count from 1; line 0 means "not configured". The
 * bytes are those of the file: they may not be UTF-8 and are not trusted.
 */
#pragma once

#include "base/str.h"
#include "base/vec.h"

typedef struct {
    Str text;
    uint32_t line;
} Sourced;

typedef VEC(Sourced) SourcedVec;
