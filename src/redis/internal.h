/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share. No other folder includes it. Each file calls only those
 * above it in this list:
 *
 *     url.c           where the server is
 *     socket.c        hiredis on uv_poll
 *     link.c          a connection that reopens by itself, and the operations on it
 *     command.c       what a task calls
 *     subscription.c  channels, all on one link
 *     redis.c         opening, closing, figures
 *
 * socket.c tells its link what happens through the hooks that link_new has set, and the Redis owns
 * hooks by which link.c and redis.c reach what was built on top of them.
 *
 * The adapter that hiredis ships ignores poll errors and asks epoll for each write. This one writes
 * what a turn has collected at once, and closes its handle before the descriptor (libuv#2387).
 */
#pragma once

#include "redis/redis.h"
#include "task/clock.h"
#include "task/operation.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

enum {
    REDIS_CONNECT_MS = 5000,
    REDIS_COMMAND_MS = 5000, /* the longest wait for a reply, whatever the task's deadline */
    REDIS_SILENCE_MS =
        4000, /* a connection with no reply for that long, when a command times out, is dead */
    REDIS_BACKOFF_FIRST_MS = 50,
    REDIS_BACKOFF_MAX_MS = 2000,
    REDIS_MAX_BYTES = 64 * 1024 * 1024, /* of a command, of a reply */
    REDIS_MAX_DEPTH = 16,
    REDIS_CHANNEL_BUCKETS = 4096,
};

typedef struct RedisLink RedisLink;
typedef struct RedisOperation RedisOperation;

/* What the server has answered. */
typedef enum {
    REPLY_COPIED, /* into the task's arena */
    REPLY_ERROR,  /* the server's error; its text is copied */
    REPLY_TOO_LARGE,
} ReplyKind;

/* Belongs to the driver. args, arena and reply are the task's: not used after it is abandoned. */
struct RedisOperation {
    Operation base; /* first: an Operation * of this driver is a RedisOperation * */
    RedisLink *link;
    RedisArgs args;
    Arena *arena;
    RedisReply reply;
    ReplyKind kind;
    uint64_t sent_ms;
    bool sent;
};

/* A poll handle. It outlives the connection until libuv has closed it. */
typedef struct {
    uv_poll_t poll;
    RedisLink *link; /* holds a reference */
} RedisSocket;

typedef enum {
    LINK_CLOSED, /* the first operation opens it */
    LINK_OPENING,
    LINK_READY,
    LINK_DOWN, /* operations fail at once until an attempt to connect succeeds */
    LINK_ENDED,
} LinkState;

struct RedisLink {
    Redis *redis;
    RedisLink *next;
    RedisLink *previous;
    redisAsyncContext *context;
    RedisSocket *socket;
    int polled;
    bool wants_read;
    bool wants_write;
    bool connected; /* the socket is connected; after the handshake the link is ready */
    bool writing;
    bool was_down;
    LinkState state;
    List waiting;
    uint32_t in_flight;
    uint32_t failures;
    uint32_t references; /* by handles, the opening task, the list of flushes and the owner */
    uint64_t last_reply_ms;
    LoopFlush flush;
    LoopTimer timer;
    Wait connect_wait;
    TaskId opener;
    bool keep_open; /* reopens by itself after it was lost */
    char reason[160];
    /* For subscriptions; may be NULL. */
    void (*on_ready)(RedisLink *link);
    void (*on_lost)(RedisLink *link);
    /* For the socket: hiredis has let go of the context; a reference is given back. */
    void (*on_disconnected)(RedisLink *link, const char *why);
    void (*on_released)(RedisLink *link);
};

typedef struct {
    const char *host; /* NULL: a socket path */
    const char *path;
    uint16_t port;
    const char *user; /* NULL: none */
    const char *password;
    const char *database; /* a number as text */
} RedisTarget;

typedef struct KnownScript {
    struct KnownScript *next;
    const RedisScript *script;
    Str digest;
} KnownScript;

typedef struct RedisChannel RedisChannel;

struct Redis {
    Loop *loop;
    Arena *arena;
    RedisTarget target;
    RedisLink *links;
    RedisLink *commands;
    RedisLink *subscriber; /* NULL until the first subscription */
    RedisChannel **channels;
    KnownScript *scripts;
    OperationPool operations;
    uint32_t pending;                    /* links that are not freed yet */
    void (*on_links_gone)(Redis *redis); /* the last link was freed */
    void (*free_channels)(Redis *redis); /* NULL until the first subscription */
    bool closing;
    bool free_later;
    Wait close_wait;
    RedisStats stats;
};

/* url.c */
bool target_parse(Arena *arena, Str url, RedisTarget *out_target, Error *error);
/* Gives the address as text. Names are resolved on a thread. */
bool target_resolve(Task *task, const RedisTarget *target, const char **out_address);

/* socket.c */
/* Connects the context with the link, which gets its events from now on. */
void socket_attach(RedisLink *link, redisAsyncContext *context);
/* Keeps the loop running while the link opens or awaits a reply. */
void socket_update_ref(RedisLink *link);

/* link.c */
RedisLink *link_new(Redis *redis);
/* Ends the link for good. Its memory is freed when nothing points to it any more. */
void link_end(RedisLink *link);
/* Opens the link unless it is open, opening or waiting for its next attempt. */
void link_open(RedisLink *link);
/* Closes the connection. Operations in flight end as lost. */
void link_drop(RedisLink *link);
/* Sends the operation, or queues it while the link opens, or ends it at once. */
void link_submit(RedisLink *link, RedisOperation *operation);
RedisOperation *link_operation_new(RedisLink *link, Task *task, RedisArgs args);
/* Waits for the reply and takes it. The caller must not use the operation afterwards. */
bool link_operation_wait(Task *task, RedisOperation *operation, RedisReply *out_reply);
