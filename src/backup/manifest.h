/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of a backup: what it holds, what it needs, and what its restored database must
 * answer. It never holds a key. docs/backup.md describes its JSON.
 *
 *     Str text;
 *     if (!manifest_write(arena, &manifest, &text, error)) …
 *     Str signature = manifest_sign(arena, keyring, text);
 *
 * The signature is a Fernet token of the digest of the text, so a manifest that was changed, or
 * made without the encryption keys, is refused.
 */
#pragma once

#include "base/vec.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

/* Format 1 has no generations: its searches by vector are those of the first one. */
enum { MANIFEST_FORMAT = 2, MANIFEST_HITS = 10 };

/* Rows of a table, or objects of a kind in the catalog, with a digest that does not depend on their
 * order. */
typedef struct {
    Str name;
    int64_t count;
    Str digest;
} ManifestDigest;

typedef VEC(ManifestDigest) ManifestDigestVec;

/* A generation of embeddings: the vectors of one model. */
typedef struct {
    Str name;
    Str sha256; /* of the model's weights, hexadecimal */
    Str state;
    int64_t vectors;
} ManifestGeneration;

typedef VEC(ManifestGeneration) ManifestGenerationVec;

/* A search and its hits, best first. */
typedef struct {
    Str kind;       /* "vector" or "text" */
    Str generation; /* whose vectors are compared; empty for words, and in format 1 */
    Str probe;      /* id of the chunk whose vector or word is searched */
    Str hits;       /* ids between commas */
} ManifestSearch;

typedef VEC(ManifestSearch) ManifestSearchVec;

typedef struct {
    Str name;
    Str created_at; /* RFC 3339 */
    Str program;
    Str server;
    Str schema;  /* revision */
    StrVec keys; /* ids of the encryption keys that its rows need */
    uint64_t database_bytes;
    uint64_t files;
    uint64_t file_bytes;
    uint64_t files_deleted; /* with their documents, while the backup was made */
    uint64_t files_lost;    /* their documents are still there */
    uint64_t files_damaged; /* copied, although they differ from the digest of their document */
    uint64_t members;       /* up to SHA256SUMS */
    Str sums;               /* digest of SHA256SUMS, hexadecimal */
    ManifestDigestVec tables;
    ManifestDigestVec catalog;
    ManifestGenerationVec generations; /* empty: the schema or the format has none */
    ManifestSearchVec searches;
} Manifest;

/* Writes it as JSON in the arena. Fails when it would be longer than 4 MiB. */
bool manifest_write(Arena *arena, const Manifest *manifest, Str *out_text, Error *error) MUST_USE;
/* Reads it. Fails with ERR_VALIDATION when a member is missing or of the wrong type, and with
 * ERR_CONFLICT when its format is newer. */
bool manifest_parse(Arena *arena, Str text, Manifest *out_manifest, Error *error) MUST_USE;

Str manifest_sign(Arena *arena, const Keyring *keyring, Str text) MUST_USE;
/* Checks the signature. Fails with ERR_CONFLICT, naming the ids of the keys that the manifest
 * needs, when no key of the ring made it, and with ERR_VALIDATION when it is of another text. */
bool manifest_check_signature(const Keyring *keyring, const Manifest *manifest, Str text,
                              Str signature, Error *error) MUST_USE;
/* Fails with ERR_CONFLICT, naming the id, when the ring lacks a key that the rows need. */
bool manifest_check_keys(const Keyring *keyring, const Manifest *manifest, Error *error) MUST_USE;
