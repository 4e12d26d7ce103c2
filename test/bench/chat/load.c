/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens many streams of answers at once, and checks every byte of them: token k of an answer is its
 * number in four digits and a space (see player.c), in events of NetGuru or of OpenAI.
 *
 *     load PORT AT_ONCE OPENING TOKENS [DROP_AT PER_SECOND] <REQUESTS
 *
 * AT_ONCE streams run at a time, of which at most OPENING have no token yet. When every stream has
 * DROP_AT tokens, all connections are cut and opened again at once with Last-Event-ID; a stream has
 * caught up when it has what a provider of PER_SECOND tokens must have said by then, or the end.
 * Each request is "BYTES RESUME_BYTES POSITION FIRST\n", the request, and the head that resumes the
 * stream, without its last line. POSITION is the Last-Event-ID to begin with (0: send the request)
 * and FIRST the first token that is then expected.
 *
 * Prints one line for each stream: its state, then in µs the time to the first token, the longest
 * silence and the time to the end, the time to catch up, the position at half of the tokens, and
 * the tokens that it had then. The last line has the wall time and the CPU of this program in µs.
 */
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    READ_BYTES = 64 * 1024,
    LINE_MAX_BYTES = 256 * 1024,
    TOKEN_BYTES = 5,
    LATE_MS = 250,       /* a stream that is later than this has not caught up */
    GIVE_UP_MS = 120000, /* without an event */
    INPUT_MAX_BYTES = 64 << 20,
};

typedef enum { WAITING, RUNNING, COMPLETE, FAILED, CUT_SHORT, WRONG, RELOADED } State;

static const char *const state_names[] = {"waiting",   "running", "complete", "failed",
                                          "cut_short", "wrong",   "reloaded"};

typedef struct {
    State state;
    Str request;
    Str resume;
    int socket;
    uint64_t position; /* Last-Event-ID */
    uint64_t offset;   /* bytes of text so far */
    uint64_t half_position;
    uint64_t half_offset;
    uint64_t sent_ns;
    uint64_t first_ns; /* when the first token came */
    uint64_t last_ns;
    uint64_t gap_ns;
    uint64_t end_ns;
    uint64_t caught_ns; /* when it had caught up */
    StrBuf line;
} Stream;

static struct {
    uint16_t port;
    uint32_t at_once;
    uint32_t opening;
    uint32_t tokens;
    uint32_t drop_at;
    uint32_t per_second;
    Stream *streams;
    size_t count;
    size_t started;
    uint32_t open;
    uint32_t without_token;
    uint64_t dropped_ns;
    int poller;
    char part[READ_BYTES];
} load;

static char text_at(uint64_t offset)
{
    char text[16];
    snprintf(text, sizeof(text), "%04u ", (unsigned)(offset / TOKEN_BYTES % 10000));
    return text[offset % TOKEN_BYTES];
}

static void end(Stream *stream, State state)
{
    stream->state = state;
    stream->end_ns = time_monotonic_ns();
    if (!stream->first_ns)
        load.without_token--;
    if (!stream->caught_ns)
        stream->caught_ns = stream->end_ns;
    close(stream->socket);
    strbuf_done(&stream->line);
    load.open--;
}

static bool is_caught_up(const Stream *stream, uint64_t now_ns)
{
    uint64_t late_ns = LATE_MS * 1000000ull;
    if (!load.dropped_ns || now_ns < stream->first_ns + late_ns)
        return false;
    uint64_t said = (now_ns - stream->first_ns - late_ns) * load.per_second / 1000000000u;
    return stream->offset >= MIN_OF(said, (uint64_t)load.tokens) * TOKEN_BYTES;
}

static void note_text(Stream *stream, uint64_t now_ns)
{
    if (!stream->first_ns) {
        stream->first_ns = now_ns;
        load.without_token--;
    } else {
        stream->gap_ns = MAX_OF(stream->gap_ns, now_ns - stream->last_ns);
    }
    stream->last_ns = now_ns;
    if (!stream->half_position && stream->offset >= (uint64_t)load.tokens * TOKEN_BYTES / 2) {
        stream->half_position = stream->position;
        stream->half_offset = stream->offset;
    }
    if (!stream->caught_ns && is_caught_up(stream, now_ns))
        stream->caught_ns = now_ns;
}

/* Takes the text of an event. Returns false when it is not what comes next. */
static bool take_text(Stream *stream, Str line, uint64_t now_ns)
{
    size_t at = str_find(line, STR("\"content\":"));
    if (at == STR_NOT_FOUND)
        return true;
    Str rest = str_trim_left(str_from(line, at + 10));
    if (str_empty(rest) || rest.data[0] != '"')
        return true;
    Str text = str_from(rest, 1);
    text = str_slice(text, 0, str_find_byte(text, '"'));
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != text_at(stream->offset++))
            return false;
    if (text.size)
        note_text(stream, now_ns);
    return true;
}

static bool has(Str line, const char *needle)
{
    return str_find(line, str_of(needle)) != STR_NOT_FOUND;
}

/* Takes a line of the answer. Returns the state of the stream after it. */
static State take_line(Stream *stream, Str line, uint64_t now_ns)
{
    line = str_trim(line);
    if (str_starts_with(line, STR("id: ")))
        (void)!str_parse_u64(str_from(line, 4), &stream->position);
    if (!str_starts_with(line, STR("data: ")))
        return RUNNING;
    if (has(line, "[DONE]") || has(line, "\"type\":\"message_completed\""))
        return stream->offset == (uint64_t)load.tokens * TOKEN_BYTES ? COMPLETE : CUT_SHORT;
    if (has(line, "\"type\":\"reload\""))
        return RELOADED;
    if (has(line, "\"type\":\"error\"") || has(line, "data: {\"error\""))
        return FAILED;
    return take_text(stream, line, now_ns) ? RUNNING : WRONG;
}

static void take_part(Stream *stream, Str part, uint64_t now_ns)
{
    size_t line_end = 0;
    strbuf_append(&stream->line, part);
    Str rest = strbuf_str(&stream->line);
    while ((line_end = str_find_byte(rest, '\n')) != STR_NOT_FOUND) {
        State state = take_line(stream, str_slice(rest, 0, line_end), now_ns);
        rest = str_from(rest, line_end + 1);
        if (state != RUNNING) {
            end(stream, state);
            return;
        }
    }
    strbuf_consume(&stream->line, stream->line.size - rest.size);
}

static void on_readable(Stream *stream)
{
    ssize_t got = recv(stream->socket, load.part, sizeof(load.part), 0);
    if (got > 0)
        take_part(stream, str_make(load.part, (size_t)got), time_monotonic_ns());
    else if (got == 0 || errno != EAGAIN)
        end(stream, FAILED);
}

/* Connects, and sends the request or the head that resumes the stream. */
static void open_stream(Stream *stream, bool resumes)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(load.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    stream->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(connect(stream->socket, (struct sockaddr *)&address, sizeof(address)) == 0);
    setsockopt(stream->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
    check(epoll_ctl(load.poller, EPOLL_CTL_ADD, stream->socket, &event) == 0);
    strbuf_init(&stream->line, LINE_MAX_BYTES);
    auto_strbuf StrBuf request = {0};
    strbuf_init(&request, INPUT_MAX_BYTES);
    strbuf_append(&request, resumes ? stream->resume : stream->request);
    if (resumes)
        strbuf_printf(&request, "Last-Event-ID: %llu\r\n\r\n",
                      (unsigned long long)stream->position);
    if (!stream->sent_ns)
        stream->sent_ns = time_monotonic_ns();
    check(send(stream->socket, request.data, request.size, MSG_NOSIGNAL) == (ssize_t)request.size);
    stream->state = RUNNING;
}

static void start_some(void)
{
    while (load.started < load.count && load.open < load.at_once &&
           load.without_token < load.opening) {
        Stream *stream = &load.streams[load.started++];
        load.open++;
        load.without_token++;
        open_stream(stream, stream->position > 0);
    }
}

/* Once every stream has enough, cuts all of them and comes back at once. */
static void drop_all(void)
{
    if (!load.drop_at || load.dropped_ns || load.started < load.count)
        return;
    for (size_t i = 0; i < load.count; i++)
        if (load.streams[i].state == RUNNING &&
            load.streams[i].offset < (uint64_t)load.drop_at * TOKEN_BYTES)
            return;
    for (size_t i = 0; i < load.count; i++) {
        if (load.streams[i].state == RUNNING) {
            close(load.streams[i].socket);
            strbuf_done(&load.streams[i].line);
        }
    }
    load.dropped_ns = time_monotonic_ns();
    for (size_t i = 0; i < load.count; i++)
        if (load.streams[i].state == RUNNING)
            open_stream(&load.streams[i], true);
}

static void run(void)
{
    struct epoll_event events[EVENTS];
    start_some();
    while (load.open > 0) {
        int count = epoll_wait(load.poller, events, EVENTS, GIVE_UP_MS);
        check(count > 0);
        for (int i = 0; i < count; i++) {
            Stream *stream = events[i].data.ptr;
            if (stream->state == RUNNING)
                on_readable(stream);
        }
        drop_all();
        start_some();
    }
}

static void read_requests(Str input)
{
    size_t room = 0;
    while (!str_empty(input)) {
        uint32_t sizes[4] = {0};
        uint64_t position = 0;
        Str line;
        Str word;
        check(str_next_line(&input, &line));
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            check(str_next_word(&line, &word));
            check(i == 2 ? str_parse_u64(word, &position) : str_parse_u32(word, &sizes[i]));
        }
        if (load.count == room) {
            room = 2 * room + EVENTS;
            load.streams = mem_resize(load.streams, room, sizeof(Stream));
        }
        load.streams[load.count++] = (Stream){.request = str_slice(input, 0, sizes[0]),
                                              .resume = str_slice(input, sizes[0], sizes[1]),
                                              .position = position,
                                              .offset = (uint64_t)sizes[3] * TOKEN_BYTES};
        input = str_from(input, (size_t)sizes[0] + sizes[1]);
    }
}

static long long microseconds(uint64_t from_ns, uint64_t to_ns)
{
    return from_ns && to_ns > from_ns ? (long long)((to_ns - from_ns) / 1000) : 0;
}

static void print_all(uint64_t begun_ns)
{
    struct rusage usage;
    for (size_t i = 0; i < load.count; i++) {
        const Stream *stream = &load.streams[i];
        printf("%s %lld %lld %lld %lld %llu %llu\n", state_names[stream->state],
               microseconds(stream->sent_ns, stream->first_ns), (long long)stream->gap_ns / 1000,
               microseconds(stream->sent_ns, stream->end_ns),
               microseconds(load.dropped_ns, stream->caught_ns),
               (unsigned long long)stream->half_position,
               (unsigned long long)stream->half_offset / TOKEN_BYTES);
    }
    check(getrusage(RUSAGE_SELF, &usage) == 0);
    long long cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000ll +
                    usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    printf("end %lld %lld\n", microseconds(begun_ns, time_monotonic_ns()), cpu);
}

int main(int argc, char **argv)
{
    uint32_t numbers[6] = {0};
    StrBuf input;
    check(argc == 5 || argc == 7);
    for (int i = 1; i < argc; i++)
        check(str_parse_u32(str_of(argv[i]), &numbers[i - 1]));
    load.port = (uint16_t)numbers[0];
    load.at_once = numbers[1];
    load.opening = numbers[2];
    load.tokens = numbers[3];
    load.drop_at = numbers[4];
    load.per_second = numbers[5];
    strbuf_init(&input, INPUT_MAX_BYTES);
    for (ssize_t got = 0; (got = read(STDIN_FILENO, load.part, sizeof(load.part))) > 0;)
        strbuf_append(&input, str_make(load.part, (size_t)got));
    check(!input.overflowed);
    read_requests(strbuf_str(&input));
    load.poller = epoll_create1(EPOLL_CLOEXEC);
    uint64_t begun_ns = time_monotonic_ns();
    run();
    print_all(begun_ns);
    return 0;
}
