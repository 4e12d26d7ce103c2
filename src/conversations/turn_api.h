/* SPDX-License-Identifier: Apache-2.0 */
/* Questions as clients ask them, in the body of a request or a message of a WebSocket. */
#pragma once

#include "conversations/internal.h"

/* Reads content, client_id, document_ids, parent_id, mode, provider, model and key_id of a JSON
 * object, and checks the documents. */
bool turn_order_read(Task *task, const Services *services, const JsonValue *body,
                     TurnOrder *out_order) MUST_USE;
/* Writes {"question_id","message_id","after"} as members. */
void turn_started_write(JsonWriter *json, const TurnStarted *started);
/* Cancels the running turn of a conversation, in whichever process it runs. out_found is false
 * when none runs. */
bool turn_cancel(Task *task, const Services *services, const Uuid *conversation_id,
                 bool *out_found) MUST_USE;
