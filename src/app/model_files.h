/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of an embedding model (model.safetensors, vocab.txt) in the data directory, where the
 * servers can read them. In root's home they belong to root, so that the servers cannot change
 * them.
 */
#pragma once

#include "crypto/digest.h"
#include "ops/home.h"

typedef struct {
    const Home *home;
    Str from;         /* directory of the model */
    const char *name; /* of the directory in the home */
} ModelInstallation;

/* Copies the files, unless the same ones are there: size and time of change tell. Each file appears
 * as a whole or not at all. */
bool model_files_install(const ModelInstallation *installation, Error *error) MUST_USE;
/* Deletes such a directory with its files. Ignores what is not there. */
void model_files_remove(const Home *home, const char *name);
/* Writes the digest of a file in hexadecimal. Returns false, with errno, if it cannot be read. */
bool model_file_digest(const char *path, char out[SHA256_HEX_SIZE]) MUST_USE;
