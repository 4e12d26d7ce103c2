/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upload: what the files of `netguru upload` share. One task runs for each upload at a time, one
 * more follows the analyses, all on one loop and over one client for outgoing requests.
 *
 *     upload.c          the command, its tasks and what it prints
 *     upload_request.c  one request: waiting for the server, renewing the session
 *     upload_list.h     the files
 *     upload_bar.h      the line on the terminal
 */
#pragma once

#include "app/client.h"
#include "app/upload_bar.h"
#include "app/upload_list.h"
#include "net/outgoing/outgoing.h"
#include "task/clock.h"

enum {
    UPLOAD_JOBS = 4,
    UPLOAD_MAX_JOBS = 16,
    UPLOAD_PATIENCE_MS = 600 * 1000, /* without any file uploaded or analysed */
};

_Static_assert((int)UPLOAD_MAX_JOBS <= (int)UPLOAD_BAR_CURRENT, "the bar has room for all jobs");

typedef struct Upload Upload;

/* A task that sends requests. */
typedef struct {
    Upload *upload;
    UploadBarFile *shown; /* in the bar; NULL for the task that follows the analyses */
    uint64_t begun_ms;    /* the present file or document */
    Wait wait;            /* for a document to follow, or for the session to be renewed */
} UploadWorker;

/* A document whose analysis has not ended yet. */
typedef struct {
    Str id;
    const char *path;
    bool is_duplicate;
    bool is_printed;
    size_t members; /* of an archive: so many of its files were reported */
} UploadedDocument;

struct Upload {
    Command *command;
    Client *client;
    uint32_t jobs;
    bool waits;
    bool as_json; /* for the analyses */
    UploadList list;
    UploadBar bar;
    Loop *loop;
    Outgoing *outgoing;
    LoopTimer bar_timer;
    uv_signal_t interrupt;
    TaskId main_task;
    bool interrupted;
    bool ended; /* the main task */
    UploadWorker workers[UPLOAD_MAX_JOBS + 1];
    UploadWorker *follower;
    uint32_t uploading; /* workers that may still add documents */
    size_t next;        /* of the list */
    VEC(UploadedDocument) documents;
    size_t followed;
    uint32_t uploaded;
    uint32_t duplicates;
    uint32_t failed;
    int exit_status; /* of the first failure */
    /* upload_request.c */
    uint64_t progress_ms;   /* when a file was last uploaded or analysed */
    uint64_t hold_until_ms; /* no request before */
    uint64_t said_ms;       /* when a wait was last announced */
    bool answered;          /* the server, at least once */
    bool renewing;          /* a task of its own renews the session */
    TaskId renewal_task;
    LoopTimer renewal_timer; /* ends it after an interrupt */
    Error renewal_error;
    bool cannot_go_on; /* the task's error is every file's */
};

typedef struct {
    int status;
    bool is_duplicate;
    const JsonValue *document; /* in the arena of the task */
} UploadAnswer;

/* Sends the file, or asks for the document of that path where file is NULL, until the server has
 * taken or refused it. False with the task's error; it concerns every file when the task is
 * cancelled or upload->cannot_go_on is set. */
bool upload_request(Task *task, UploadWorker *worker, const UploadFile *file, Str path,
                    UploadAnswer *out_answer) MUST_USE;
/* Lets a renewal that has begun come to its end for a short while, then cancels it: a token that
 * was used but not replaced would end the stored session. */
void upload_hurry_renewal(Upload *upload);
/* Stops the loop when the main task has ended and no renewal runs. */
void upload_leave(Upload *upload);
