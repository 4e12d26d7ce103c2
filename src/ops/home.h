/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home: the data directory and the paths in it. Its owner is the unprivileged user that serve, work
 * and Redis run as: the caller or, when root starts them, "netguru" (created by ./dev; else
 * "postgres" or "nobody"). PostgreSQL then runs as a user of its own ("netguru-postgres", else
 * "postgres"), which reaches only its data and its socket.
 *
 *     postgres/  redis/    data of the embedded servers
 *     run/                 their sockets and the supervisor's locks
 *     files/               uploaded files
 *     demo.password        password of the demo account
 *     token.key            the secret of access tokens
 *     encryption.key       the keys that encrypt values in the database
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
    uid_t uid; /* the user of serve, work and Redis */
    gid_t gid;
    char user[64];
    HomeUser postgres_user; /* the user of PostgreSQL; the same one when there is no other */
    bool by_root;
} Home;

/* The database role that a process logs in as. */
typedef enum { HOME_ROLE_SERVE, HOME_ROLE_WORK } HomeRole;

/*
 * Finds the directories and creates those that are missing. They are private (0700); when
 * PostgreSQL has a user of its own, that user may pass through the home (0710) and create sockets
 * in run/ (1770). Fails with ERR_VALIDATION when a socket's path would be too long or would contain
 * characters that configuration files cannot. Fails with ERR_CONFLICT, naming the command that
 * helps, when a directory belongs to another user, can be written to by others, or cannot be
 * reached by the servers' user.
 */
bool home_open(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Does the same but creates nothing. Fails with ERR_NOT_FOUND when the home does not exist. */
bool home_find(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Gives up root for the home's user, permanently. No effect unless the caller is root. */
bool home_drop_root(const Home *home, Error *error) MUST_USE;
/* Gives up root for PostgreSQL's user, permanently. No effect unless the caller is root. */
bool home_become_postgres(const Home *home, Error *error) MUST_USE;
/*
 * When root calls these, files between home_enter and home_leave are accessed with the rights of
 * the home's user, so a symlink planted there cannot reach anything that user could not. Calls do
 * not nest, and no child may be started in between. No effect unless the caller is root.
 */
void home_enter(const Home *home);
void home_leave(const Home *home);
/* Does the same with the rights of PostgreSQL's user, which home_leave ends too. */
void home_enter_postgres(const Home *home);
/* Opens or creates (0600) a file of the data directory with those rights. Never follows a link and
 * never waits for the other end of a pipe. Returns -1 with errno. */
int home_open_file(const Home *home, const char *path, int flags) MUST_USE;
/* Does the same with the rights of PostgreSQL's user. */
int home_open_postgres_file(const Home *home, const char *path, int flags) MUST_USE;
/* Returns whether PostgreSQL runs as another user than the home's. */
bool home_separates_postgres(const Home *home);
/*
 * Creates PostgreSQL's data directory when it is missing, and gives a directory of an earlier
 * version to PostgreSQL's user. Fails with ERR_CONFLICT when it belongs to another user.
 */
bool home_prepare_postgres(const Home *home, Error *error) MUST_USE;
/* Return the addresses of the embedded servers, or those of NETGURU_… where set, in the arena. */
Str home_database_url(const Home *home, const Config *settings, HomeRole role, Arena *arena);
Str home_owner_url(const Home *home, const Config *settings, Arena *arena);
Str home_redis_url(const Home *home, const Config *settings, Arena *arena);
/* Returns the password of the demo account: the text of demo.password without the line break. It is
 * random and created at first use. */
bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error);
/* Creates encryption.key, with a random Fernet key (0600), unless it exists. */
bool home_make_encryption_key(const Home *home, Error *error) MUST_USE;
/* Reads encryption.key into the arena. Fails with ERR_NOT_FOUND when there is none, and with
 * ERR_CONFLICT when others may read it. */
bool home_encryption_keys(const Home *home, Arena *arena, Str *out_text, Error *error) MUST_USE;
/* Returns NETGURU_SECRET, or the secret of the data directory, which is created at first use. */
bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error) MUST_USE;
