/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled template, as its compiler (textfsm_compile.c) leaves it to the machine that runs it
 * (textfsm_run.c).
 */
#pragma once

#include "engines/show/pattern.h"
#include "engines/show/textfsm.h"

typedef struct {
    Str name;
    Str expression; /* with its parentheses */
    bool is_required, is_filldown, is_fillup, is_key, is_list;
    bool is_listed_first; /* List stands before Required */
} FsmValue;

typedef enum { LINE_NEXT, LINE_CONTINUE, LINE_ERROR } LineAction;
typedef enum { RECORD_NONE, RECORD_ADD, RECORD_CLEAR, RECORD_CLEAR_ALL } RecordAction;

/* States that a template need not have. */
enum { STATE_STAYS = -1, STATE_END = -2, STATE_EOF = -3 };

typedef struct {
    uint16_t value;
    uint32_t group; /* of the rule's pattern */
} FsmCapture;

typedef struct {
    Pattern *pattern;
    FsmCapture *captures;
    size_t capture_count;
    LineAction line;
    RecordAction record;
    int next;    /* a state, or one of the above */
    Str message; /* of LINE_ERROR */
    Str wanted;  /* the name of the next state, until all are known */
    uint32_t line_number;
} FsmRule;

typedef struct {
    Str name;
    VEC(FsmRule) rules;
} FsmState;

struct TextFsm {
    VEC(FsmValue) values;
    VEC(FsmState) states;
    const TextFsmColumn *columns;
    int start;
    bool has_eof; /* a state of that name: no row is added at the end */
};
