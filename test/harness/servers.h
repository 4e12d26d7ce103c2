/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private PostgreSQL and a private Redis for a test binary: on unix sockets in a temporary
 * directory. They end with the binary, and the directory is removed.
 *
 *     TestPostgres *postgres = test_postgres_start(NULL);
 *     DbOptions options = {.url = str_of(test_postgres_url(postgres))};
 *     …
 *     test_postgres_free(postgres);
 *
 * Start them once per binary (a group set-up of cmocka): initdb takes about a second. Durability is
 * off. If a server cannot start, the test aborts with its log.
 */
#pragma once

#include "base/str.h"

typedef struct TestPostgres TestPostgres;
typedef struct {
    uint32_t max_connections;    /* 0: 100 */
    bool tcp;                    /* also listens on 127.0.0.1 */
    bool tls;                    /* and speaks TLS there, with a certificate made by openssl(1) */
    const char *const *settings; /* more of postgresql.conf, "name = value", ended by NULL */
} TestPostgresOptions;

/* Starts a PostgreSQL. options may be NULL. */
TestPostgres *test_postgres_start(const TestPostgresOptions *options);
/* Returns the url of the superuser "netguru" in the database "netguru". */
const char *test_postgres_url(const TestPostgres *postgres);
/* Returns the same url over TCP, with the host name localhost. */
const char *test_postgres_tcp_url(const TestPostgres *postgres);
/* Returns the url of another user or database (NULL: as above), valid until the server is freed. */
const char *test_postgres_url_of(TestPostgres *postgres, const char *user, const char *database);
/* Runs a script as the superuser and blocks until it ends. Aborts with the error if it fails. */
void test_postgres_run(const TestPostgres *postgres, const char *script);
/* Returns the first column of the first row as a number. Blocks. */
int64_t test_postgres_count(const TestPostgres *postgres, const char *sql);
/* Sends SIGKILL to the server and all its children. */
void test_postgres_kill(TestPostgres *postgres);
/* Suspends the server and its children (SIGSTOP), or resumes them. */
void test_postgres_freeze(const TestPostgres *postgres, bool frozen);
/* Shuts the server down, fast but orderly. */
void test_postgres_stop(TestPostgres *postgres);
/* Starts a killed or stopped server again on the same data and waits until it answers. */
void test_postgres_restart(TestPostgres *postgres);
void test_postgres_free(TestPostgres *postgres);

typedef struct TestRedis TestRedis;

/* Starts a Redis. password may be NULL. */
TestRedis *test_redis_start(const char *password);
const char *test_redis_url(const TestRedis *redis); /* without the password */
const char *test_redis_socket(const TestRedis *redis);
/* Runs one command, given as words, over a connection of its own. Blocks, and aborts on an error
 * reply. */
void test_redis_run(const TestRedis *redis, const char *const *words);
/* Runs a command and returns its reply as a number: an integer, a string of digits, the length of
 * an array; -1 for no value. */
int64_t test_redis_number(const TestRedis *redis, const char *const *words);
void test_redis_kill(TestRedis *redis);
void test_redis_freeze(const TestRedis *redis, bool frozen);
void test_redis_restart(TestRedis *redis);
void test_redis_free(TestRedis *redis);
