/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded servers: a private PostgreSQL and Redis on unix sockets under one data directory.
 * PostgreSQL asks the kernel who connects (peer authentication) and lets root and its own user be
 * the superuser, the servers' user only the roles of serve and work. Redis is reached by the
 * servers' user alone.
 */
#pragma once

#include "ops/service.h"

/* Where PostgreSQL's programs are: /usr/lib/postgresql/<newest from 15>/bin, or on PATH. */
bool embedded_find_postgres(char *out_directory, size_t size, Error *error) MUST_USE;
/* How a program is run to its end: by the supervisor, which can be told to stop meanwhile. */
typedef struct {
    bool (*run)(void *context, const ServiceOptions *options, Error *error);
    void *context;
} EmbeddedRunner;

/* Makes the cluster and its configuration where missing, and fills in how to start it. What an
 * interrupted start left of a cluster is removed first. */
bool embedded_prepare_postgres(const Home *home, const Config *settings,
                               const EmbeddedRunner *runner, ServiceOptions *out_service,
                               Error *error) MUST_USE;
bool embedded_prepare_redis(const Home *home, const Config *settings, ServiceOptions *out_service,
                            Error *error) MUST_USE;
/* Waits until the server answers, at most timeout_ms; makes the database "netguru" and provisions
 * it. */
bool embedded_wait_postgres(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
bool embedded_wait_redis(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
