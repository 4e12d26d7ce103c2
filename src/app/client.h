/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client: a user who is logged in to a NetGuru server. The tokens are stored in
 * ~/.config/netguru/session (0600) and renewed when they have expired.
 *
 *     Client *client = client_load(command, &error);
 *     const JsonValue *files = client ? client_get(client, arena, "/api/v1/files", &error) : NULL;
 *
 * An answer that is an error becomes an Error with the server's code and message.
 */
#pragma once

#include "app/command.h"
#include "base/json.h"

#define CLIENT_REFRESH_PATH "/api/v1/auth/refresh"

typedef struct Client Client;

/* Logs in. The session is not stored until client_remember. */
Client *client_login(Arena *arena, Str server, Str email, Str password, Error *error) MUST_USE;
/* Stores the session for later commands. */
bool client_remember(const Client *client, Error *error) MUST_USE;
/* Loads the stored session; ERR_AUTH when there is none. */
Client *client_load(const Command *command, Error *error) MUST_USE;
/* Logs out on the server and deletes the stored session, even if the server cannot be reached. */
bool client_logout(Client *client, Error *error) MUST_USE;
void client_free(Client *client);

/* Each returns the answer as JSON; NULL with the error. */
const JsonValue *client_get(Client *client, Arena *arena, const char *path, Error *error) MUST_USE;
const JsonValue *client_post(Client *client, Arena *arena, const char *path, Str json,
                             Error *error) MUST_USE;
const JsonValue *client_patch(Client *client, Arena *arena, const char *path, Str json,
                              Error *error) MUST_USE;
bool client_delete(Client *client, Arena *arena, const char *path, Error *error) MUST_USE;
/* Returns the body as it is, for example a diagram. */
bool client_get_raw(Client *client, Arena *arena, const char *path, Str *out_body,
                    Error *error) MUST_USE;
/* Writes the body to a descriptor. */
bool client_download(Client *client, Arena *arena, const char *path, int output,
                     Error *error) MUST_USE;

/* Uploads a file under its own name, or under name unless that is NULL. Returns the document as the
 * server shows it. */
const JsonValue *client_upload(Client *client, Arena *arena, const char *path, const char *name,
                               Error *error) MUST_USE;
/* Polls the document until it is completed or failed; NULL also when that takes too long. */
const JsonValue *client_wait_document(Client *client, Arena *arena, Str id, unsigned timeout_s,
                                      Error *error) MUST_USE;
/* Polls a task until it has ended; a failed one is an error with its message. */
const JsonValue *client_wait_task(Client *client, Arena *arena, Str id, unsigned timeout_s,
                                  Error *error) MUST_USE;

/*
 * For a caller that sends its requests itself, in tasks (app/upload.h). It sends the access token;
 * when the server answers 401, it renews the session:
 *
 *     while ((state = client_renewal_begin(client, arena, &json, &error)) == RENEWAL_BUSY)
 *         … wait …
 *     if (state == RENEWAL_NEEDED)
 *         … POST json to CLIENT_REFRESH_PATH, client_renewal_take(…) …
 *     client_renewal_end(client);
 */
typedef enum {
    RENEWAL_BUSY,   /* another command is renewing the session: begin again later */
    RENEWAL_STORED, /* another command has renewed it: the client has its tokens now */
    RENEWAL_NEEDED, /* the session is locked, and the request is to be sent */
    RENEWAL_FAILED,
} ClientRenewal;

/* Return views that stay valid as long as the client. */
Str client_server(const Client *client);
Str client_access_token(const Client *client);
/* Locks the stored session without waiting, and gives the body of the refresh request. */
ClientRenewal client_renewal_begin(Client *client, Arena *arena, Str *out_json,
                                   Error *error) MUST_USE;
/* Takes the tokens of the answer to the refresh request and stores them. */
bool client_renewal_take(Client *client, Arena *arena, long status, Str body,
                         Error *error) MUST_USE;
/* Unlocks the stored session. Has no effect when it is not locked. */
void client_renewal_end(Client *client);
/* Makes the error of a failed renewal say what to do. Always returns false. */
bool client_renewal_error(Error *error);
/* Records the error that an answer other than 2xx describes. Always returns false. */
bool client_answer_error(Arena *arena, long status, Str body, Error *error);
