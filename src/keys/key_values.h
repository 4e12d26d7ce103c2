/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the body of a request about a key: checks each member by the table of members, and encrypts
 * the key for its row.
 */
#pragma once

#include "keys/key_store.h"
#include "services/encryption.h"

/* Returns what the key of a row is encrypted for. */
RowPlace key_place(const Uuid *user_id, const Uuid *id);

/* Reads the provider, which must be one of the four. */
bool key_read_provider(Task *task, const Request *request, Str *out_provider) MUST_USE;
/*
 * Reads the other members of a body for a new key, or for changes to a key that exists. An error
 * names the member. Members of another provider are refused, and those that the provider needs must
 * be there and cannot be removed.
 */
bool key_read_new(Task *task, const Request *request, const Uuid *id, Str provider,
                  KeyValues *out_values) MUST_USE;
bool key_read_changes(Task *task, const Request *request, const Uuid *id, Str provider,
                      KeyValues *out_values) MUST_USE;
