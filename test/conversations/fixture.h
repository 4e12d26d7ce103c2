/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of conversations share: servers, accounts for ana and bob, and an answerer that
 * does what the question says, word by word:
 *
 *     say:TEXT     says TEXT and a space
 *     many:N       says N characters, in pieces of 100
 *     tell:TYPE    an event of that type
 *     hold         waits until hold_release is called, or it is cancelled
 *     fail         fails with ERR_UNAVAILABLE
 *     use:N        reports N tokens of output
 *     reserve:N    reserves N tokens
 *     sleep:N      waits N ms
 *     title:TEXT   has that title made, for 1,000 tokens; hold: of "hold", after hold_release
 *     recall       says the contents of the history, joined by "|"
 *     prepared     says what was prepared: the first word behind "prepare:", or "nothing"
 *     prepare:hold has the preparation wait until it is cancelled; prepare:fail: has it fail
 */
#pragma once

#include "accounts/account.h"
#include "conversations/conversation.h"
#include "conversations/internal.h"
#include "harness/asserts.h"
#include "harness/expect.h"
#include "harness/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern TestServer *server;
extern Str ana; /* access tokens */
extern Str bob;

TurnAnswer fixture_answer;
TurnPrepare fixture_prepare;

/* Preparations that wait. */
int preparations_held(void);

int fixture_start(void **state);
int fixture_stop(void **state);

/* Starts the conversations of another process on the same servers, and stops it without a word, as
 * kill -9 would. */
Conversations *fixture_second(uint32_t lease_ms);

/* Lets one answer that holds go on. May be called from the client's thread. */
void hold_release(void);
/* Takes back a release that no answer has taken. Returns false when there is none. */
bool hold_take(void);

/* From a client's thread: calls the API as a user. path is below /api/v1/. */
TestAnswer api_get(Arena *arena, Str token, Str path);
TestAnswer api_post(Arena *arena, Str token, Str path, const char *json);
TestAnswer api_call(Arena *arena, Str token, const char *method, Str path);
/* Returns the id of a new conversation. */
Str new_conversation(Arena *arena, Str token);
/* Asks and reads the event stream to its end. Returns the body. */
Str ask(Arena *arena, Str token, Str conversation, const char *question);
/* Asks without waiting. Returns the answer of the request, which must be 202. */
TestAnswer ask_only(Arena *arena, Str token, Str conversation, const char *question);
/* Waits until the answer has that state, and returns it. */
TestAnswer wait_for_state(Arena *arena, Str token, Str message, const char *state);
/* Waits until the text of the answer has been put down that far. */
TestAnswer wait_for_content(Arena *arena, Str token, Str message, const char *content);

/* Returns how often needle stands in text. */
int count_of(Str text, const char *needle);

/* What has come so far. It is searched as bytes: frames of a server are not masked. */
typedef struct {
    int client;
    size_t size;
    char bytes[256 * 1024];
} EventStream;

/* Opens the events of a conversation, and waits until the server watches. */
EventStream *open_events(Arena *arena, Str token, Str path);
bool stream_has(const EventStream *stream, const char *needle);
/* Reads more. Returns false at the end. */
bool read_more(EventStream *stream);
/* Reads until needle has come. */
void read_until(EventStream *stream, const char *needle);
/* Reads until the server has ended the stream. */
void read_to_end(EventStream *stream);
/* Puts the chunks of an event stream together, and checks that their offsets follow. */
Str stream_text(Arena *arena, Str stream);
