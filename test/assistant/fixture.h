/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of answers share: servers, the played provider (harness/played_provider.py), and
 * users with two documents each:
 *
 *     core1.cfg   hostname core1 / interface Gi0/1 / mtu 9000 / ntp server 192.0.2.1
 *     notes.txt   two pages
 *
 * Everything runs on the client's thread: users ask through the API, and the provider is told what
 * to answer through its own.
 */
#pragma once

#include "accounts/account.h"
#include "assistant/assistant.h"
#include "harness/asserts.h"
#include "harness/expect.h"
#include "harness/played.h"
#include "harness/services.h"
#include "keys/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern TestServer *server;

int fixture_start(void **state);
int fixture_stop(void **state);

typedef struct {
    Str token;
    Str core;  /* the id of core1.cfg */
    Str notes; /* the id of notes.txt */
} User;

/* Registers a user with the documents and forgets what the provider was told. */
User new_user(Arena *arena);
/* Adds a key: its first letters say what the provider makes of it. Returns its id. */
Str add_key(Arena *arena, const User *user, const char *key);
/* Adds a key for the local server, which is played too. */
Str add_local_key(Arena *arena, const User *user);

/* Queues answers: the members of a JSON array. */
void script(Arena *arena, const char *answers);
/* Lets answers go on that wait for the name. */
void let_go(Arena *arena, const char *name);
/* Returns the requests that the provider has got, in order. */
const JsonValue *requests(Arena *arena);
/* Returns the body of one of them as text. */
Str request_text(Arena *arena, size_t index);

typedef struct {
    Str message; /* its id */
    Str events;
    Str content;
    Str state;
    Str reason;
    const JsonValue *metadata;
    const JsonValue *steps;
} Reply;

Str new_conversation(Arena *arena, const User *user);
/* Creates one with this body of the request. */
Str new_conversation_with(Arena *arena, const User *user, const char *body);
/* Asks and waits for the end. body: the question, as the API takes it. */
Reply ask_in(Arena *arena, const User *user, Str conversation, const char *body);
/* The same in a new conversation. */
Reply ask(Arena *arena, const User *user, const char *body);
/* Asks in the mode "model". The question is plain text. */
Reply ask_model(Arena *arena, const User *user, const char *question);
TestAnswer call_api(Arena *arena, const User *user, const char *method, Str path);
TestAnswer send_json(Arena *arena, const User *user, const char *method, Str path,
                     const char *json);
/* Waits until the conversation has that title. */
void wait_for_title(Arena *arena, const User *user, Str conversation, const char *title);
Str messages_target(Arena *arena, Str conversation);

int count_of(Str text, const char *needle);
int64_t detail(const Reply *reply, const char *name);
