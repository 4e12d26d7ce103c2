/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that implement the home share:
 *
 *     home.c               users, paths, rights, addresses of the servers
 *     home_directories.c   making and checking the directories
 *     home_postgres.c      the directory of the cluster
 *     home_secret.c        token.key and demo.password
 */
#pragma once

#include "ops/home.h"

#include <sys/stat.h>

/* Returns whether the caller is root and has not given it up. Root owns the home then. */
bool home_is_root(const Home *home);
/* Creates missing directories and checks the owner and the mode of all. */
bool home_make_directories(const Home *home, Error *error) MUST_USE;
/* Opens the home itself. Returns -1 on failure. */
int home_open_directory(const Home *home, Error *error) MUST_USE;
/* Creates a directory (0700) in the home for the user, or leaves the one that is there. */
bool home_give_directory(int parent, const char *name, const HomeUser *user, Error *error) MUST_USE;
/* Returns whether the entry of the home may be followed: it is no link, or one that root made, or
 * everything here belongs to the caller anyway. */
bool home_may_follow(const Home *home, int parent, const char *name);
/* Returns whether a group or others may write. */
bool home_is_open_to_others(const struct stat *status);
