/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider of language models that is played (harness/played_provider.py, which describes the
 * scripts), as a child of a test.
 *
 *     PlayedProvider *played = played_start();
 *     … NETGURU_LLM_OPENAI_URL is "http://127.0.0.1:PORT/v1" …
 *     played_script(task, outgoing, played, "{\"answers\":[{\"steps\":[{\"text\":\"Hi\"}]}]}");
 *     played_stop(played);
 */
#pragma once

#include "base/json.h"
#include "net/outgoing/outgoing.h"

typedef struct PlayedProvider PlayedProvider;

/* Starts it. Aborts when it cannot. */
PlayedProvider *played_start(void);
uint16_t played_port(const PlayedProvider *played);
void played_stop(PlayedProvider *played);

/* Queues answers. These three fail the task when the provider does not answer. */
bool played_script(Task *task, Outgoing *outgoing, const PlayedProvider *played,
                   const char *script);
/* Forgets requests and answers. */
bool played_reset(Task *task, Outgoing *outgoing, const PlayedProvider *played);
/* Returns the requests that it has got, an array, in the task's arena; NULL on failure. */
const JsonValue *played_requests(Task *task, Outgoing *outgoing, const PlayedProvider *played);
/* Lets the answers go on that wait for that name. */
bool played_go(Task *task, Outgoing *outgoing, const PlayedProvider *played, const char *name);
