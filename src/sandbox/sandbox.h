/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sandbox: runs a parser on hostile input in a child process that can do nothing but compute: no
 * network, no file but its input, no new process, and limits on CPU time, memory and output.
 *
 * The child is this program again with the verb "parse": it locks itself in (rlimits, no_new_privs,
 * Landlock, seccomp) before it reads the first byte, and writes lines to its standard output. When
 * it is killed, loops or runs out of memory, the caller gets an error that says which.
 *
 *     SandboxOptions options = {.verb = "document", .request = …, .input = file};
 *     auto_sandbox Sandbox *child = sandbox_start(task, &options);
 *     Str line;
 *     bool more = true;
 *     while (more) {
 *         if (!child || !sandbox_read_line(task, child, &more, &line))
 *             return false;
 *         …
 *     }
 *
 * With runs_pdftotext the input is a PDF: a first child becomes pdftotext, and what it writes is
 * the standard input of the parser. Both are locked in; why so: docs/decisions/0005-sandbox.md.
 */
#pragma once

#include "task/task.h"

enum {
    SANDBOX_MAX_REQUEST_BYTES = 4096,
    /* Exit status of a child: 0 on success; SANDBOX_EXIT_INPUT when the input is at fault, with
     * the reason for the user as the last line of standard error; SANDBOX_EXIT_SETUP when the
     * child could not lock itself in. */
    SANDBOX_EXIT_INPUT = 2,
    SANDBOX_EXIT_SETUP = 3,
};

typedef struct {
    const char *verb; /* what the child does, see analysis/child.h; NULL with runs_pdftotext: the
                         raw text, by sandbox_read */
    /* What the child is told about its input, at most SANDBOX_MAX_REQUEST_BYTES. It goes through a
     * pipe of its own: arguments of a process are visible to every user of the machine. */
    Str request;
    int input;               /* a descriptor, given to the child as its standard input; read from
                                its offset, which is shared */
    uint32_t cpu_s;          /* 0: 60 */
    uint32_t wall_ms;        /* 0: 120 s */
    uint64_t memory_bytes;   /* 0: 1 GiB of address space */
    uint64_t output_bytes;   /* 0: 256 MiB */
    uint32_t max_line_bytes; /* 0: 20 MiB */
    bool runs_pdftotext;     /* the input is a PDF */
    const char *program;     /* for tests; NULL: this program */
} SandboxOptions;

typedef struct Sandbox Sandbox;

/* Starts a child. NULL with ERR_UNAVAILABLE when no process can be made. */
Sandbox *sandbox_start(Task *task, const SandboxOptions *options) MUST_USE;
/*
 * Reads the next line of the child's output, without its newline, valid until the next call.
 * *out_more is false at the end of a child that exited 0. Fails with ERR_VALIDATION and the child's
 * own reason (exit status 2), or "the parser was stopped: …" (out of time, memory or output, a
 * forbidden system call, a crash); with ERR_UNAVAILABLE when the child could not lock itself in.
 * Discard what was read before an error.
 */
bool sandbox_read_line(Task *task, Sandbox *sandbox, bool *out_more, Str *out_line) MUST_USE;
/* Reads the next bytes as they come, valid until the next call; empty at the end. Errors are those
 * of sandbox_read_line. */
bool sandbox_read(Task *task, Sandbox *sandbox, Str *out_bytes) MUST_USE;
/* Kills the child if it still runs. Never waits: the loop reaps it. */
void sandbox_release(Sandbox **sandbox);
#define auto_sandbox AUTO(sandbox_release)

/* In the child, before sandbox_lock: reads the parent's request; empty where it made none. */
bool sandbox_read_request(Arena *arena, Str *out_request, Error *error) MUST_USE;
/*
 * In the child: gives up all rights. Afterwards only read, write, memory and exit are possible.
 * Call it before the input is touched and before any thread is made. 0 takes the limit that the
 * parent asked for. The child must leave by _exit, because exit handlers may touch files.
 */
bool sandbox_lock(uint32_t cpu_s, uint64_t memory_bytes, bool runs_pdftotext,
                  Error *error) MUST_USE;
/* In a child started for a PDF (verb "pdftotext"): locks the process in and becomes pdftotext,
 * from standard input to standard output. Returns only on failure. */
bool sandbox_run_pdftotext(Error *error);
