/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files of this folder only. Each file holds the steps of one subject; the table in check.c
 * lists them in their order. A step returns true, or false with an error. It says what it has found
 * with check_found, or sets skips if it cannot run here.
 */
#pragma once

#include "app/check/check.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "base/vec.h"

#include <stdio.h>

enum {
    CHECK_PROCESS_TIMEOUT_S = 300,
    CHECK_MAX_FILES = 2000,
    CHECK_TSV_MAX_BYTES = 1024 * 1024,
};

typedef struct {
    Arena *arena;
    const CheckOptions *options;
    Client *client;
    unsigned passed;
    unsigned failed;
    bool skips; /* the running step cannot run here; found gives the reason */
    uint64_t step_started_ms;
    char found[200]; /* result of the running step, for its line of the report */
} Check;

typedef struct {
    Str path;
    Str name;
    Str id;
    Str status;
} UploadedFile;

typedef VEC(UploadedFile) UploadedFileVec;

typedef bool CheckStep(Check *check, Error *error);

/* A member that is text, or empty; the length of a member that is an array, or 0. */
Str check_text(const JsonValue *value, const char *key);
size_t check_count(const JsonValue *value, const char *key);
/* Notes the result of the running step, for its line of the report. */
void check_found(Check *check, const char *format, ...) PRINTF_LIKE(2, 3);
/* Uploads a directory and waits until each file has been analysed. Fails if one could not be. */
bool check_upload(Check *check, const char *directory, UploadedFileVec *out_files, Error *error);
/* Waits for a capture's analysis; returns its result. */
const JsonValue *check_capture_result(Check *check, Str id, Error *error);
/* Draws a topology and returns the snapshot. */
const JsonValue *check_draw(Check *check, Str body, Error *error);
Str check_document_ids(Check *check, const UploadedFileVec *files);
/* The recorded data that is kept beside the project; empty if it is not here. */
Str check_recorded_directory(const Check *check);

CheckStep check_step_login;
CheckStep check_step_page;
CheckStep check_step_wrong_password;
CheckStep check_step_unknown_document;
CheckStep check_step_binary_config;
CheckStep check_step_administration;
CheckStep check_step_sample_files;
CheckStep check_step_search_identifier;
CheckStep check_step_search_meaning;
CheckStep check_step_sample_topology;
CheckStep check_step_sample_captures;
CheckStep check_step_show_outputs;
CheckStep check_step_conversation;
CheckStep check_step_mcp;
CheckStep check_step_recorded_network;
CheckStep check_step_recorded_captures;
