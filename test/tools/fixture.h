/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the tools share: a database with analysed documents of ana and of bob, written
 * as the jobs write them, and calls of tools for ana on a task's stack.
 *
 *     const JsonValue *answer = call(task, "read_lines", "{\"document_id\":\"" CORE "\"}");
 *     EXPECT(task, answer);
 */
#pragma once

#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"
#include "tools/tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ANA "0a000000-0000-4000-8000-00000000000a"
#define BOB "0b000000-0000-4000-8000-00000000000b"
/* The documents of ana. */
#define CORE "10000000-0000-4000-8000-000000000001" /* core1.cfg */
#define EDGE "10000000-0000-4000-8000-000000000002" /* edge1.cfg */
#define LOG "10000000-0000-4000-8000-000000000003"
#define CAPTURE "10000000-0000-4000-8000-000000000004"
#define PENDING "10000000-0000-4000-8000-000000000006"
#define FAILED "10000000-0000-4000-8000-000000000007"
/* bob's. */
#define SECRET "20000000-0000-4000-8000-000000000001"
/* A source of global knowledge, and topologies of ana and of bob. */
#define SOURCE "30000000-0000-4000-8000-000000000001"
#define TOPOLOGY "40000000-0000-4000-8000-000000000001"
#define TOPOLOGY_OF_BOB "40000000-0000-4000-8000-000000000002"

#define OF(document) "{\"document_id\":\"" document "\"}"
#define OF_WITH(document, more) "{\"document_id\":\"" document "\"," more "}"

extern TestServices *all;

int fixture_start(void **state);
int fixture_stop(void **state);
/* Restores the documents of before the test. */
int fixture_fill(void **state);
/* Runs SQL as the superuser. Blocks. */
void fixture_run(const char *sql);

/* The rest is for a task's stack, which acts for ana after act_as_ana. */
void act_as_ana(Task *task);
void act_as_bob(Task *task);
/* Calls a tool. Returns its answer; NULL with the task's error when the tool failed. */
const JsonValue *call(Task *task, const char *tool, const char *arguments);
/* Expects the tool to fail with the code and with words in its message. */
void expect_failure(Task *task, const char *tool, const char *arguments, ErrorCode code,
                    const char *words);
/* Returns the nth item of a member of the answer, or NULL. */
const JsonValue *item(const JsonValue *answer, const char *member, size_t nth);
size_t count(const JsonValue *answer, const char *member);
/* Follows "more" to the end and returns how many items there were in all; 0 after a failure. */
size_t count_all(Task *task, const char *tool, const char *arguments, const char *member);
