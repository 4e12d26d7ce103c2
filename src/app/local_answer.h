/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LocalAnswer: answers a question from files, without a server and without a model: findings of the
 * topology that the configurations describe, and the lines that the question is about.
 *
 *     LocalAnswer answer;
 *     if (local_answer(arena, &(LocalQuestion){question, files, count}, &answer, &error))
 *         … answer.text is Markdown, in which [1] stands for the first citation …
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

typedef struct {
    Str text;
    const char *const *files;
    size_t file_count;
} LocalQuestion;

typedef struct {
    const char *file;
    int64_t line_start;
    int64_t line_end;
    Str quote;
} LocalCitation;

typedef struct {
    Str text;
    VEC(LocalCitation) citations;
    bool found; /* false: the files hold nothing about it, and the text says so */
} LocalAnswer;

/* Fails, naming the file, when one cannot be read. */
bool local_answer(Arena *arena, const LocalQuestion *question, LocalAnswer *out_answer,
                  Error *error) MUST_USE;
