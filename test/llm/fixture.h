/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the played provider: a loop, an HTTP client, settings whose addresses lead to the played
 * provider, and accounts of all providers.
 *
 *     static void body(Task *task, void *argument)
 *     {
 *         EXPECT_STR(task, fixture_ask(task, argument, LLM_OPENAI, "{\"answers\":[…]}"), "…");
 *     }
 *     fixture_run(body);
 */
#pragma once

#include "harness/expect.h"
#include "harness/played.h"
#include "harness/tasks.h"
#include "llm/llm.h"

typedef struct {
    Services services;
    Config *settings;
    PlayedProvider *played;
    Arena *arena;
} Fixture;

#define FIXTURE_KEY "sk-secret-0123456789"

/* For cmocka_run_group_tests: all tests of a program share the fixture. */
int fixture_open(void **state);
int fixture_close(void **state);
/* Runs the body as a task with the fixture; no call may be left afterwards. */
void fixture_run(Fixture *fixture, TaskMain *body);
/* Sets a setting until fixture_unset. */
void fixture_set(Fixture *fixture, const char *name, const char *value);
/* Gives every setting the value that fixture_open gave it. */
void fixture_unset(Fixture *fixture);

/* Returns an account of the provider with the key FIXTURE_KEY and the model "played". */
LlmAccount fixture_account(const Fixture *fixture, LlmProvider provider);
/* Returns an account of a local server that is listed as an Ollama. */
LlmAccount fixture_ollama(Fixture *fixture);
/* Returns the request with one question. */
LlmRequest fixture_question(void);
/*
 * Queues the script, sends the question and writes down the events, as in
 * engines/llm/llm_testing.h: "text(Hi) end(end,12,3,4)". A failure is written as "silent: MESSAGE".
 */
Str fixture_ask(Task *task, Fixture *fixture, LlmProvider provider, const char *script);
Str fixture_ask_as(Task *task, Fixture *fixture, const LlmAccount *account,
                   const LlmRequest *request);
/* Returns how many requests the provider has got since the last reset, and resets it. */
size_t fixture_count_requests(Task *task, Fixture *fixture);
