/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home: the data directory, and where in it everything lies. Its owner is the unprivileged user
 * that the servers run as: the caller, or "netguru" (made by ./dev, else "postgres" or "nobody")
 * when root starts.
 *
 *     postgres/  redis/    data of the embedded servers
 *     run/                 their sockets and the supervisor's lock, private
 *     files/               uploaded files
 *     demo.password        of the demo account, where there is one
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
 * be too long or hold what configuration files cannot; ERR_CONFLICT when a directory is another
 * user's or others may write to it. */
bool home_open(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* As home_open, but nothing is made: ERR_NOT_FOUND when it is not there. */
bool home_find(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Gives up root for the home's user, for good. No effect for anybody else. */
bool home_drop_root(const Home *home, Error *error) MUST_USE;
/*
 * As root, from home_enter to home_leave, files are touched with the rights of the home's user:
 * whatever that user has put into its directory (a link, say) leads nowhere that it could not go
 * itself. Not nested, and no child is started in between. No effect for anybody else.
 */
void home_enter(const Home *home);
void home_leave(const Home *home);
/* Opens a file of the data directory in this way, or makes it (0600); never through a link, never
 * waiting for a pipe's other end. -1 with errno. */
int home_open_file(const Home *home, const char *path, int flags) MUST_USE;
/* Addresses of the embedded servers, or of NETGURU_… where set. In the arena. */
Str home_database_url(const Home *home, const Config *settings, Arena *arena);
Str home_owner_url(const Home *home, const Config *settings, Arena *arena);
Str home_redis_url(const Home *home, const Config *settings, Arena *arena);
/* Of the demo account: random, kept in the data directory, made at first use. */
bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error);
/* NETGURU_SECRET, or that of the data directory, made at first use. */
bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error) MUST_USE;
