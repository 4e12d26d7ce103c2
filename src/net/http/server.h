/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HttpServer: HTTP/1.1 (RFC 9110, 9112) on the loop. Bytes become requests, each handled by a task
 * of its own; a connection that waits for its next request costs a small struct and no buffer.
 *
 *     static void handle(Task *task, HttpRequest *request, void *context)
 *     {
 *         http_respond(task, request, &(HttpResponse){.status = 200, .body = STR("hello\n")});
 *     }
 *     HttpServer *server = http_server_start(loop, &options, &error);
 *
 * The handler must answer before it returns: by http_respond, http_stream_begin … http_stream_end,
 * http_events_accept or websocket_accept. If it does not, the server answers with the error in its
 * task, or with 500. The requests of one connection are handled one after the other, in order. The
 * handler reads the body as it comes, so an upload of any size holds one buffer. A body that the
 * handler does not read is skipped up to 64 KiB; a longer one closes the connection.
 *
 * When a client leaves, the task of its unanswered request is cancelled. A client that only shuts
 * down its sending side looks the same: it has half a second to get its answer, or longer when the
 * answer has begun and its length is known.
 *
 * The server itself refuses, and closes the connection after
 *     400  Transfer-Encoding together with Content-Length, two Content-Length, any transfer coding
 *          but "chunked", white space before a header's colon, obs-fold, bare LF, NUL or control
 *          bytes in a field, a missing or second Host, a target with a fragment or beyond ASCII
 *     408  a header or body that takes too long       414  a target that is too long
 *     417  an unknown expectation                     431  too many header bytes or headers
 *     429  too many public requests of this client, with Retry-After
 *     501  a method not named below                   505  a version other than 1.0 and 1.1
 *     503  too many tasks, connections or public requests, with Retry-After
 * A body over its limit fails http_body_read with ERR_FILE_TOO_LARGE; where its length was
 * declared, before a byte of it is asked for. The body of an error is JSON, as base/error_json.h
 * writes it.
 */
#pragma once

#include "base/metric.h"
#include "task/task.h"

typedef struct HttpServer HttpServer;
typedef struct HttpRequest HttpRequest;

typedef void HttpHandler(Task *task, HttpRequest *request, void *context);

/* Which part of the server's capacity a request may use. */
typedef enum {
    HTTP_CLASS_GENERAL, /* any task below the cap; the handler limits each user */
    HTTP_CLASS_PUBLIC,  /* needs no account: a part of the cap in all, a few for each client */
    HTTP_CLASS_HEALTH,  /* outside the cap, so that it is answered however busy the server is */
} HttpClass;

/* How a request is let in. */
typedef struct {
    HttpClass class;
    /* The connection receives a body of up to this size (at most 64 KiB) before a task starts, so
     * that an unfinished body holds no task; 0: the handler reads the body as it comes. */
    uint32_t body_first_bytes;
    Str client_address; /* whom the request counts for; empty: the peer */
} HttpAdmission;

/* Decides once the head of a request is complete, before a task starts. Must not wait. */
typedef HttpAdmission HttpAdmit(const HttpRequest *request, void *context);

typedef struct {
    /* "127.0.0.1:8000", "[::1]:8000", "*:8000", port 0 for any free one; or "unix:/path", whose
     * peers have no address. A file in its place is replaced; the caller removes the socket. */
    Str address;
    HttpHandler *handler;
    HttpAdmit *admit;           /* NULL: every request is general and its body streamed */
    void *context;              /* of handler and admit */
    bool reuse_port;            /* SO_REUSEPORT, so that N processes share the address */
    uint32_t max_connections;   /* 0: 20000; at it idle ones give way to new ones */
    uint32_t max_header_bytes;  /* 0: 16384, request line and fields of one request; ≤ 32768 */
    uint32_t max_header_count;  /* 0: 100 */
    uint32_t max_target_bytes;  /* 0: 8192 */
    uint64_t max_body_bytes;    /* 0: 1 MiB; a handler may raise it for its request */
    uint32_t header_timeout_ms; /* 0: 10 s from the first byte to the end of the header */
    uint32_t idle_timeout_ms;   /* 0: 75 s between requests */
    /* 0: 30 s without a byte of the body, or without 64 KiB (or the rest) of an answer going out */
    uint32_t body_timeout_ms;
    uint32_t body_grace_ms;         /* 0: 20 s of waiting for a body in all, */
    uint32_t body_bytes_per_s;      /* and more of it for what comes faster than this; 0: 4096 */
    uint32_t body_first_timeout_ms; /* 0: 10 s for a body that is received before its task */
    uint32_t max_public;            /* 0: 128 requests of the public class at a time */
    uint32_t max_public_per_client; /* 0: 8 of them */
    /* 0: 60 s deadline of the handling task, also of a WebSocket message; a handler may change it
     */
    uint32_t request_timeout_ms;
    uint32_t max_requests_per_connection; /* 0: no limit */
} HttpServerOptions;

/* Starts a server. Returns NULL with the reason when the address cannot be used. Ignores SIGPIPE
 * from then on. */
HttpServer *http_server_start(Loop *loop, const HttpServerOptions *options, Error *error) MUST_USE;
/* Returns whether a server could listen there now. Fails with ERR_VALIDATION when it is not an
 * address with a port, and with ERR_CONFLICT when the port is taken or forbidden. */
bool http_server_can_listen(Str address, Error *error) MUST_USE;
/* Returns the port on which the server listens; 0 for a unix socket. */
uint16_t http_server_port(const HttpServer *server);
/*
 * Stops accepting, closes idle connections, and lets requests in flight finish for at most grace_ms
 * (their answers say Connection: close; WebSockets get a close frame 1001). Then cancels the
 * remaining ones. Waits for all of that.
 */
void http_server_stop(Task *task, HttpServer *server, uint32_t grace_ms);
/* Frees the server. Call http_server_stop first. */
void http_server_free(HttpServer *server);

typedef struct {
    uint32_t connections;
    uint32_t websockets;
    uint64_t accepted;
    uint64_t requests;
    uint64_t refused_connections; /* over max_connections */
    uint64_t evicted;             /* idle connections closed in favour of new ones */
    uint64_t bad_requests;
    uint64_t timeouts;
    uint64_t bytes_in;
    uint64_t bytes_out;
} HttpServerStats;

HttpServerStats http_server_stats(const HttpServer *server);
/* A MetricCollect whose source is an HttpServer: its connections and bytes. */
void http_server_collect(MetricWriter *writer, const void *source);

typedef enum {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_TRACE,
    HTTP_QUERY,
} HttpMethod;

typedef struct {
    Str name;
    Str value;
} HttpHeader;

/* Returns "GET", "HEAD", … */
Str http_method_name(HttpMethod method);

/* Return views that are valid until the handler returns. */
HttpMethod http_request_method(const HttpRequest *request);
/* Returns the path as sent, without the query and still percent-encoded. */
Str http_request_path(const HttpRequest *request);
/* Returns the text after '?'; empty when there is none. */
Str http_request_query(const HttpRequest *request);
/* Returns the value of a header by its name in lower case; several are joined by ", ". Empty when
 * absent, and then without data. */
Str http_request_header(const HttpRequest *request, Str lower_case_name);
/* Returns the server that the request came to. */
HttpServer *http_request_server(const HttpRequest *request);
/* Returns the peer's address without port: "127.0.0.1". */
Str http_request_peer(const HttpRequest *request);
/* Sets the limit of this request's body. Call it before the body is read. */
void http_request_set_max_body(HttpRequest *request, uint64_t max_body_bytes);

/*
 * Reads the next part of the body, at most 64 KiB, valid until the next call; empty at the end. The
 * socket is read only as fast as the handler reads. Fails when the client left, took too long, sent
 * more than the limit (ERR_FILE_TOO_LARGE) or sent a malformed chunk. Sends "100 Continue" where it
 * is expected.
 */
bool http_body_read(Task *task, HttpRequest *request, Str *out_part) MUST_USE;
/* Reads the whole body into the task's arena. Fails with ERR_FILE_TOO_LARGE past max_bytes. */
bool http_body_read_all(Task *task, HttpRequest *request, size_t max_bytes, Str *out_body) MUST_USE;

typedef struct {
    uint16_t status;
    Str content_type;          /* empty: none is sent */
    const HttpHeader *headers; /* further headers; names are sent as given */
    size_t header_count;
    Str body;
} HttpResponse;

/*
 * Sends a whole answer with Content-Length (no body for HEAD, 204, 304). Waits until the kernel has
 * accepted it or it fits into the connection's buffer of at most 64 KiB. A header with CR, LF or
 * NUL is a bug. Returns false when the client has left.
 */
bool http_respond(Task *task, HttpRequest *request, const HttpResponse *response);
/* Returns whether an answer has begun, so that an error can no longer be sent. */
bool http_request_is_answered(const HttpRequest *request);
/* Returns whether the client has left, so that no answer can be sent. */
bool http_request_is_abandoned(const HttpRequest *request);

/*
 * Send an answer in parts: chunked for HTTP/1.1, until close for 1.0, or with content_length if it
 * is known (UINT64_MAX: unknown). Each part is sent at once; a write waits while the client reads
 * slower. After any failure the connection is closed, so that an incomplete answer is not taken for
 * a complete one.
 */
bool http_stream_begin(Task *task, HttpRequest *request, const HttpResponse *head,
                       uint64_t content_length) MUST_USE;
bool http_stream_write(Task *task, HttpRequest *request, Str part) MUST_USE;
bool http_stream_end(Task *task, HttpRequest *request) MUST_USE;
/* Sends size bytes of an open file from offset on as a stream's contents, without copying through
 * user space where possible. */
bool http_stream_file(Task *task, HttpRequest *request, int file, uint64_t offset,
                      uint64_t size) MUST_USE;
