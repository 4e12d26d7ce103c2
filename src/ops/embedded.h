/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded servers: a private PostgreSQL and Redis on unix sockets under one data directory.
 * PostgreSQL identifies clients through the kernel (peer authentication): root and its own user may
 * be the superuser, the servers' user may only take the roles of serve and work. Only the servers'
 * user can reach Redis.
 */
#pragma once

#include "ops/service.h"

/* Finds the directory of PostgreSQL's programs: /usr/lib/postgresql/<newest from 15>/bin, or one on
 * PATH. */
bool embedded_find_postgres(char *out_directory, size_t size, Error *error) MUST_USE;
/* Runs a program until it exits. The supervisor passes its own function, which it can stop
 * meanwhile. */
typedef struct {
    bool (*run)(void *context, const ServiceOptions *options, Error *error);
    void *context;
} EmbeddedRunner;

/* Creates the cluster and its configuration where missing, and fills in how to start it. Never
 * changes or removes a postgres/ that holds anything but a complete cluster. */
bool embedded_prepare_postgres(const Home *home, const Config *settings,
                               const EmbeddedRunner *runner, ServiceOptions *out_service,
                               Error *error) MUST_USE;
bool embedded_prepare_redis(const Home *home, const Config *settings, ServiceOptions *out_service,
                            Error *error) MUST_USE;
/* Waits at most timeout_ms until the server answers, and ten minutes more while it replays its
 * log, also to a point in time. Then creates the database "netguru" and
 * provisions it. */
bool embedded_wait_postgres(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
bool embedded_wait_redis(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
