/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LocalAnswer: answers a question from files, without a server and without a model: findings of the
 * topology that the configurations describe, and the lines that the question is about.
 *
 *     LocalAnswer answer;
 *     if (local_answer(arena, &(LocalQuestion){question, &files}, &answer, &error))
 *         … answer.text is Markdown, in which [1] stands for the first citation …
 */
#pragma once

#include "app/inputs.h"

typedef struct {
    Str text;
    const Inputs *files;
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

/* Fails, naming the file, when one that an argument names cannot be read. */
bool local_answer(Arena *arena, const LocalQuestion *question, LocalAnswer *out_answer,
                  Error *error) MUST_USE;
