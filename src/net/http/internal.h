/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declarations that the files of the HTTP server share. From the bottom up:
 *
 *     head.h, chunked.h, admission.h   codecs and counters, no sockets
 *     receive.c                        bodies that come before a task
 *     response.c, file.c               answers
 *     request.c                        what a handler asks of its request
 *     connection.c                     the protocol: bytes to requests, requests to tasks
 *     server.c                         listening, starting and stopping
 */
#pragma once

#include "base/strbuf.h"
#include "net/connection.h"
#include "net/http/admission.h"
#include "net/http/chunked.h"
#include "net/http/head.h"
#include "net/http/server.h"
#include "net/http/upgrade.h"

typedef struct HttpConnection HttpConnection;

enum {
    HTTP_DRAIN_BYTES = 64 * 1024, /* an unread body up to this size is skipped, else: close */
    HTTP_MAX_BODY_FIRST_BYTES = 64 * 1024,
};

enum {
    HTTP_TIMER_HEADER = CONNECTION_TIMER_PROTOCOL,
    HTTP_TIMER_BODY,
    HTTP_TIMER_HALF_CLOSED,
};

struct HttpConnection {
    NetConnection base; /* first: the connection is its base */
    HttpRequest *request;
    HttpHeadScan scan;       /* of the head at the start of the input */
    const Protocol *upgrade; /* takes over once the handler has returned */
    uint32_t request_count;
    uint32_t skip_bytes; /* bytes of an unread body before the next head */
};

/* A joined value of a repeated header. */
typedef struct JoinedHeader {
    struct JoinedHeader *next;
    char data[];
} JoinedHeader;

struct HttpRequest {
    HttpConnection *connection;
    TaskId task;
    Wait wait; /* of the handler, for bytes in or out */
    HttpHead head;
    HttpChunked chunked;
    HttpAdmission admission;
    IpAddress client;   /* the key under which it is counted */
    ListNode body_node; /* while its body is being received */
    StrBuf received;    /* the part of the decoded body that arrived before the task started */
    JoinedHeader *joined;
    uint64_t max_body_bytes;
    uint64_t body_seen;      /* bytes decoded so far */
    uint64_t stream_left;    /* bytes left of a stream with a known length */
    uint64_t body_waited_ms; /* time spent waiting for the client to send it */
    uint32_t head_bytes;
    bool is_receiving;   /* no task yet */
    bool is_admitted;    /* it is counted by its class */
    bool received_given; /* the handler has read the received bytes */
    bool body_done;
    bool body_bad;
    bool continue_sent;
    bool answered;   /* an answer has begun */
    bool complete;   /* the answer has ended */
    bool keep_alive; /* what the answer told the client */
    bool is_stream;
    bool is_chunked;
    bool is_open;     /* its body ends with the connection */
    bool has_no_body; /* HEAD, 204, 304 */
    char peer[48];
    HttpHeader headers[]; /* the head's table, then its bytes */
};

struct HttpServer {
    NetConnectionSet set; /* first: the set is the server */
    HttpServerOptions options;
    uv_tcp_t listener;
    uint16_t port;
    HttpServerStats stats; /* except the counts of the set */
    StrBuf scratch;        /* for heads that are being sent; never kept across a wait */
    int64_t date_second;
    char date[32];
    HttpAdmissions admissions;
    List bodies;       /* requests whose bodies are being received, the oldest first */
    size_t body_bytes; /* size of their heads and bodies */
};

static inline HttpServer *http_server_of(const HttpConnection *connection)
{
    return (HttpServer *)connection->base.set;
}

/* receive.c */
/* Starts receiving the body of an admitted request, of at most max_bytes. */
void http_receive_begin(HttpRequest *request, uint32_t max_bytes);
/* Takes bytes of the body that a request is receiving, and returns how many. The request stops
 * receiving when its body is complete, malformed or over its limit; then its task may start. */
size_t http_receive(HttpRequest *request, Str bytes);
/* Takes the request off the list of those that are receiving. */
void http_receive_end(HttpRequest *request);
/* Returns the request that has been receiving its body for longest, if this client or all clients
 * together exceed the limits on bodies or their bytes; else NULL. */
HttpRequest *http_receive_over_limit(const HttpServer *server, IpAddress client);

/* response.c */
/* Sends the pieces, and waits while they do not fit. A task that is interrupted closes the
 * connection. */
bool http_send(Task *task, HttpRequest *request, Str *pieces, size_t count) MUST_USE;
/* Writes the head of an answer whose body ends with the connection, into the server's scratch
 * buffer. */
Str http_response_open_head(HttpRequest *request, const HttpResponse *head);
/* Sends an answer of the server itself, with one more header unless it is NULL. Never waits. */
void http_response_send_error(HttpRequest *request, uint16_t status, const Error *error,
                              const HttpHeader *header);
/* Does the same when there is no request. The connection is closed after it. */
void http_response_refuse(HttpConnection *connection, uint16_t status, const char *reason);

/* request.c */
/* Parses the head. Returns NULL, with the reason in *out_head, when it is refused. */
HttpRequest *http_request_new(HttpConnection *connection, Str head, uint32_t header_count,
                              HttpHead *out_head);
void http_request_free(HttpRequest *request);
/* Decides how the request is admitted. Returns how much of its body must be received first. */
uint32_t http_request_admit(HttpRequest *request);
/* Sends "100 Continue". Returns false when the client has left. */
bool http_request_send_continue(HttpRequest *request);

/* body.c */
/* Decodes the next part of the body from input. An empty part without body_done or body_bad means
 * that more bytes are needed. */
Str http_body_decode(HttpRequest *request, Str input, size_t *out_consumed);
/* Decodes the next part from the input after the held bytes. The part is then held too. */
Str http_body_next(HttpRequest *request);
/* Returns whether the rest of the body has arrived, or is so small that it can be skipped when it
 * arrives. */
bool http_body_can_drain(const HttpRequest *request);
/* Drops the rest of the body in the input. Returns true when the body is complete. */
bool http_body_discard(HttpRequest *request);

/* connection.c */
extern const Protocol http_protocol;
/* Starts serving an accepted connection. */
void http_connection_begin(HttpConnection *connection);
/* Answers 503 to a connection above the limit, and closes it. */
void http_connection_turn_away(HttpConnection *connection);
