/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home: the data directory and the paths in it. serve, work and Redis run as an unprivileged user:
 * the caller or, when root starts them, "netguru" (created by ./dev; else "postgres" or "nobody").
 * PostgreSQL then runs as a user of its own ("netguru-postgres", else "postgres"), which reaches
 * only its data and its socket, and the home itself belongs to root: none of these users can
 * exchange a directory or a secret that root or the other user relies on.
 *
 *     postgres/  redis/    data of the embedded servers
 *     postgres.initdb/     a cluster while it is made
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
    char postgres_new[600]; /* where a cluster is made */
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
 * Finds the directories and creates those that are missing. They are private (0700). When root
 * calls this, the home belongs to root and its group may pass (0710), and the group may create
 * sockets in run/ (1770); a home of an earlier version, which the servers' user owns, comes to
 * root. Fails with ERR_VALIDATION when a socket's path would be too long or would contain
 * characters that configuration files cannot. Fails with ERR_CONFLICT, naming the command that
 * helps, when a directory belongs to another user, can be written to by others, is reached by a
 * link that root has not made, or cannot be reached by the servers' user.
 */
bool home_open(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Does the same but creates nothing. Fails with ERR_NOT_FOUND when the home does not exist. */
bool home_find(const Config *settings, Home *out_home, Error *error) MUST_USE;
/* Opens a directory of the home (0750) that only root can write to and the servers can read, for
 * root. Creates it when it is missing; files of other users may be in it. Returns -1 on failure. */
int home_open_published(const Home *home, const char *name, Error *error) MUST_USE;
/* Returns whether the caller may read a file of such a directory. Root reads only what root has
 * written. */
bool home_is_published(const Home *home, const char *directory, const char *name);
/* Removes sockets that former servers, or attackers, have left in run/. No server may run. No
 * effect unless the caller is root. */
bool home_clear_run(const Home *home, Error *error) MUST_USE;
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
/* What a directory holds of a PostgreSQL cluster. */
typedef enum {
    HOME_CLUSTER_ABSENT, /* there is no directory */
    HOME_CLUSTER_EMPTY,
    HOME_CLUSTER_UNFINISHED, /* files without the line that is written after initdb */
    HOME_CLUSTER_USED,       /* the same, but a server has run on it */
    HOME_CLUSTER_COMPLETE,
} HomeCluster;

/* The last line of postgresql.conf in a complete cluster. */
#define HOME_POSTGRES_INCLUDE "include 'netguru.conf'"

/* Returns the state of postgres/. Fails with ERR_CONFLICT when it belongs to another user. */
bool home_inspect_cluster(const Home *home, HomeCluster *out_state, Error *error) MUST_USE;
/* Creates the directory postgres.initdb/ for PostgreSQL's user when it is missing, and returns its
 * state. */
bool home_make_unfinished_cluster(const Home *home, HomeCluster *out_state, Error *error) MUST_USE;
/* Renames postgres.initdb/ to postgres/. Fails with ERR_CONFLICT when there is more than an empty
 * directory in that place. */
bool home_finish_cluster(const Home *home, Error *error) MUST_USE;
/* Return the addresses of the embedded servers, or those of NETGURU_… where set, in the arena. The
 * superuser's is always the embedded server's; root accepts a server of PostgreSQL's user only. */
Str home_database_url(const Home *home, const Config *settings, HomeRole role, Arena *arena);
Str home_superuser_url(const Home *home, const char *database, Arena *arena);
Str home_owner_url(const Home *home, const Config *settings, Arena *arena);
Str home_redis_url(const Home *home, const Config *settings, Arena *arena);
/* Returns the password of the demo account: the text of demo.password without the line break. It is
 * random and created at first use; in root's home, only root can create it. */
bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error);
/* Creates encryption.key, with a random Fernet key (0600), unless it exists; in root's home, only
 * root can create it. */
bool home_make_encryption_key(const Home *home, Error *error) MUST_USE;
/* Reads encryption.key into the arena. Fails with ERR_NOT_FOUND when there is none, and with
 * ERR_CONFLICT when others may read it. */
bool home_encryption_keys(const Home *home, Arena *arena, Str *out_text, Error *error) MUST_USE;
/* Returns NETGURU_SECRET, or the secret of the data directory, which is created at first use; in
 * root's home, only root can create it. */
bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error) MUST_USE;
