/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges the configuration of one device: what an expert would say first. Each finding has its
 * lines, a reason, and the command that fixes it. Pure and deterministic.
 *
 *     judge_device(arena, &device);
 *
 * Checked are references to structures that are not defined and structures that nothing refers to,
 * lines of packet filters that can never match (exactly, by sets of packets), entries of route maps
 * that nothing reaches, addresses, next hops of static routes, and how the device is operated:
 * passwords, management protocols, time and logs. What both ends of a link must agree on is checked
 * by engines/topology.
 */
#pragma once

#include "engines/network/device.h"

/* Stores the findings in device->findings, errors first and then by line, at most
 * JUDGE_MAX_FINDINGS. A device of a system that is not read has none. */
enum { JUDGE_MAX_FINDINGS = 10000 };
void judge_device(Arena *arena, Device *device);
