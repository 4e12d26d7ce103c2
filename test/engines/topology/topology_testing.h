/* SPDX-License-Identifier: Apache-2.0 */
/* Networks from texts and from recorded files, and their links as comparable lines. */
#pragma once

#include "engines/config/config_testing.h"
#include "engines/topology/topology.h"

/* Builds and lays out the network of the given texts; files are called a.cfg, b.cfg, … */
Topology testing_topology(Arena *arena, const char *const *texts, size_t count);
/* The same of recorded files; those that are no configuration are left out. */
Topology testing_topology_of_files(Arena *arena, const StrVec *files);
/* Links between devices, each as "host1 Interface1 = host2 Interface2", ends and lines sorted. */
StrVec testing_links(Arena *arena, const Topology *topology);
void testing_sort(StrVec *list);
/* Prints what is only in one of them; the number of such lines. */
size_t testing_compare(const char *what, const StrVec *expected, const StrVec *found);
const Finding *testing_finding(const Topology *topology, const char *kind);
size_t testing_count(const Topology *topology, const char *kind);
