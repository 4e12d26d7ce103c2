/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded servers: a private PostgreSQL and Redis on unix sockets under one data directory.
 * Reached only by the directory's owner, which is what authenticates (pg_hba trust behind 0700).
 */
#pragma once

#include "ops/service.h"

/* Where PostgreSQL's programs are: /usr/lib/postgresql/<newest from 15>/bin, or on PATH. */
bool embedded_find_postgres(char *out_directory, size_t size, Error *error) MUST_USE;
/* Makes the cluster and its configuration where missing, and fills in how to start it. */
bool embedded_prepare_postgres(const Home *home, const Config *settings,
                               ServiceOptions *out_service, Error *error) MUST_USE;
bool embedded_prepare_redis(const Home *home, ServiceOptions *out_service, Error *error) MUST_USE;
/* Waits until the server answers, at most timeout_ms; makes the database "netguru" and provisions
 * it. */
bool embedded_wait_postgres(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
bool embedded_wait_redis(const Home *home, unsigned timeout_ms, Error *error) MUST_USE;
