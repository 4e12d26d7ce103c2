/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor: how serve and work show their metrics. A process takes the lowest free number of its
 * kind in the data directory and serves GET /metrics on the socket run/serve-1.metrics, and
 * on NETGURU_METRICS_ADDRESS where that is set. It removes the socket when it stops; the socket of
 * a killed process stays, so that its absence is seen, until another process takes its number.
 */
#pragma once

#include "base/metric.h"
#include "ops/home.h"
#include "services/services.h"

typedef struct Monitor Monitor;

/* Creates the registry of services->metrics, with what all processes have. name is a literal. */
Monitor *monitor_new(const char *name, const Home *home, Services *services) MUST_USE;
/* Listens. Fails when an address cannot be used; a socket that cannot be made is only logged. */
bool monitor_start(Task *task, Monitor *monitor) MUST_USE;
void monitor_stop(Task *task, Monitor *monitor);
/* Frees the monitor and services->metrics. */
void monitor_free(Monitor *monitor);

/* A MetricCollect: processor time, memory and descriptors of this process, by the names that
 * Prometheus's own clients use. source is ignored. */
void process_collect(MetricWriter *writer, const void *source);
