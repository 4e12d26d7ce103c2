/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider that is fast enough for thousands of streams: it speaks the chat completions of OpenAI
 * and answers every request with a stream. The name of the model is the script:
 * "played-300-30" is 300 tokens, 30 a second; "played-300-0" is as fast as the client reads. The
 * first token comes at once. A request for few tokens wants a title, and gets one. Token k of an
 * answer is its number in four digits and a space, so that a client can check every byte.
 *
 *     player        prints its port on 127.0.0.1; ends with its standard input
 */
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    BACKLOG = 4096,
    MAX_REQUEST_BYTES = 1 << 20,
    READ_BYTES = 64 * 1024,
    OUTPUT_BYTES = 256 * 1024, /* above this a stream without a pace waits for its client */
    LOOK_EVERY_MS = 1,
    TITLE_REQUEST_TOKENS = 256,
    TITLE_TOKENS = 8,
};

#define MODEL_KEY "\"model\":"
#define LIMIT_KEY "\"max_tokens\":"
#define CHUNK_HEAD                                                                                 \
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,"    \
    "\"model\":\"played\",\"choices\":["

typedef struct {
    int socket;
    StrBuf in;
    StrBuf out;
    bool is_streaming;
    uint32_t tokens;
    uint32_t per_second; /* 0: no pace */
    uint32_t sent;
    uint64_t begun_ns;
} Client;

static int poller;
static Client **streaming; /* in no order */
static size_t streaming_count;
static size_t streaming_room;

static void watch(Client *client, bool writes)
{
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = client};
    check(epoll_ctl(poller, EPOLL_CTL_MOD, client->socket, &event) == 0);
}

static void stop_streaming(Client *client)
{
    client->is_streaming = false;
    for (size_t i = 0; i < streaming_count; i++)
        if (streaming[i] == client)
            streaming[i] = streaming[--streaming_count];
}

static void start_streaming(Client *client)
{
    if (streaming_count == streaming_room) {
        streaming_room = 2 * streaming_room + EVENTS;
        streaming = mem_resize((void *)streaming, streaming_room, sizeof(*streaming));
    }
    streaming[streaming_count++] = client;
    client->is_streaming = true;
}

static void close_client(Client *client)
{
    if (client->is_streaming)
        stop_streaming(client);
    close(client->socket);
    strbuf_done(&client->in);
    strbuf_done(&client->out);
    mem_free(client);
}

/* Returns false when the client has left. */
static bool flush(Client *client)
{
    Str rest = strbuf_str(&client->out);
    ssize_t sent = rest.size ? send(client->socket, rest.data, rest.size, MSG_NOSIGNAL) : 0;
    if (sent < 0 && errno != EAGAIN)
        return false;
    if (sent > 0)
        strbuf_consume(&client->out, (size_t)sent);
    watch(client, client->out.size > 0);
    return true;
}

static void add_event(Client *client, const char *text)
{
    strbuf_printf(&client->out, "%zx\r\n%s\n\n\r\n", strlen(text) + 2, text);
}

static void add_token(Client *client)
{
    char text[256];
    snprintf(text, sizeof(text),
             CHUNK_HEAD "{\"index\":0,\"delta\":{\"content\":\"%04u \"},\"finish_reason\":null}]}",
             client->sent++ % 10000);
    add_event(client, text);
}

static void add_end(Client *client)
{
    char usage[512];
    snprintf(usage, sizeof(usage),
             CHUNK_HEAD "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":%u,"
                        "\"total_tokens\":%u}}",
             client->tokens, client->tokens + 12);
    add_event(client, CHUNK_HEAD "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
    add_event(client, usage);
    add_event(client, "data: [DONE]");
    strbuf_append(&client->out, STR("0\r\n\r\n"));
    stop_streaming(client);
}

/* Sends what is due. Returns false when the client has left. */
static bool play(Client *client, uint64_t now_ns)
{
    uint64_t due = client->tokens;
    if (client->per_second)
        due = 1 + (now_ns - client->begun_ns) * client->per_second / 1000000000u;
    bool sends = false;
    while (client->sent < MIN_OF(due, (uint64_t)client->tokens) &&
           client->out.size < OUTPUT_BYTES) {
        add_token(client);
        sends = true;
    }
    if (client->sent == client->tokens && client->is_streaming) {
        add_end(client);
        sends = true;
    }
    return !sends || flush(client);
}

/* Returns what follows a key, as far as it may matter. */
static Str value_of(Str body, Str key)
{
    size_t at = str_find(body, key);
    Str rest = at == STR_NOT_FOUND ? STR("") : str_from(body, at + key.size);
    return str_slice(str_trim_left(rest), 0, 64);
}

/* Reads the script, the name of the model, and how much is wanted. A request without one gets 16
 * tokens. */
static void read_script(Client *client, Str body)
{
    uint32_t most = UINT32_MAX;
    client->tokens = 16;
    client->per_second = client->sent = 0;
    Str rest = value_of(body, STR(MODEL_KEY));
    Str field = STR("");
    if (str_next_field(&rest, '-', &field) && str_next_field(&rest, '-', &field))
        (void)!str_parse_u32(field, &client->tokens);
    if (str_next_field(&rest, '"', &field))
        (void)!str_parse_u32(field, &client->per_second);
    Str limit = value_of(body, STR(LIMIT_KEY));
    if (str_parse_u32(str_slice(limit, 0, str_find_byte(limit, ',')), &most) &&
        most <= TITLE_REQUEST_TOKENS)
        client->tokens = MIN_OF(client->tokens, (uint32_t)TITLE_TOKENS);
}

static void answer(Client *client, Str head, Str body)
{
    if (str_starts_with(head, STR("GET "))) {
        Str models =
            STR("{\"object\":\"list\",\"data\":[{\"id\":\"played\",\"object\":\"model\"}]}");
        strbuf_printf(&client->out,
                      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n\r\n%.*s",
                      models.size, STR_ARGS(models));
        return;
    }
    read_script(client, body);
    client->begun_ns = time_monotonic_ns();
    strbuf_append(&client->out, STR("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n"));
    add_event(client, CHUNK_HEAD "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
                                 "\"finish_reason\":null}]}");
    start_streaming(client);
}

/* Returns the value of Content-Length, or 0. */
static size_t body_bytes(Str head)
{
    Str line;
    uint64_t size = 0;
    while (str_next_line(&head, &line))
        if (str_starts_with_ignore_case(line, STR("content-length:")))
            (void)!str_parse_u64(str_trim(str_from(line, 15)), &size);
    return (size_t)size;
}

/* Answers a request that is complete. Returns false when the client has left. */
static bool take_request(Client *client)
{
    Str in = strbuf_str(&client->in);
    size_t end = str_find(in, STR("\r\n\r\n"));
    if (client->is_streaming || end == STR_NOT_FOUND)
        return true;
    Str head = str_slice(in, 0, end);
    size_t size = body_bytes(head);
    if (in.size < end + 4 + size)
        return true;
    answer(client, head, str_slice(in, end + 4, size));
    strbuf_consume(&client->in, end + 4 + size);
    return client->is_streaming ? play(client, time_monotonic_ns()) : flush(client);
}

/* Returns false when the client has left. */
static bool on_event(Client *client, uint32_t events)
{
    if (events & EPOLLIN) {
        char *room = strbuf_reserve(&client->in, READ_BYTES);
        ssize_t got = room ? recv(client->socket, room, READ_BYTES, 0) : 0;
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return false;
        strbuf_commit(&client->in, got > 0 ? (size_t)got : 0);
        if (!take_request(client))
            return false;
    }
    if ((events & EPOLLOUT) && !flush(client))
        return false;
    return !(events & (EPOLLERR | EPOLLHUP));
}

static void accept_all(int listener)
{
    for (;;) {
        int one = 1;
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0)
            return;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        Client *client = MEM_NEW(Client);
        client->socket = accepted;
        strbuf_init(&client->in, MAX_REQUEST_BYTES);
        strbuf_init(&client->out, (size_t)OUTPUT_BYTES * 2);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        check(epoll_ctl(poller, EPOLL_CTL_ADD, accepted, &event) == 0);
    }
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
          listen(listener, BACKLOG) == 0 &&
          getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* Plays what is due on every stream. */
static void play_all(void)
{
    uint64_t now_ns = time_monotonic_ns();
    for (size_t i = streaming_count; i > 0; i--) {
        Client *client = streaming[i - 1];
        if (client->per_second || client->out.size == 0) {
            if (!play(client, now_ns))
                close_client(client);
        }
    }
}

int main(void)
{
    struct epoll_event events[EVENTS];
    int listener = open_listener();
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event accepts = {.events = EPOLLIN, .data.ptr = &poller};
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    check(epoll_ctl(poller, EPOLL_CTL_ADD, listener, &accepts) == 0 &&
          epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input) == 0);
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS, streaming_count ? LOOK_EVERY_MS : -1);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr)
                return 0;
            if (events[i].data.ptr == &poller)
                accept_all(listener);
            else if (!on_event(events[i].data.ptr, events[i].events))
                close_client(events[i].data.ptr);
        }
        play_all();
    }
}
