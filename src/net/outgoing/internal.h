/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declarations that the files of this folder share; no other file includes it.
 *
 *     url.c       what a URL says, its name in messages, the target of a redirect
 *     header.c    what a header field may hold
 *     host.c      turns and name resolution, by host
 *     setup.c     what libcurl is told before a transfer: addresses, security, headers
 *     transfer.c  one request and its answer: the libcurl easy handle and its callbacks
 *     socket.c    the descriptors that libcurl waits for, on the loop
 *     client.c    the libcurl multi handle on the loop; starting, stopping, stats
 *     failure.c   what a failure is called
 *     call.c      what a task calls
 *
 * libcurl never resolves a name here: removing a handle whose resolver thread still runs would
 * block the loop until that thread ends (libcurl before 8.20). It gets the addresses by
 * CURLOPT_RESOLVE from our own lookups, which a cancelled call simply leaves behind.
 *
 * Tasks never run inside a libcurl callback (see task/loop.h), so what a task calls may remove,
 * pause and add handles. The callbacks only copy bytes, set flags and wake.
 */
#pragma once

#include "base/ip.h"
#include "base/list.h"
#include "base/strbuf.h"
#include "net/outgoing/outgoing.h"

#include <curl/curl.h>

enum {
    OUTGOING_CONNECT_MS = 10000,
    OUTGOING_FIRST_BYTE_MS = 60000,
    OUTGOING_IDLE_MS = 60000,
    OUTGOING_MAX_ADDRESSES = 8, /* addresses of a name */
    OUTGOING_NAME_FRESH_MS = 30000,
    OUTGOING_MAX_NAMES = 256, /* names that are remembered */
};

typedef struct {
    const char *text;   /* for libcurl */
    const char *origin; /* "https://host:port", for messages and comparison */
    Str host;           /* lower case, without brackets */
    uint16_t port;
    bool is_https;
    IpAddress address; /* set where the host is an address */
} OutgoingUrl;

typedef struct OutgoingHost OutgoingHost;
typedef struct OutgoingLookup OutgoingLookup;
typedef struct OutgoingTransfer OutgoingTransfer;

struct OutgoingHost {
    ListNode node; /* of the client's hosts */
    char *name;
    uint32_t references; /* transfers and a lookup */
    uint32_t calls;      /* calls that are in flight */
    OutgoingLookup *lookup;
    uint64_t resolved_ms;
    int status; /* result of the last lookup: 0, or the status of uv_getaddrinfo */
    uint32_t address_count;
    IpAddress addresses[OUTGOING_MAX_ADDRESSES];
};

typedef enum {
    TRANSFER_QUEUED,     /* waits for its turn */
    TRANSFER_PREPARING,  /* has its turn; the name is being resolved */
    TRANSFER_CONNECTING, /* with libcurl */
    TRANSFER_CONNECTED,  /* the request goes out and the answer comes in */
    TRANSFER_ENDED,      /* result tells how; no handle is left */
} TransferState;

/* Why a callback of ours has ended a transfer. */
typedef enum {
    STOP_NONE,
    STOP_ADDRESS,
    STOP_HEAD_TOO_LARGE,
    STOP_BODY_TOO_LARGE,
    STOP_HEADER_MALFORMED,
    STOP_CLIENT, /* outgoing_stop or outgoing_free */
} TransferStop;

/* Belongs to the client; the call of a task points to it. */
struct OutgoingTransfer {
    ListNode node; /* of the client's queued or other transfers */
    Outgoing *outgoing;
    OutgoingHost *host;
    const OutgoingRequest *request;
    const OutgoingUrl *url;
    const OutgoingHeader *headers;
    size_t header_count;
    const char *method;
    bool sends_body;
    bool through_proxy;
    Wait wait;
    TransferState state;
    bool has_turn;
    CURL *easy;
    struct curl_slist *header_lines;
    struct curl_slist *resolve;
    struct curl_slist *connect_to;
    uint64_t connect_until_ms;
    uint64_t active_ms; /* time of the last event, or when the task began to wait */
    CURLcode result;
    TransferStop stop;
    int os_error;
    char reason[CURL_ERROR_SIZE];
    /* the answer */
    int status; /* status of the complete head; 0 before */
    StrBuf head;
    size_t head_bytes; /* size of all heads and the trailer */
    uint32_t head_lines;
    StrBuf incoming; /* filled by libcurl */
    StrBuf reading;  /* what the task has read last */
    bool holds_back; /* receiving is paused */
    uint32_t gather_ms;
    uint64_t received_bytes;
    /* a streamed body */
    StrBuf sending;
    size_t sending_offset;
    uint64_t written_bytes;
    uint64_t sent_bytes;
    bool body_complete;
    bool wants_body; /* sending is paused until there is more */
};

static inline OutgoingTransfer *transfer_of(ListNode *node)
{
    return node ? CONTAINER_OF(node, OutgoingTransfer, node) : NULL;
}

struct Outgoing {
    Loop *loop;
    Arena *arena;
    OutgoingOptions options;
    OutgoingUrl proxy;
    OutgoingHost *proxy_host; /* NULL without a proxy */
    const char *ca_path;
    int ca_memory; /* both bundles in one anonymous file, or -1 */
    CURLM *multi;
    uv_timer_t timer;
    List queued; /* transfers without a turn, the oldest first */
    List others;
    List hosts;       /* the most recently used first */
    uint32_t handles; /* open handles and requests of libuv */
    bool stopping;
    bool closed; /* the multi handle is gone */
    bool free_later;
    Wait stop_wait;
    OutgoingStats stats;
};

/* url.c */
/* Parses a URL into the arena. Fails with ERR_VALIDATION, saying what is wrong without quoting the
 * URL. */
bool url_parse(Arena *arena, Str text, OutgoingUrl *out_url, Error *error) MUST_USE;
/* Resolves a Location against base. */
bool url_join(Arena *arena, const OutgoingUrl *base, Str location, OutgoingUrl *out_url,
              Error *error) MUST_USE;

/* header.c */
/* Returns whether the text is a whole line of an answer's head (RFC 9110 §5.1, §5.5). */
bool header_is_line(Str line) MUST_USE;
/* Returns whether a caller may send this header. */
bool header_check(const OutgoingHeader *header, Error *error) MUST_USE;

/* host.c */
OutgoingHost *host_ref(Outgoing *outgoing, Str name);
void host_unref(OutgoingHost *host);
void hosts_free(Outgoing *outgoing);
/* Waits until fewer calls are in flight than allowed. */
bool host_take_turn(Task *task, OutgoingTransfer *transfer) MUST_USE;
void host_leave_turn(OutgoingTransfer *transfer);
/* Waits until the addresses of the host are known and recent. */
bool host_resolve(Task *task, OutgoingTransfer *transfer, OutgoingHost *host) MUST_USE;
/* Abandons a lookup that no thread has started and no call waits for. */
void host_forget_lookup(OutgoingHost *host);

/* setup.c */
/* Returns whether the request may connect to the address. An unset address is allowed only with
 * OUTGOING_ANY. */
bool reach_allows(const OutgoingTransfer *transfer, IpAddress address) MUST_USE;
/* Sets the allowed addresses of the host on the easy handle. Returns false when there is none. */
bool setup_addresses(OutgoingTransfer *transfer) MUST_USE;
/* Sets all options except callbacks and the body. */
void setup_options(Arena *arena, OutgoingTransfer *transfer);

/* transfer.c */
OutgoingTransfer *transfer_new(Outgoing *outgoing, const OutgoingRequest *request,
                               const OutgoingUrl *url);
/*
 * Waits until the transfer wakes its task. Returns false when the task is cancelled, at its
 * deadline, and at until_ms (0: none) if nothing has happened in the meantime.
 */
bool transfer_wait(Task *task, OutgoingTransfer *transfer, uint64_t until_ms) MUST_USE;
/* Notes that something has happened, and wakes the task. */
void transfer_progress(OutgoingTransfer *transfer);
/* Passes the transfer to libcurl with the addresses of its host. Fails with ERR_FORBIDDEN when none
 * is allowed. */
bool transfer_begin(Task *task, OutgoingTransfer *transfer) MUST_USE;
/* Handles the end of a transfer in libcurl: stores the result and frees the handle. */
void transfer_finish(OutgoingTransfer *transfer, CURLcode result);
/* Ends the transfer in any state. Its record stays. */
void transfer_abort(OutgoingTransfer *transfer, TransferStop why);
void transfer_free(OutgoingTransfer *transfer);
/* Continues receiving or sending after a pause. */
void transfer_resume(OutgoingTransfer *transfer);

/* socket.c */
/* Called by libcurl with what it waits for. It always passes CURL_POLL_REMOVE before it closes a
 * descriptor, so the handle is gone before the number is reused (libuv#1495). */
int socket_on_change(CURL *easy, curl_socket_t descriptor, int what, void *context,
                     void *socket_context);

/* client.c */
/* Handles the transfers that libcurl has finished. Must not run inside one of its callbacks. */
void client_take_finished(Outgoing *outgoing);
/* Lets the timer keep the loop alive only while something is in flight. */
void client_update_ref(Outgoing *outgoing);
void client_handle_closed(Outgoing *outgoing);
/* Handles the end of a transfer: outgoing_stop may wait for it, and the memory may be freed. */
void client_transfer_gone(Outgoing *outgoing);

/* failure.c */
/* Records why the transfer ended, counts it, and returns false. */
bool failure_of_transfer(Task *task, const OutgoingTransfer *transfer);
/* Records that the time limit of the current step has passed. */
bool failure_of_time(Task *task, const OutgoingTransfer *transfer);
/* Returns the status of uv_getaddrinfo in words. */
bool failure_of_name(Task *task, const OutgoingTransfer *transfer, int status);
