/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a text into the pieces that words are made of. Only words.c uses it.
 *
 *     WordPieces pieces = {.text = text};
 *     while (word_pieces_next(&pieces, &piece)) {
 *         Str word = word_fold(piece, buffer);
 */
#pragma once

#include "base/str.h"

/* Of a word. A character has at most four bytes. */
enum { WORD_MAX_CHARACTERS = 200, WORD_MAX_BYTES = 4 * WORD_MAX_CHARACTERS };

typedef struct {
    Str text;
    size_t at;
    uint32_t place; /* of the piece, from 1 */
    bool has_ended;
} WordPieces;

/* Takes the next piece, without the punctuation at its ends. It may be empty, and counts all the
 * same. It is a view of the text; "gi 0/1" is one piece, whose blanks do not count. */
bool word_pieces_next(WordPieces *pieces, Str *out_piece);

/* Writes the first characters of a piece in lower case and without accents. Returns a view of out.
 */
Str word_fold(Str piece, char out[WORD_MAX_BYTES]);

/* Returns whether the byte joins the parts of an identifier. */
static inline bool word_is_joint(char c)
{
    switch (c) {
    case '-':
    case '_':
    case '.':
    case '/':
    case ':':
    case '@':
    case '#':
    case '%':
    case '&':
    case '*':
    case '~':
    case '^':
    case '+':
    case '$':
        return true;
    default:
        return false;
    }
}
