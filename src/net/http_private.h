/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTTP server share; nobody outside this folder includes it.
 *
 * A connection is one small struct. Its input buffer exists while bytes wait to be understood, its
 * request from the end of a head to the end of the task that handles it, its output buffer while
 * the kernel takes less than was written. It is counted: the socket holds one reference until it is
 * closed, and so does each task that works for it; so a task that goes on after the client has left
 * finds the struct, with `closed` set.
 */
#pragma once

#include "base/strbuf.h"
#include "net/http_admission.h"
#include "net/http_chunked.h"
#include "net/http_head.h"
#include "net/http_server.h"
#include "net/timer_wheel.h"
#include "net/websocket.h"

typedef struct HttpConnection HttpConnection;

enum {
    HTTP_READ_BYTES = 64 * 1024,   /* the server's read buffer, and the largest input buffer */
    HTTP_OUTPUT_BYTES = 64 * 1024, /* the largest output buffer of a connection */
    HTTP_DRAIN_BYTES = 64 * 1024,  /* an unread body up to this size is skipped, else: close */
    /* Bodies that are received before their task: of each client, of all, and their bytes with
     * those of their heads. Beyond a limit the one that has been coming for longest is refused. */
    HTTP_MAX_BODIES_PER_CLIENT = 32,
    HTTP_MAX_BODIES = 1024,
    HTTP_MAX_BODIES_BYTES = 16 * 1024 * 1024,
    HTTP_MAX_BODY_FIRST_BYTES = 64 * 1024,
};

/* Bytes that were read and not understood yet. */
typedef struct {
    uint32_t begin;
    uint32_t end;
    uint32_t capacity;
    HttpHeadScan scan; /* of the head that starts at begin */
    char data[];
} HttpInput;

/* Bytes that the kernel has not taken yet. */
typedef struct {
    uv_write_t write;
    HttpConnection *connection;
    uint32_t size;
    char data[];
} HttpOutput;

typedef enum {
    HTTP_TIMER_NONE,
    HTTP_TIMER_IDLE,
    HTTP_TIMER_HEADER,
    HTTP_TIMER_BODY,
    HTTP_TIMER_WRITE,
    HTTP_TIMER_HALF_CLOSED,
    HTTP_TIMER_LINGER,
    HTTP_TIMER_WEBSOCKET,
} HttpTimerKind;

struct HttpConnection {
    uv_tcp_t tcp; /* first: the handle is the connection */
    HttpServer *server;
    HttpConnection *previous; /* all of the server */
    HttpConnection *next;
    HttpConnection *idle_previous; /* those between requests, the longest first */
    HttpConnection *idle_next;
    TimerNode timer;
    HttpInput *input;
    HttpOutput *output;
    HttpRequest *request;
    WebSocket *socket; /* from websocket_accept on */
    uint32_t references;
    uint32_t request_count;
    uint32_t skip_bytes; /* of an unread body, before the next head */
    uint8_t timer_kind;
    bool reading;
    bool eof;     /* the client has sent its last byte */
    bool closed;  /* uv_close was called: nothing can be sent or read any more */
    bool closing; /* the last bytes are out or on their way: what comes in is dropped */
    struct {
        uint8_t family; /* 4 or 6 */
        uint8_t bytes[16];
    } peer;
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
    IpAddress client;           /* the key it is counted under */
    HttpRequest *body_previous; /* among the bodies that are being received, oldest first */
    HttpRequest *body_next;
    StrBuf received; /* the decoded body as far as it came before the task */
    uint32_t head_bytes;
    bool is_receiving;   /* no task yet */
    bool is_admitted;    /* counted by its class */
    bool received_given; /* the handler has read what was received */
    JoinedHeader *joined;
    uint64_t max_body_bytes;
    uint64_t body_seen;      /* decoded so far */
    uint64_t stream_left;    /* of a stream with a known length */
    uint64_t body_waited_ms; /* for the client to send it */
    uint32_t held_bytes;     /* of the input, which the handler looks at */
    bool body_done;
    bool body_bad;
    bool continue_sent;
    bool answered;   /* an answer has begun */
    bool complete;   /* and ended */
    bool keep_alive; /* what the answer said */
    bool is_stream;
    bool is_chunked;
    bool has_no_body; /* HEAD, 204, 304 */
    char peer[48];
    HttpHeader headers[]; /* the head's table, then its bytes */
};

struct HttpServer {
    Loop *loop;
    HttpServerOptions options;
    uv_tcp_t listener;
    uv_timer_t tick;
    TimerWheel wheel;
    HttpConnection *connections;
    HttpConnection *idle_first;
    HttpConnection *idle_last;
    uint32_t references; /* the owner's, those of open handles and of connections */
    uint32_t lingering;
    uint16_t port;
    bool stopping;
    bool tick_runs;
    Wait stop_wait;
    HttpServerStats stats;
    StrBuf scratch; /* for heads on their way out; never kept across a wait */
    int64_t date_second;
    char date[32];
    struct WebSocketRegistry *sockets;
    HttpAdmissions admissions;
    HttpRequest *body_first; /* requests whose bodies are being received, oldest first */
    HttpRequest *body_last;
    uint32_t body_count;
    size_t body_bytes; /* of their heads and bodies */
    char read_buffer[HTTP_READ_BYTES];
};

/* http_server.c */
void http_server_unref(HttpServer *server);
void http_server_start_ticks(HttpServer *server);
/* "Mon, 23 Nov 2026 02:10:45 GMT" of now. */
Str http_server_date(HttpServer *server);

/* http_connection.c */
void http_connection_accept(HttpServer *server);
void http_connection_ref(HttpConnection *connection);
void http_connection_unref(HttpConnection *connection);
/* At once; wakes and cancels the task of its request. */
void http_connection_close(HttpConnection *connection);
/* Closes when all output is out, and reads on for a moment so that the client sees it. */
void http_connection_close_gently(HttpConnection *connection);
/* Answers 408 to a request whose body is being received, and closes. */
void http_connection_refuse_body(HttpConnection *connection);
void http_connection_read_start(HttpConnection *connection);
void http_connection_read_stop(HttpConnection *connection);
void http_connection_timer_set(HttpConnection *connection, HttpTimerKind kind, uint32_t delay_ms);
/* Forgets the deadline if it is of this kind. */
void http_connection_timer_clear(HttpConnection *connection, HttpTimerKind kind);
/* Goes on with what comes after a request: the next one, or being idle. */
void http_connection_advance(HttpConnection *connection);
/* The wheel's callback. */
void http_connection_expired(TimerNode *node, void *context);

/* http_input.c */
static inline Str http_input_bytes(const HttpConnection *connection)
{
    const HttpInput *input = connection->input;
    return input ? str_make(input->data + input->begin, input->end - input->begin) : (Str){0};
}
/* Appends bytes that were read elsewhere. */
void http_input_append(HttpConnection *connection, Str bytes);
/* Makes room for a full read, moving what is there unless held_bytes forbid it. */
void http_input_make_room(HttpConnection *connection);
/* Drops bytes from the front; frees the buffer when it is empty. */
void http_input_consume(HttpConnection *connection, size_t size);
/* Reading goes on while there is room. */
bool http_input_is_full(const HttpConnection *connection);

/* http_request.c */
HttpRequest *http_request_new(HttpConnection *connection, Str head, uint32_t header_count);
void http_request_free(HttpRequest *request);
/* Whether what is left of the body is here or so little that it can be skipped when it comes. */
bool http_request_can_drain(const HttpRequest *request);
/* Decodes the next part of the body from input; an empty part without body_done or body_bad: more
 * bytes are needed. */
Str http_request_decode(HttpRequest *request, Str input, size_t *out_consumed);
/* Sends "100 Continue"; false when the client has left. */
bool http_request_send_continue(HttpRequest *request);
/* Decodes, for nobody, what is left of the body in the input; true when the body is complete. */
bool http_request_discard_body(HttpRequest *request);

/* http_receive.c */
/* Decides how the request is let in. True when its body has to be received first. */
bool http_request_admit(HttpRequest *request);
/* Takes bytes of the body of a request that is receiving; returns how many. The request stops
 * receiving when its body is complete, malformed or over its limit: then its task may start. */
size_t http_request_receive(HttpRequest *request, Str bytes);
/* Takes the request off the list of those that are receiving. */
void http_request_end_receiving(HttpRequest *request);

/* http_output.c */
/* Sends the pieces, which are used up; what the kernel does not take at once is copied, at most
 * HTTP_OUTPUT_BYTES. False and closed when that is not enough or the client has left. */
bool http_output_send_now(HttpConnection *connection, Str *pieces, size_t count);
/* The same, but what does not fit stays in the pieces and the connection open. */
bool http_output_send_some(HttpConnection *connection, Str *pieces, size_t count);
/* The same, waiting where it does not fit; a task that is interrupted closes the connection. */
bool http_output_send(Task *task, HttpRequest *request, Str *pieces, size_t count) MUST_USE;

/* Gives what waits to be written its deadline, if another one has taken its place. */
void http_output_watch(HttpConnection *connection);

/* http_response.c */
/* An answer of the server's own, never waiting, with one more header unless it is NULL. */
void http_response_send_error(HttpRequest *request, uint16_t status, const Error *error,
                              const HttpHeader *header);
/* The same where there is no request: the connection is closed after it. */
void http_response_refuse(HttpConnection *connection, uint16_t status, const char *reason);

/* websocket.c */
/* The request that accepted the socket has ended: frames are handled from now on. */
void websocket_begin(HttpConnection *connection);
/* Bytes that were read; they are unmasked in place, and what must wait is kept in the input. */
void websocket_on_bytes(HttpConnection *connection, char *bytes, size_t size);
/* Goes on with what waits in the input. */
void websocket_on_input(HttpConnection *connection);
void websocket_on_eof(HttpConnection *connection);
void websocket_on_written(HttpConnection *connection);
void websocket_on_timer(HttpConnection *connection);

/* websocket_task.c */
/* The server is stopping: says good-bye after the messages that are being handled. */
void websocket_on_stop(HttpConnection *connection);
/* Cancels the task that handles a message. */
void websocket_cancel(HttpConnection *connection);
/* The connection is being closed. */
void websocket_on_close(HttpConnection *connection);
void websocket_free(WebSocket *socket);
void websocket_registry_free(HttpServer *server);
