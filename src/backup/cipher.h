/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encryption of an archive by age(1), as a filter: bytes go through the child as they come.
 * docs/backup.md says why age.
 *
 *     CipherSink *seal = cipher_seal_begin(arena, recipients, sink, error);
 *     … write to cipher_sink(seal) …
 *     if (!cipher_seal_end(seal, error)) …
 */
#pragma once

#include "backup/stream.h"
#include "base/config.h"

typedef struct CipherSink CipherSink;
typedef struct CipherSource CipherSource;

/* Starts to encrypt for recipients ("age1…", commas between). */
CipherSink *cipher_seal_begin(Arena *arena, Str recipients, ByteSink next, Error *error) MUST_USE;
ByteSink cipher_sink(CipherSink *seal);
/* Writes what is left. */
bool cipher_seal_end(CipherSink *seal, Error *error) MUST_USE;

/* Starts to decrypt with the identity that NETGURU_BACKUP_IDENTITY_FILE or _COMMAND gives. Reading
 * from it fails with ERR_CONFLICT when the identity is the wrong one. */
CipherSource *cipher_open_begin(Arena *arena, const Config *settings, ByteSource from,
                                Error *error) MUST_USE;
ByteSource cipher_source(CipherSource *open);
