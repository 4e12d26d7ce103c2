/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server processes of a test. They run as an unprivileged user even when the test runs as root, and
 * end with the test. Every function aborts with a reason when it fails.
 */
#pragma once

#include "base/str.h"

#include <sys/types.h>

/* A directory below /tmp that belongs to the user of the servers. It is removed when the process
 * ends. */
typedef struct {
    char path[64];
    int guard; /* closing it makes the remover delete the directory */
    pid_t remover;
} TestDirectory;

/* Creates the directory. user is "postgres" or "redis"; nobody, if there is no such user. */
void test_directory_make(TestDirectory *directory, const char *user);
void test_directory_remove(TestDirectory *directory);

/* Starts argv[0] with its output in log_path, as the user that test_directory_make takes. */
pid_t test_process_start(const char *const *argv, const char *user, const char *log_path);
/* Starts a program and waits until it ends. Aborts with its log unless it succeeds. */
void test_process_run(const char *const *argv, const char *user, const char *log_path);
/* Sends the signal and waits until the process ends. */
void test_process_end(pid_t *pid, int signal_number);
/* Stores the ids of the children, at most size of them, and returns how many. */
size_t test_process_children(pid_t parent, pid_t *out_children, size_t size);
/* Prints the last lines of a log and aborts. */
_Noreturn void test_process_give_up(const char *what, const char *log_path);
