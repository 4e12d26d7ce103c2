/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BERT's uncased WordPiece tokenizer: clean, space ideographs, decompose and strip accents, lower,
 * split at white space and punctuation, then the longest pieces first (Devlin et al. 2018; Wu et
 * al. 2016). Token ids are those of Hugging Face tokenizers' BertNormalizer, BertPreTokenizer and
 * WordPiece. [CLS], [SEP], [PAD], [UNK] and [MASK] written in a text are special tokens there too.
 */
#pragma once

#include "base/error.h"

enum {
    TOKEN_PAD = 0,
    TOKEN_UNKNOWN = 100,
    TOKEN_START = 101,
    TOKEN_END = 102,
    TOKEN_MASK = 103,
    VOCABULARY_SIZE = 30522,
    TOKENIZER_MAX_WORD_CHARACTERS = 100, /* a longer word is one [UNK] */
};

typedef struct Tokenizer Tokenizer;

/* Reads a vocabulary of VOCABULARY_SIZE lines, one token each, and copies it. Returns NULL with
 * ERR_VALIDATION for any other text. */
Tokenizer *tokenizer_new(Str vocabulary, Error *error) MUST_USE;
void tokenizer_free(Tokenizer *tokenizer);

/* Writes [CLS], the tokens and [SEP], at most limit (2 or more) in all. Returns how many. */
size_t tokenizer_encode(const Tokenizer *tokenizer, Str text, size_t limit, uint16_t *out_ids);
/* Returns how many tokens the whole text has, without [CLS] and [SEP]. */
size_t tokenizer_count(const Tokenizer *tokenizer, Str text);
