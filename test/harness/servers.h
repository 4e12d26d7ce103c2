/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private PostgreSQL and a private Redis for a test binary: on unix sockets in a temporary
 * directory, ended and removed with it.
 *
 *     TestPostgres *postgres = test_postgres_start(NULL);
 *     DbOptions options = {.url = str_of(test_postgres_url(postgres))};
 *     …
 *     test_postgres_free(postgres);
 *
 * Start them once per binary (a group set-up of cmocka): initdb takes about a second. Durability is
 * off. They abort with the server's log when they cannot start.
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

/* options may be NULL. */
TestPostgres *test_postgres_start(const TestPostgresOptions *options);
/* Of the superuser "netguru" in the database "netguru". */
const char *test_postgres_url(const TestPostgres *postgres);
/* The same by TCP and the name localhost. */
const char *test_postgres_tcp_url(const TestPostgres *postgres);
/* The url of another user or database (NULL: as above); valid until the server is freed. */
const char *test_postgres_url_of(TestPostgres *postgres, const char *user, const char *database);
/* Runs a script as the superuser, blocking; aborts with the error. */
void test_postgres_run(const TestPostgres *postgres, const char *script);
/* The first column of the first row as a number, blocking. */
int64_t test_postgres_count(const TestPostgres *postgres, const char *sql);
/* SIGKILL to the server and all its children. */
void test_postgres_kill(TestPostgres *postgres);
/* Stops (SIGSTOP) the server and its children, or lets them go on. */
void test_postgres_freeze(const TestPostgres *postgres, bool frozen);
/* An orderly, fast shutdown. */
void test_postgres_stop(TestPostgres *postgres);
/* After one of those: starts it again on the same data and waits until it answers. */
void test_postgres_restart(TestPostgres *postgres);
void test_postgres_free(TestPostgres *postgres);

typedef struct TestRedis TestRedis;

/* password may be NULL. */
TestRedis *test_redis_start(const char *password);
const char *test_redis_url(const TestRedis *redis); /* without the password */
const char *test_redis_socket(const TestRedis *redis);
/* One command given as words, blocking, over a connection of its own; aborts on an error reply. */
void test_redis_run(const TestRedis *redis, const char *const *words);
/* Its reply as a number: an integer, a string of digits, the length of an array; -1 for nothing. */
int64_t test_redis_number(const TestRedis *redis, const char *const *words);
void test_redis_kill(TestRedis *redis);
void test_redis_freeze(const TestRedis *redis, bool frozen);
void test_redis_restart(TestRedis *redis);
void test_redis_free(TestRedis *redis);
