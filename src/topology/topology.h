/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topology: snapshots of the network drawn from a user's configurations. Generating one is a job:
 * the configurations are parsed and drawn in the sandbox, the graph (React Flow's shape) and its
 * picture are stored.
 */
#pragma once

#include "jobs/job.h"
#include "web/router.h"

extern const Route topology_routes[];
/* "topology_generation" */
extern const JobKind topology_jobs[];
