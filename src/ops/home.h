/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home: the data directory, and where in it everything lies. Its owner is the unprivileged user
 * that the servers run as: the caller, or "netguru" (made by ./dev, else "postgres" or "nobody")
 * when root starts.
 *
 *     postgres/  redis/    data of the embedded servers
 *     run/                 their sockets and the supervisor's lock, private
 *     files/               uploaded files
 *     token.key            the secret of access tokens
 *     log/                 what the servers say
 */
#pragma once

#include "base/config.h"

#include <sys/types.h>

typedef struct {
    char path[512];
    char postgres[600];
    char redis[600];
    char run[600];
    char files[600];
    char log[600];
    uid_t uid; /* of the servers */
    gid_t gid;
    char user[64];
    bool by_root;
} Home;

/* Finds and, where missing, makes the directories (0700). ERR_VALIDATION when a socket's path would
 * be too long. */
bool home_open(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* As home_open, but nothing is made: ERR_NOT_FOUND when it is not there. */
bool home_find(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Gives up root for the home's user, for good. No effect for anybody else. */
bool home_drop_root(const Home *home, Error *error) MUST_USE;
/* Addresses of the embedded servers, or of NETGURU_… where set. In the arena. */
Str home_database_url(const Home *home, const Config *settings, Arena *arena);
Str home_owner_url(const Home *home, const Config *settings, Arena *arena);
Str home_redis_url(const Home *home, const Config *settings, Arena *arena);
/* NETGURU_SECRET, or that of the data directory, made at first use. */
bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error) MUST_USE;
