/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lays the figures out on a screen: a header, alerts, sections in columns, a footer. The text has
 * no escape sequences and no control characters but line breaks, whatever a server has sent.
 *
 *     ScreenSize size = {.columns = 80, .rows = 24};
 *     screen_draw(&picture, &size, &text);
 */
#pragma once

#include "app/top/figures.h"

enum {
    SCREEN_MIN_COLUMNS = 40,
    SCREEN_MIN_ROWS = 8,
    SCREEN_MAX_COLUMNS = 400,
    SCREEN_MAX_ROWS = 200
};

typedef struct {
    size_t columns;
    size_t rows; /* 0: as many as are needed */
} ScreenSize;

typedef struct {
    Str header;
    Str footer; /* empty: none */
    const StrVec *alerts;
    const Sections *sections;
} Picture;

/* Writes at most size->rows lines of at most size->columns characters, each ended by a line break.
 * What does not fit is left out: minor lines first. A size below the minimum counts as that. */
void screen_draw(const Picture *picture, const ScreenSize *size, Arena *arena, StrBuf *out);
