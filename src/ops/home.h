/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home: the data directory, and where everything lies in it. Its owner is the unprivileged user
 * that serve, work and Redis run as: the caller or, when root starts, "netguru" (made by ./dev,
 * else "postgres" or "nobody"). PostgreSQL then runs as a user of its own ("netguru-postgres", else
 * "postgres"), which reaches its data, its socket and nothing else.
 *
 *     postgres/  redis/    data of the embedded servers
 *     run/                 their sockets and the supervisor's locks
 *     files/               uploaded files
 *     demo.password        password of the demo account
 *     token.key            the secret of access tokens
 *     log/                 what the servers write
 */
#pragma once

#include "base/config.h"

#include <sys/types.h>

typedef struct {
    uid_t uid;
    gid_t gid;
    char name[64];
} HomeUser;

typedef struct {
    char path[512];
    char postgres[600];
    char redis[600];
    char run[600];
    char files[600];
    char log[600];
    uid_t uid; /* of serve, work and Redis */
    gid_t gid;
    char user[64];
    HomeUser postgres_user; /* of PostgreSQL: the same user where there is no other */
    bool by_root;
} Home;

/* The login role of a process in the database. */
typedef enum { HOME_ROLE_SERVE, HOME_ROLE_WORK } HomeRole;

/*
 * Finds the directories and makes those that are missing. They are private (0700); when PostgreSQL
 * has a user of its own, that user may pass through the home (0710) and make sockets in run/
 * (1770). ERR_VALIDATION when a socket's path would be too long or would hold what configuration
 * files cannot; ERR_CONFLICT, with the command that helps, when a directory belongs to another
 * user, can be written to by others, or cannot be reached by the servers' user.
 */
bool home_open(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Does what home_open does but makes nothing: ERR_NOT_FOUND when it is not there. */
bool home_find(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Gives up root for the home's user, for good. No effect for anybody else. */
bool home_drop_root(const Home *home, Error *error) MUST_USE;
/* Gives up root for PostgreSQL's user, for good. No effect for anybody else. */
bool home_become_postgres(const Home *home, Error *error) MUST_USE;
/*
 * As root, from home_enter to home_leave, files are touched with the rights of the home's user:
 * whatever that user has put into its directory (a link, say) leads nowhere that it could not go
 * itself. Not nested, and no child is started in between. No effect for anybody else.
 */
void home_enter(const Home *home);
void home_leave(const Home *home);
/* Does the same with the rights of PostgreSQL's user, which home_leave ends too. */
void home_enter_postgres(const Home *home);
/* Opens a file of the data directory in this way, or makes it (0600); never through a link, never
 * waiting for a pipe's other end. -1 with errno. */
int home_open_file(const Home *home, const char *path, int flags) MUST_USE;
/* Does the same with the rights of PostgreSQL's user. */
int home_open_postgres_file(const Home *home, const char *path, int flags) MUST_USE;
/* Whether PostgreSQL runs as another user than the home's. */
bool home_separates_postgres(const Home *home);
/*
 * Makes PostgreSQL's data directory where it is missing, and gives one of an earlier version to
 * PostgreSQL's user. ERR_CONFLICT when it belongs to somebody else.
 */
bool home_prepare_postgres(const Home *home, Error *error) MUST_USE;
/* Addresses of the embedded servers, or of NETGURU_… where set. In the arena. */
Str home_database_url(const Home *home, const Config *settings, HomeRole role, Arena *arena);
Str home_owner_url(const Home *home, const Config *settings, Arena *arena);
Str home_redis_url(const Home *home, const Config *settings, Arena *arena);
/* Returns the password of the demo account: the text of demo.password without the line break. It is
 * random and made at first use. */
bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error);
/* NETGURU_SECRET, or that of the data directory, made at first use. */
bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error) MUST_USE;
