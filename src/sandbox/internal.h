/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; nobody else includes it.
 *
 *     sandbox.c   a parser and what comes of it, for the caller
 *     child.c     one process: its pipes, its end
 *     reason.c    why a child ended, in words
 *     lock.c, filter.c, landlock.c   in the child: how it locks itself in
 */
#pragma once

#include "sandbox/sandbox.h"

enum {
    SANDBOX_TAIL_BYTES = 4096,
    SANDBOX_READ_BYTES = 64 * 1024,
    SANDBOX_DEFAULT_CPU_S = 60,
    SANDBOX_DEFAULT_WALL_MS = 120 * 1000,
    SANDBOX_DEFAULT_LINE_BYTES = 20 * 1024 * 1024,
};
#define SANDBOX_DEFAULT_MEMORY_BYTES ((uint64_t)1024 * 1024 * 1024)
#define SANDBOX_DEFAULT_OUTPUT_BYTES ((uint64_t)256 * 1024 * 1024)

/* Environment variables that carry the limits to the child. */
#define SANDBOX_CPU_VARIABLE "SANDBOX_CPU_S"
#define SANDBOX_MEMORY_VARIABLE "SANDBOX_MEMORY_BYTES"

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* The descriptor from which the child reads the request. */
enum { SANDBOX_REQUEST_DESCRIPTOR = 3 };

/* Why the parent killed a child. */
typedef enum { STOP_NONE, STOP_TIME, STOP_OUTPUT, STOP_LINE, STOP_MEMORY } SandboxStop;

/* How a child ended. */
typedef struct {
    SandboxStop stop;
    int64_t exit_status;
    int signal; /* 0: it exited */
    Str tail;   /* the end of what it wrote to standard error */
} SandboxEnd;

/* Returns whether the child ended well; records the reason otherwise. */
bool sandbox_end_is_good(Arena *arena, const SandboxEnd *end, const SandboxOptions *limits,
                         Error *error) MUST_USE;

typedef struct SandboxChild SandboxChild;

/* Called in the loop to tell the owner of a child what happened. */
typedef struct {
    /* Returns room for at least one byte; called only while reading is on. */
    char *(*reserve)(void *context, size_t *out_size);
    void (*received)(void *context, size_t size); /* 0: the end */
    void (*ended)(void *context); /* the process has exited and its pipes were read to the end */
    void *context;
} SandboxChildEvents;

struct SandboxChild {
    uv_process_t process;
    uv_pipe_t output;
    uv_pipe_t errors;
    const SandboxChildEvents *events; /* NULL: the owner has released the child */
    uint32_t open_handles;
    int64_t exit_status;
    int signal;
    bool has_output;
    bool running;
    bool errors_ended;
    bool output_ended;
    bool released;
    size_t tail_size;
    char tail[SANDBOX_TAIL_BYTES];
};

typedef struct {
    const char *program;
    char **arguments;
    char **environment;
    int input;
    int output;  /* where it writes; -1: a pipe that the parent reads */
    int request; /* becomes SANDBOX_REQUEST_DESCRIPTOR in the child */
} SandboxChildOptions;

SandboxChild *child_start(Loop *loop, const SandboxChildOptions *options,
                          const SandboxChildEvents *events, Error *error) MUST_USE;
/* Returns whether the child has exited and all its output was read. */
bool child_has_ended(const SandboxChild *child);
SandboxEnd child_end(const SandboxChild *child);
void child_read(SandboxChild *child, bool on);
void child_kill(SandboxChild *child);
/* Returns its resident memory; 0 when unknown. */
uint64_t child_resident_bytes(const SandboxChild *child);
/* Kills the child, and frees it once the loop has reaped it. */
void child_release(SandboxChild *child);

/* filter.c: limits system calls. program is the path of the one program that may be started, or
 * NULL. */
bool filter_load(const char *program, Error *error) MUST_USE;
/* landlock.c: limits file access to reading what a program of the distribution needs, or to
 * nothing where program is NULL. *out_supported is false where the kernel has no Landlock. */
bool landlock_restrict(const char *program, bool *out_supported, Error *error) MUST_USE;
