/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Prometheus scrapes. Each process has a registry of collectors and serves it on a unix socket
 * in run/ of the data directory (app/monitor.h). serve also answers for its siblings and for the
 * whole installation, so that one address is enough:
 *
 *     GET /metrics            this process
 *     GET /metrics/{process}  a process of this data directory: serve-1, work-1, …
 *     GET /metrics/data       PostgreSQL, Redis, queues, files, backups: once for the installation
 *     GET /metrics/targets    all of these, for Prometheus's discovery of targets over HTTP
 *
 * They are answered outside the cap on requests, so they are cheap: the installation is sampled in
 * the background, in three round trips, and no table is counted. docs/metrics.md lists
 * the families, and says who may read them.
 */
#pragma once

#include "base/metric.h"
#include "web/router.h"

enum { METRICS_MAX_TARGETS = 128 };

typedef struct Metrics Metrics; /* Services.metrics */

/* Creates an empty registry. run_dir and data_dir are absolute, and outlive it. */
Metrics *metrics_new(const char *run_dir, const char *data_dir) MUST_USE;
/* Frees it. NULL is allowed. */
void metrics_free(Metrics *metrics);
MetricRegistry *metrics_registry(Metrics *metrics);
/* Tells the name under which the socket of this process is found: "serve-1". It outlives metrics.
 */
void metrics_set_process(Metrics *metrics, Str name);

/* A background task of a server that samples the installation while clients ask for it. The
 * argument is the Services. */
void metrics_sample(Task *task, void *argument);

/* The routes of a server: all of the above. */
extern const Route metrics_routes[];
/* The routes of the socket of serve, by which its siblings share one sample of the installation. */
extern const Route metrics_serve_routes[];
/* The route of a process that serves nothing else: GET /metrics. */
extern const Route metrics_own_routes[];

/* Returns the path of the socket of a process, in the arena. */
Str metrics_socket_path(Arena *arena, const char *run_dir, Str process);
