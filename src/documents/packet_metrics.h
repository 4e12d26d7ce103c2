/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of the reads of packets, of the whole process. */
#pragma once

#include "base/metric.h"
#include "documents/packet_gate.h"

/* Count a read by the error of the task (ERR_NONE: it was answered): one that the gate did not let
 * in, and one that began at a value of time_monotonic_ns. */
void packet_count_refused(const Task *task);
void packet_count_read(const Task *task, ErrorCode code, uint64_t started_ns);

/* A MetricCollect; source is the PacketGate. */
void packets_collect(MetricWriter *writer, const void *source);
