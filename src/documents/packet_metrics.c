/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/packet_metrics.h"

#include "base/time.h"

typedef enum { DONE, MISSING, UNREADABLE, REFUSED, CANCELLED, FAILED, END_COUNT } End;

static const char *const names[END_COUNT] = {"done",    "missing",   "unreadable",
                                             "refused", "cancelled", "failed"};

static uint64_t ends[END_COUNT];
static MetricHistogram durations;

static End end_of(ErrorCode code)
{
    switch (code) {
    case ERR_NONE:
        return DONE;
    case ERR_NOT_FOUND:
        return MISSING;
    case ERR_VALIDATION:
        return UNREADABLE;
    case ERR_CANCELLED:
        return CANCELLED;
    default:
        return FAILED;
    }
}

void packet_count_refused(const Task *task)
{
    ErrorCode code = task->error.code;
    bool is_busy = code == ERR_RATE_LIMIT_EXCEEDED || code == ERR_UNAVAILABLE;
    ends[is_busy ? REFUSED : end_of(code)]++;
}

void packet_count_read(const Task *task, ErrorCode code, uint64_t started_ns)
{
    ends[end_of(code)]++;
    metric_observe_since(&durations, started_ns, &task->trace_id);
}

void packets_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily reads = {"netguru_packet_reads",
                                       METRIC_COUNTER,
                                       "Reads of packets of captures by how they ended.",
                                       {"end"}};
    static const MetricFamily seconds = {
        "netguru_packet_read_seconds",
        METRIC_HISTOGRAM,
        "Time that a process took to read packets, without the wait for its turn.",
        {NULL}};
    const PacketGate *gate = source;
    metric_gauge(writer, "netguru_packet_reads_running",
                 "Processes that read packets of captures now.", packet_gate_count_inside(gate));
    metric_gauge(writer, "netguru_packet_reads_limit",
                 "Processes that may read packets of captures at a time.", PACKET_GATE_PLACES);
    metric_gauge(writer, "netguru_packet_reads_waiting", "Requests for packets that wait.",
                 packet_gate_count_waiting(gate));
    metric_begin(writer, &reads);
    for (size_t i = 0; i < END_COUNT; i++)
        metric_sample(writer, METRIC_VALUES(str_of(names[i])), (double)ends[i]);
    metric_begin(writer, &seconds);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &durations);
}
