/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; nobody else includes it.
 *
 *     url.c           where the server is
 *     socket.c        hiredis on uv_poll
 *     link.c          one connection that comes back by itself, and the operations on it
 *     command.c       what a task calls
 *     subscription.c  channels, all on one link
 *     redis.c         the whole of it: opening, closing, stats
 *
 * The adapter that hiredis ships ignores poll errors and asks epoll for each write; ours writes
 * what a tick has collected at once, and closes its handle before the descriptor (libuv#2387).
 */
#pragma once

#include "redis/redis.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

enum {
    REDIS_CONNECT_MS = 5000,
    REDIS_COMMAND_MS = 5000, /* a command waits at most that long, whatever the task's deadline */
    REDIS_SILENCE_MS = 4000, /* without any reply while commands time out: a dead connection */
    REDIS_BACKOFF_FIRST_MS = 50,
    REDIS_BACKOFF_MAX_MS = 2000,
    REDIS_MAX_BYTES = 64 * 1024 * 1024, /* of a command, of a reply */
    REDIS_MAX_DEPTH = 16,
    REDIS_CHANNEL_BUCKETS = 4096,
};

typedef struct RedisLink RedisLink;
typedef struct RedisOperation RedisOperation;

typedef enum {
    REPLY_PENDING,
    REPLY_COPIED, /* into the task's arena */
    REPLY_ERROR,  /* the server's; text is copied */
    REPLY_TOO_LARGE,
    REPLY_LOST,
    REPLY_UNAVAILABLE, /* never sent */
} ReplyOutcome;

/* Belongs to the driver. args, arena and reply are the task's: untouched once it is abandoned. */
struct RedisOperation {
    RedisOperation *next;
    RedisOperation *previous;
    RedisLink *link;
    Wait wait;
    RedisArgs args;
    Arena *arena;
    RedisReply reply;
    ReplyOutcome outcome;
    uint64_t sent_ms;
    bool sent;
    bool abandoned;
};

typedef struct {
    RedisOperation *first;
    RedisOperation *last;
    uint32_t count;
} RedisOperationList;

/* A poll handle; it outlives the connection until libuv has closed it. */
typedef struct {
    uv_poll_t poll;
    RedisLink *link; /* holds a reference */
} RedisSocket;

typedef enum {
    LINK_CLOSED, /* opens with the first operation */
    LINK_OPENING,
    LINK_READY,
    LINK_DOWN, /* fails at once until an attempt succeeds */
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
    bool connected; /* the socket is; the link is ready after the handshake */
    bool writing;
    bool was_down;
    LinkState state;
    RedisOperationList waiting;
    uint32_t in_flight;
    uint32_t failures;
    uint32_t references; /* handles, the opening task, the flush list, the owner */
    uint64_t last_reply_ms;
    LoopFlush flush;
    uv_timer_t *timer;
    Wait connect_wait;
    TaskId opener;
    bool keep_open; /* opens again by itself when it is lost */
    char reason[160];
    void (*on_ready)(RedisLink *link);
    void (*on_lost)(RedisLink *link);
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
    RedisOperationList unused;
    uint32_t pending; /* links that are not gone yet */
    bool closing;
    bool free_later;
    Wait close_wait;
    RedisStats stats;
};

/* url.c */
bool target_parse(Arena *arena, Str url, RedisTarget *out_target, Error *error);
/* The address as text; names are resolved on a thread. */
bool target_resolve(Task *task, const RedisTarget *target, const char **out_address);

/* socket.c */
/* Ties a context to the link; its events arrive from now on. */
void socket_attach(RedisLink *link, redisAsyncContext *context);
void socket_update_ref(RedisLink *link);

/* link.c */
RedisLink *link_new(Redis *redis);
/* Ends it for good; its memory goes when nothing points to it any more. */
void link_end(RedisLink *link);
void link_unref(RedisLink *link);
/* Opens it unless it is open, opening or backing off. */
void link_open(RedisLink *link);
/* Called by the socket when hiredis has let go of the context. */
void link_disconnected(RedisLink *link, const char *why);
/* Throws the connection away; what is in flight ends as lost. */
void link_drop(RedisLink *link);
/* Sends, or queues while the link opens, or ends the operation at once. */
void link_submit(RedisLink *link, RedisOperation *operation);
/* Sends without waiting for readiness: the handshake. */
bool link_send(RedisLink *link, RedisOperation *operation);
RedisOperation *link_operation_new(RedisLink *link, Task *task, RedisArgs args);
/* Waits for the reply and takes it; the operation is gone in any case. */
bool link_operation_wait(Task *task, RedisOperation *operation, RedisReply *out_reply);
uint64_t link_now_ms(const RedisLink *link);

/* subscription.c */
void subscriptions_free(Redis *redis);
