/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets: reads some packets of a stored capture in a sandboxed child. The child reads the file
 * from its start, so the last packets of a large capture take longest.
 *
 *     AnalysisPacketsInput input = {.file = file, .name = name, .packets = {.first = 1, .count =
 * 100}}; Str json; if (!analysis_packets(task, &input, &json)) return false;
 */
#pragma once

#include "analysis/wire.h"
#include "task/task.h"

typedef struct {
    int file; /* open for reading, read from its offset */
    Str name; /* as the user calls it; at most 255 bytes */
    WirePackets packets;
} AnalysisPacketsInput;

/*
 * Writes the JSON of a list of packets or of one packet, as docs/capture-analysis.md describes it.
 * Fails with ERR_NOT_FOUND when there is no packet of that number, and with ERR_VALIDATION when the
 * file is no capture or takes too long.
 */
bool analysis_packets(Task *task, const AnalysisPacketsInput *input, Str *out_json) MUST_USE;
