/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server processes of a test. They run as an unprivileged user even when the test runs as root, and
 * die with the test. Everything here aborts with a reason when it cannot be done.
 */
#pragma once

#include "base/str.h"

#include <sys/types.h>

/* A directory below /tmp that belongs to the user the servers run as; removed when the process
 * ends. */
typedef struct {
    char path[64];
    int guard; /* its closing lets the directory be removed */
    pid_t remover;
} TestDirectory;

/* user: "postgres" or "redis"; where there is no such user, nobody. */
void test_directory_make(TestDirectory *directory, const char *user);
void test_directory_remove(TestDirectory *directory);

/* Starts argv[0] with output into log_path. user as above. */
pid_t test_process_start(const char *const *argv, const char *user, const char *log_path);
/* Starts it and waits for its end; aborts with its log unless it succeeds. */
void test_process_run(const char *const *argv, const char *user, const char *log_path);
/* Sends the signal and waits for the end. */
void test_process_end(pid_t *pid, int signal_number);
/* Its children's ids, at most size of them; returns how many. */
size_t test_process_children(pid_t parent, pid_t *out_children, size_t size);
/* Prints the last lines of a log and aborts. */
_Noreturn void test_process_give_up(const char *what, const char *log_path);
