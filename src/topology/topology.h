/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topology: snapshots of the network that a user's configurations describe. A job generates one:
 * the sandboxed child parses the configurations and draws the network, and the job stores the
 * graph (in the shape that React Flow takes) and the SVG diagram.
 */
#pragma once

#include "jobs/job.h"
#include "web/router.h"

extern const Route topology_routes[];
/* "topology_generation" */
extern const JobKind topology_jobs[];
