/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LocalFiles: the files below some folders, as documents for the tools. Only regular files of kinds
 * that a server would accept count; hidden files, and all that a symbolic link leads to, do not.
 * Nothing outside of the folders is ever opened: the kernel resolves each path beneath its folder
 * and refuses links (openat2).
 *
 * A document's id is made of its path, so it is the same in every call. The functions that read
 * run on a thread: they take an arena of their own and wait for nothing.
 */
#pragma once

#include "base/error.h"
#include "base/uuid.h"
#include "base/vec.h"
#include "services/services.h"

enum {
    LOCAL_MAX_ROOTS = 16,
    LOCAL_MAX_FILES = 2000,
    LOCAL_MAX_VISITED = 100 * 1000, /* entries of folders */
    LOCAL_MAX_DEPTH = 24,
    LOCAL_MAX_BYTES = 256 * 1024 * 1024,
};

typedef struct {
    Services services; /* first: the tools get a pointer to it, and nothing else of it is used */
    Arena *arena;      /* of the roots */
    Str roots[LOCAL_MAX_ROOTS]; /* absolute, resolved */
    size_t root_count;
} LocalFiles;

typedef struct {
    Uuid id;
    Str path; /* absolute */
    Str name; /* the path below its root */
    size_t root;
    int64_t size;
    Str type; /* "config", "log", … */
} LocalDocument;

typedef VEC(LocalDocument) LocalDocumentVec;

/* Replaces the roots by the given folders. Fails, naming the folder, when one cannot be used; the
 * others are taken nevertheless. */
bool local_files_set_roots(LocalFiles *files, const Str *paths, size_t count, Error *error);

/* Lists the documents, sorted by name. A folder that cannot be read is passed over. *out_cut tells
 * whether there are more than the limits allow. */
void local_files_list(const LocalFiles *files, Arena *arena, LocalDocumentVec *out_documents,
                      bool *out_cut);
bool local_files_find(const LocalFiles *files, Arena *arena, const Uuid *id,
                      LocalDocument *out_document, Error *error) MUST_USE;
/* Finds a document by its absolute path. */
bool local_files_find_path(const LocalFiles *files, Arena *arena, Str path,
                           LocalDocument *out_document, Error *error) MUST_USE;
/* Reads the whole file. */
bool local_files_read(const LocalFiles *files, Arena *arena, const LocalDocument *document,
                      Str *out_bytes, Error *error) MUST_USE;
/* Reads the text of a document with secrets masked; of a capture, the summary of its analysis. */
bool local_files_text(const LocalFiles *files, Arena *arena, const LocalDocument *document,
                      Str *out_text, Error *error) MUST_USE;
