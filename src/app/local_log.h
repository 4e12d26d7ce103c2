/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command analyze on a log, with what the configurations beside it say of its devices.
 */
#pragma once

#include "app/inputs.h"
#include "engines/log/report.h"
#include "engines/network/device.h"

/* The configurations among the inputs of the command, read when the first log needs them. Starts
 * as zeros but for the inputs; done with local_neighbours_done. */
typedef struct {
    const Inputs *inputs;
    Arena *arena; /* NULL: not read yet */
    VEC(Device) devices;
} LocalNeighbours;

void local_neighbours_done(LocalNeighbours *neighbours);

/*
 * Reads a log to its end. The configurations beside it give the findings the descriptions of their
 * interfaces, and the owners of addresses. Returns NULL on failure.
 */
LogReport *local_read_log(Arena *arena, LocalNeighbours *neighbours, Str bytes,
                          Error *error) MUST_USE;
