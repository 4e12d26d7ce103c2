/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "net/outgoing/internal.h"

#include <ctype.h>

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

bool failure_of_time(Task *task, const OutgoingTransfer *transfer)
{
    const OutgoingRequest *request = transfer->request;
    const char *origin = transfer->url->origin;
    uint64_t deadline_ms = task->deadline_ms;
    OutgoingStats *stats = &transfer->outgoing->stats;
    stats->timeouts++;
    if (deadline_ms && time_monotonic_ms() >= deadline_ms)
        return task_fail(task, ERR_TIMEOUT, "%s: no time was left for the call", origin);
    if (transfer->state <= TRANSFER_CONNECTING)
        return task_fail(task, ERR_TIMEOUT, "cannot reach %s: no connection within %u ms", origin,
                         or_default(request->connect_timeout_ms, OUTGOING_CONNECT_MS));
    if (!transfer->status)
        return task_fail(task, ERR_TIMEOUT, "%s did not begin to answer within %u ms", origin,
                         or_default(request->first_byte_timeout_ms, OUTGOING_FIRST_BYTE_MS));
    return task_fail(task, ERR_TIMEOUT, "%s sent nothing for %u ms in the middle of its answer",
                     origin, or_default(request->idle_timeout_ms, OUTGOING_IDLE_MS));
}

bool failure_of_name(Task *task, const OutgoingTransfer *transfer, int status)
{
    transfer->outgoing->stats.unresolved++;
    return task_fail(task, ERR_UNAVAILABLE, "cannot reach %s: %s", transfer->url->origin,
                     uv_strerror(status));
}

static bool failure_of_stop(Task *task, const OutgoingTransfer *transfer)
{
    const char *origin = transfer->url->origin;
    OutgoingStats *stats = &transfer->outgoing->stats;
    switch (transfer->stop) {
    case STOP_ADDRESS:
        stats->refused++;
        return task_fail(task, ERR_FORBIDDEN, "%s is not allowed: it has no public address",
                         origin);
    case STOP_HEAD_TOO_LARGE:
        stats->too_large++;
        return task_fail(task, ERR_FILE_TOO_LARGE,
                         "%s answered with headers of more than %d KiB or %d lines", origin,
                         OUTGOING_ANSWER_HEAD_BYTES / 1024, OUTGOING_ANSWER_MAX_HEADERS);
    case STOP_BODY_TOO_LARGE:
        stats->too_large++;
        return task_fail(task, ERR_FILE_TOO_LARGE, "%s answered with more than is allowed", origin);
    case STOP_HEADER_MALFORMED:
        stats->broken++;
        return task_fail(task, ERR_UNAVAILABLE, "%s answered with a malformed header", origin);
    default:
        return task_fail(task, ERR_UNAVAILABLE, "%s: the HTTP client is stopping", origin);
    }
}

static bool failure_of_connecting(Task *task, const OutgoingTransfer *transfer)
{
    char reason[128];
    transfer->outgoing->stats.unconnected++;
    if (!transfer->os_error)
        return task_fail(task, ERR_UNAVAILABLE, "cannot reach %s: no connection",
                         transfer->url->origin);
    Str text = str_of(strerror_r(transfer->os_error, reason, sizeof(reason)));
    return task_fail(task, ERR_UNAVAILABLE, "cannot reach %s%s: %c%.*s", transfer->url->origin,
                     transfer->through_proxy ? " through the proxy" : "", tolower(text.data[0]),
                     STR_ARGS(str_from(text, 1)));
}

static bool failure_of_tls(Task *task, const OutgoingTransfer *transfer)
{
    transfer->outgoing->stats.tls_failures++;
    const char *reason =
        transfer->reason[0] ? transfer->reason : curl_easy_strerror(transfer->result);
    return task_fail(task, ERR_UNAVAILABLE, "cannot reach %s securely: %s", transfer->url->origin,
                     reason);
}

static bool failure_of_answer(Task *task, const OutgoingTransfer *transfer)
{
    const char *origin = transfer->url->origin;
    transfer->outgoing->stats.broken++;
    switch (transfer->result) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
        return task_fail(task, ERR_UNAVAILABLE, "%s closed the connection without an answer",
                         origin);
    case CURLE_PARTIAL_FILE:
        return task_fail(task, ERR_UNAVAILABLE, "%s broke off in the middle of its answer", origin);
    default:
        break;
    }
    if (transfer->status)
        return task_fail(task, ERR_UNAVAILABLE, "%s broke off in the middle of its answer: %s",
                         origin, curl_easy_strerror(transfer->result));
    return task_fail(task, ERR_UNAVAILABLE, "%s did not answer in HTTP: %s", origin,
                     transfer->reason[0] ? transfer->reason : curl_easy_strerror(transfer->result));
}

bool failure_of_transfer(Task *task, const OutgoingTransfer *transfer)
{
    if (transfer->stop != STOP_NONE)
        return failure_of_stop(task, transfer);
    switch (transfer->result) {
    case CURLE_COULDNT_CONNECT:
        return failure_of_connecting(task, transfer);
    case CURLE_OPERATION_TIMEDOUT:
        transfer->outgoing->stats.timeouts++;
        return task_fail(task, ERR_TIMEOUT, "cannot reach %s: no connection within %u ms",
                         transfer->url->origin,
                         or_default(transfer->request->connect_timeout_ms, OUTGOING_CONNECT_MS));
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
        return failure_of_tls(task, transfer);
    default:
        return failure_of_answer(task, transfer);
    }
}
