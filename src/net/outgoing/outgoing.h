/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing: HTTP/1.1 requests to other servers from a task, by libcurl's multi interface on the
 * loop. Language models, object storage and webhooks all go through it.
 *
 *     OutgoingRequest request = {.method = "POST", .url = url, .headers = headers,
 *                                .header_count = 2, .body = json};
 *     OutgoingCall *call = outgoing_call_start(task, outgoing, &request);
 *     if (!call || !outgoing_call_answer(task, call))
 *         return false;
 *     do {
 *         if (!outgoing_call_read(task, call, &part))
 *             return false;
 *         … part, empty at the end …
 *     } while (part.size);
 *     outgoing_call_end(call);
 *
 * A call belongs to the arena of its task and ends with it at the latest. Cancelling the task at
 * any wait aborts the transfer at once. A slow reader pauses its own transfer; at most 128 KiB of
 * an answer are in memory.
 *
 * Always: certificates are verified (TLS 1.2 or later), only http and https, no cookies, no netrc,
 * no decompression, no proxy from the environment, no redirect that was not asked for. Messages
 * name scheme, host and port of a URL and never its user, path or query.
 *
 * Failures: ERR_VALIDATION for a request that is malformed, ERR_FORBIDDEN for an address or a
 * redirect that is not allowed, ERR_UNAVAILABLE when the server cannot be reached, breaks off or
 * does not speak HTTP, ERR_TIMEOUT saying which time ran out, ERR_FILE_TOO_LARGE for an answer over
 * a limit, ERR_CANCELLED. Any status is an answer, not a failure.
 */
#pragma once

#include "base/metric.h"
#include "task/task.h"

typedef struct Outgoing Outgoing;
typedef struct OutgoingCall OutgoingCall;

typedef struct {
    uint32_t max_calls;          /* in flight at a time; others wait their turn. 0: 1024 */
    uint32_t max_calls_per_host; /* 0: 256 */
    uint32_t max_idle;           /* connections kept open between calls. 0: 64 */
    const char *ca_file;         /* PEM bundle in place of the system's; NULL: the system's */
    const char *extra_ca_file;   /* PEM certificates to trust in addition; NULL: none */
    const char *proxy;           /* "http://[user:password@]host:port"; NULL: none */
    const char *user_agent;      /* NULL: "netguru" */
} OutgoingOptions;

/* Creates a client. Returns NULL with the reason when a file of certificates or the proxy cannot be
 * used. Ignores SIGPIPE from then on. */
Outgoing *outgoing_new(Loop *loop, const OutgoingOptions *options, Error *error) MUST_USE;
/* Refuses new calls and lets those in flight finish for at most grace_ms. Then aborts the others,
 * whose tasks get ERR_UNAVAILABLE, and waits until all have ended. */
void outgoing_stop(Task *task, Outgoing *outgoing, uint32_t grace_ms);
/* Aborts the remaining calls and frees the client. The loop must run once more to close the
 * handles. Memory of calls that tasks still hold is freed with the last of them. NULL is allowed.
 */
void outgoing_free(Outgoing *outgoing);

typedef struct {
    uint64_t calls;   /* requests sent or tried, redirects included */
    uint64_t answers; /* calls whose whole header arrived */
    uint64_t refused; /* malformed, or with an address or redirect that is not allowed */
    uint64_t unresolved;
    uint64_t unconnected;
    uint64_t tls_failures;
    uint64_t timeouts;
    uint64_t cancelled;
    uint64_t too_large;
    uint64_t broken; /* closed, reset or malformed */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t connections; /* opened */
    uint64_t lookups;     /* of names */
    uint32_t in_flight;
    uint32_t waiting; /* calls that wait their turn */
} OutgoingStats;

OutgoingStats outgoing_stats(const Outgoing *outgoing);
/* A MetricCollect whose source is an Outgoing: calls to other servers by how they ended. */
void outgoing_collect(MetricWriter *writer, const void *source);

typedef enum {
    OUTGOING_PUBLIC, /* addresses of the public Internet only; see net/outgoing/address.h */
    OUTGOING_ANY,    /* any address: for a URL that the operator has configured */
} OutgoingReach;

typedef struct {
    Str name;
    Str value;
} OutgoingHeader;

enum {
    OUTGOING_URL_MAX_BYTES = 8192,
    OUTGOING_MAX_HEADERS = 64,              /* of a request */
    OUTGOING_HEADER_MAX_BYTES = 16384,      /* of one field of a request */
    OUTGOING_ANSWER_MAX_HEADERS = 256,      /* of all heads of an answer and its trailer */
    OUTGOING_ANSWER_HEAD_BYTES = 64 * 1024, /* the same in bytes */
    OUTGOING_BUFFER_BYTES = 64 * 1024,      /* of a body, in each direction */
    OUTGOING_MAX_REDIRECTS = 10,
};

#define OUTGOING_SIZE_UNKNOWN UINT64_MAX

/* Everything that it points to must stay valid until the call has ended. */
typedef struct {
    const char *method; /* upper case, at most 16 letters */
    Str url;            /* http or https, ASCII */
    /* Not Host, Content-Length, Transfer-Encoding, Connection, Expect, TE, Trailer or Upgrade. */
    const OutgoingHeader *headers;
    size_t header_count;
    OutgoingReach reach; /* 0: OUTGOING_PUBLIC */
    /* Path of a unix socket to connect to in place of the host of the URL; with OUTGOING_ANY only.
     * NULL: none. Give each socket a host of its own: connections are kept by host. */
    const char *unix_socket;
    bool direct; /* not through the proxy */
    Str body;    /* bytes to send, when not empty */
    /* The body is sent by outgoing_call_write instead: body_bytes of it, or chunked for
     * OUTGOING_SIZE_UNKNOWN. */
    bool streams_body;
    uint64_t body_bytes;
    uint32_t connect_timeout_ms;    /* resolving, connecting and TLS. 0: 10 s */
    uint32_t first_byte_timeout_ms; /* from the request (or its last progress) on. 0: 60 s */
    uint32_t idle_timeout_ms;       /* without a byte while the task waits for one. 0: 60 s */
    uint64_t max_answer_bytes;      /* of the body. 0: 64 MiB */
    uint32_t read_bytes; /* read from the connection at a time, from 1 KiB on. 0: 16 KiB */
    /* 0: a redirect is an answer like any other. Redirects are followed only from a GET or HEAD, or
     * to a GET by 301, 302 and 303, and never from https to http. Another host gets no headers but
     * Accept*, Content-Type, If-*, Range and User-Agent. */
    uint32_t max_redirects;
    /* Called when more of the body has been sent. Must not use the call. May be NULL. */
    void (*on_sent)(void *context, uint64_t sent_bytes);
    void *context;
} OutgoingRequest;

/* Waits for its turn and for the name to be resolved, then starts connecting. Returns NULL with
 * task->error on failure. */
OutgoingCall *outgoing_call_start(Task *task, Outgoing *outgoing,
                                  const OutgoingRequest *request) MUST_USE;
/* Sends a part of a streamed body, and waits while more than the buffer is unsent. Once the server
 * has answered or broken off, parts are dropped and outgoing_call_is_answered is true;
 * outgoing_call_answer tells which of both happened. */
bool outgoing_call_write(Task *task, OutgoingCall *call, Str part) MUST_USE;
/* Marks the streamed body as complete. Fails with ERR_VALIDATION unless it has body_bytes bytes. */
bool outgoing_call_write_end(Task *task, OutgoingCall *call) MUST_USE;
bool outgoing_call_is_answered(const OutgoingCall *call);
/* Returns whether all of request->body has left, so that its memory may be freed once the answer
 * has begun. */
bool outgoing_call_body_is_sent(const OutgoingCall *call);

/* Waits for the head of the answer, and follows redirects if that was requested. */
bool outgoing_call_answer(Task *task, OutgoingCall *call) MUST_USE;
/* Returns whether the call has waited on an open connection, so that the server may have the
 * request. May be called after a failure. */
bool outgoing_call_was_connected(const OutgoingCall *call);
/* Return parts of the head, after outgoing_call_answer. Header names are compared without case; the
 * first of several is returned, and empty if there is none. Views live as long as the task's arena.
 */
int outgoing_call_status(const OutgoingCall *call);
Str outgoing_call_header(const OutgoingCall *call, Str name);
const OutgoingHeader *outgoing_call_headers(const OutgoingCall *call, size_t *out_count);

/* Reads the next part of the body, valid until the next call of this function; empty at the end. */
bool outgoing_call_read(Task *task, OutgoingCall *call, Str *out_part) MUST_USE;
/* From now on the connection is read at most once in so many ms, except while a read leaves bytes
 * behind; 0, as at first: whenever there are bytes. For a stream of small parts whose reader puts
 * parts together anyway: a read costs the same for one part as for several. */
void outgoing_call_gather(OutgoingCall *call, uint32_t every_ms);
/* Reads the rest of the body into the task's arena. Fails with ERR_FILE_TOO_LARGE past max_bytes.
 */
bool outgoing_call_read_all(Task *task, OutgoingCall *call, size_t max_bytes,
                            Str *out_body) MUST_USE;
/* Ends the call, which must not be used afterwards. An answer that was not read to its end is
 * aborted with its connection. NULL is allowed. */
void outgoing_call_end(OutgoingCall *call);

typedef struct {
    int status;
    const OutgoingHeader *headers;
    size_t header_count;
    Str body;
} OutgoingAnswer;

/* Makes a whole call: starts it, reads at most max_bytes of the answer into the task's arena, and
 * ends it. */
bool outgoing_fetch(Task *task, Outgoing *outgoing, const OutgoingRequest *request,
                    size_t max_bytes, OutgoingAnswer *out_answer) MUST_USE;
/* Returns the value of a header, compared without case, or empty. */
Str outgoing_header_find(const OutgoingHeader *headers, size_t count, Str name);
