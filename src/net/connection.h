/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connection: one client of a server: its socket, the bytes that were read and not used yet, the
 * bytes that the kernel has not taken yet, one deadline, and references. A Protocol handles them;
 * an accepted upgrade replaces it with another protocol.
 *
 * An idle connection is only this struct: its input exists while unused bytes wait, its output
 * while the kernel accepts less than was written. The socket holds one reference until it is
 * closed, and so does each task that works for the connection. A task that continues after the
 * client has left therefore still finds the struct, with `closed` set.
 */
#pragma once

#include "base/ip.h"
#include "base/list.h"
#include "net/timer_wheel.h"
#include "task/task.h"

enum {
    CONNECTION_READ_BYTES = 64 * 1024,   /* the shared read buffer, and the largest input */
    CONNECTION_OUTPUT_BYTES = 64 * 1024, /* the largest output */
};

typedef struct NetConnection NetConnection;
typedef struct NetConnectionSet NetConnectionSet;

/* What a deadline is for. The kinds of a protocol begin at CONNECTION_TIMER_PROTOCOL. */
enum {
    CONNECTION_TIMER_NONE,
    CONNECTION_TIMER_IDLE,   /* closes; connections with it are evicted first */
    CONNECTION_TIMER_WRITE,  /* closes */
    CONNECTION_TIMER_LINGER, /* closes */
    CONNECTION_TIMER_PROTOCOL,
};

typedef struct {
    /* The protocol has replaced another one. NULL for the first. */
    void (*on_start)(NetConnection *connection);
    /* Returns how many of the bytes were used. The others are kept and passed again, with the bytes
     * that follow or by net_connection_resume. The bytes may be changed in place. NULL: the
     * protocol expects no bytes from the client, and they are dropped. */
    size_t (*on_bytes)(NetConnection *connection, char *bytes, size_t size);
    /* The client has sent its last byte. */
    void (*on_eof)(NetConnection *connection);
    /* The output has become empty. */
    void (*on_written)(NetConnection *connection);
    /* A deadline of one of the protocol's kinds has passed. */
    void (*on_timer)(NetConnection *connection, uint8_t kind);
    /* The server is stopping: finish what is in progress, then close. */
    void (*on_stop)(NetConnection *connection);
    /* The time for on_stop is over: cancel the tasks of the connection. */
    void (*on_cancel)(NetConnection *connection);
    /* The connection is being closed: wake and cancel every task that works for it. */
    void (*on_close)(NetConnection *connection);
} Protocol;

typedef struct {
    uint32_t begin;
    uint32_t end;
    uint32_t capacity;
    char data[];
} NetInput;

typedef struct NetOutput NetOutput;

struct NetConnection {
    uv_tcp_t tcp; /* first: the handle is the connection */
    NetConnectionSet *set;
    const Protocol *protocol;
    void *state; /* of an upgraded protocol */
    void (*free_state)(void *state);
    ListNode node;      /* of the set */
    ListNode idle_node; /* of the idle ones, while it has CONNECTION_TIMER_IDLE */
    TimerNode timer;
    NetInput *input;
    NetOutput *output;
    uint32_t references;
    uint32_t held_bytes; /* bytes of the input that a handler still reads, so they must not move */
    uint8_t timer_kind;
    bool keeps_input; /* an empty input is not freed, because more bytes follow at once */
    bool reading;
    bool eof;     /* the client has sent its last byte */
    bool closed;  /* nothing can be sent or read any more */
    bool closing; /* the last bytes are sent or being sent: incoming bytes are dropped */
    IpAddress peer;
};

/* All connections of one server, embedded in it. */
struct NetConnectionSet {
    Loop *loop;
    void (*on_unused)(NetConnectionSet *set); /* the last reference is gone */
    void *upgrade_data; /* state of an upgraded protocol that its connections share */
    void (*free_upgrade_data)(void *data);
    TimerWheel wheel;
    uv_timer_t tick;
    List all;
    List idle;           /* the longest idle first */
    uint32_t references; /* held by the owner, open handles and connections */
    uint32_t write_timeout_ms;
    uint32_t upgraded;
    uint32_t lingering;
    uint64_t timeouts;
    uint64_t bytes_in;
    uint64_t bytes_out;
    bool stopping;
    bool tick_runs;
    Wait stop_wait; /* woken when a reference is released */
    char read_buffer[CONNECTION_READ_BYTES];
};

/* Starts with two references: the owner's and the timer's. */
void net_connection_set_init(NetConnectionSet *set, Loop *loop, uint32_t write_timeout_ms,
                             void (*on_unused)(NetConnectionSet *set));
void net_connection_set_unref(NetConnectionSet *set);
/* Closes every connection. */
void net_connection_set_close_all(NetConnectionSet *set);
/* Calls on_stop or on_cancel of every connection. */
void net_connection_set_stop(NetConnectionSet *set);
void net_connection_set_cancel(NetConnectionSet *set);
/* Closes every connection and the timer. The set is freed with its last reference. */
void net_connection_set_done(NetConnectionSet *set);

/* Accepts the next client of the listener into memory of size bytes, of which Connection is the
 * first member. Returns NULL when the client has left already. */
NetConnection *net_connection_accept(NetConnectionSet *set, uv_tcp_t *listener,
                                     const Protocol *protocol, size_t size);
void net_connection_ref(NetConnection *connection);
void net_connection_unref(NetConnection *connection);
/* Closes at once. */
void net_connection_close(NetConnection *connection);
/* Closes the connection once all output is sent, and reads for a moment longer so that the client
 * receives it. */
void net_connection_close_gently(NetConnection *connection);
void net_connection_read_start(NetConnection *connection);
void net_connection_read_stop(NetConnection *connection);
/* Sets the only deadline and its kind. */
void net_connection_timer_set(NetConnection *connection, uint8_t kind, uint32_t delay_ms);
/* Clears the deadline if it is of this kind. */
void net_connection_timer_clear(NetConnection *connection, uint8_t kind);
/* Clears the deadline. */
void net_connection_timer_stop(NetConnection *connection);
/* Passes the waiting input to the protocol, even if it is empty. */
void net_connection_resume(NetConnection *connection);
/* Replaces the protocol. net_connection_unref finally frees state. */
void net_connection_set_state(NetConnection *connection, void *state,
                              void (*free_state)(void *state));
void net_connection_upgrade(NetConnection *connection, const Protocol *protocol);

/* Returns the waiting bytes. */
static inline Str net_connection_input(const NetConnection *connection)
{
    const NetInput *input = connection->input;
    return input ? str_make(input->data + input->begin, input->end - input->begin) : (Str){0};
}
/* Appends bytes that were read elsewhere. */
void net_connection_input_append(NetConnection *connection, Str bytes);
/* Makes room for a full read. No bytes may be held. */
void net_connection_input_make_room(NetConnection *connection);
/* Drops bytes from the front. */
void net_connection_input_consume(NetConnection *connection, size_t size);
/* Returns whether reading has to wait for room. */
bool net_connection_input_is_full(const NetConnection *connection);

/* Returns how many bytes the kernel has not accepted yet. */
size_t net_connection_output_bytes(const NetConnection *connection);
/* Sends the pieces and removes what was sent from them. Bytes that the kernel does not accept at
 * once are copied, at most CONNECTION_OUTPUT_BYTES. Never waits. Returns false when the client has
 * left. */
bool net_connection_send_some(NetConnection *connection, Str *pieces, size_t count);
/* Sends all of the pieces or closes the connection. */
bool net_connection_send_now(NetConnection *connection, Str *pieces, size_t count);
/* Re-arms the write timeout if another timeout has replaced it. */
void net_connection_output_watch(NetConnection *connection);
/* Returns the sum of the pieces' sizes. */
size_t net_connection_pieces_bytes(const Str *pieces, size_t count);
