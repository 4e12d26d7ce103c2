/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What net/outgoing adds to libcurl itself: the same requests by curl_easy_perform and by a task,
 * from one server on threads. Time to the first byte of an answer on a kept connection, and CPU of
 * the client's thread for each chunk of a stream that comes as fast as it can, or one by one.
 *
 *     bench_outgoing [CALLS [CHUNKS]]
 */
#include "base/mem.h"
#include "base/time.h"
#include "net/outgoing/outgoing.h"
#include "net/outgoing/raw_server.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 16 * 1024, ROUNDS = 5, PAUSE_US = 50, PACED_SHARE = 10 };

#define CHUNK "3a\r\ndata: {\"choices\":[{\"delta\":{\"content\":\" word\"}}],\"n\":12}\n\n\r\n"

typedef struct {
    uint32_t calls;
    uint32_t chunks;
    uint16_t port;
    uint64_t *first_ns; /* of each call */
    uint64_t started_ns;
    uint32_t done;
    uint64_t bytes;
    _Atomic uint32_t pause_us; /* of the server between chunks */
} Bench;

static Bench bench;

/* GET /N streams N events of 58 bytes, each sent by itself. */
static void serve(int client, void *context)
{
    uint32_t count = 0;
    char head[HEAD_BYTES];
    (void)context;
    for (;;) {
        Str text = raw_read_head(client, head, sizeof(head));
        if (str_empty(text))
            return;
        Str number = str_slice(text, 5, str_find_byte(str_from(text, 5), ' '));
        check(str_parse_u32(number, &count));
        raw_send(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (uint32_t i = 0; i < count; i++) {
            raw_send(client, CHUNK);
            if (bench.pause_us)
                usleep(bench.pause_us);
        }
        raw_send(client, "0\r\n\r\n");
    }
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void note_first(void)
{
    if (bench.started_ns)
        bench.first_ns[bench.done] = time_monotonic_ns() - bench.started_ns;
    bench.started_ns = 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    note_first();
    bench.bytes += size * count;
    return size * count;
}

static void call_blocking(uint32_t calls, uint32_t chunks)
{
    char url[64];
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/%u", bench.port, chunks);
    for (bench.done = 0; bench.done < calls; bench.done++) {
        curl_easy_reset(curl);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
        bench.started_ns = time_monotonic_ns();
        check(curl_easy_perform(curl) == CURLE_OK);
    }
    curl_easy_cleanup(curl);
}

typedef struct {
    Outgoing *outgoing;
    uint32_t calls;
    uint32_t chunks;
} Work;

static void call_from_task(Task *task, void *argument)
{
    Str part;
    const Work *work = argument;
    Str url = arena_printf(task->arena, "http://127.0.0.1:%u/%u", bench.port, work->chunks);
    OutgoingRequest request = {.method = "GET", .url = url, .reach = OUTGOING_ANY};
    request.max_answer_bytes = UINT64_MAX;
    for (bench.done = 0; bench.done < work->calls; bench.done++) {
        ArenaMark mark = arena_mark(task->arena);
        bench.started_ns = time_monotonic_ns();
        OutgoingCall *call = outgoing_call_start(task, work->outgoing, &request);
        check(call && outgoing_call_answer(task, call));
        do {
            check(outgoing_call_read(task, call, &part));
            note_first();
            bench.bytes += part.size;
        } while (part.size > 0);
        outgoing_call_end(call);
        arena_reset(task->arena, mark);
    }
}

static void call_on_loop(uint32_t calls, uint32_t chunks)
{
    Error error = {0};
    Loop *loop = loop_new(&(LoopOptions){0});
    Work work = {outgoing_new(loop, &(OutgoingOptions){0}, &error), calls, chunks};
    check(work.outgoing);
    check(task_spawn(loop, "bench", call_from_task, &work).generation);
    loop_run(loop);
    outgoing_free(work.outgoing);
    loop_run(loop);
    loop_free(loop);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* CPU of this thread for each chunk. */
static double measure_stream(void (*call)(uint32_t calls, uint32_t chunks), uint32_t chunks)
{
    uint64_t cpu = cpu_ns();
    call(1, chunks);
    return (double)(cpu_ns() - cpu) / 1000 / chunks;
}

static void report(const char *name, void (*call)(uint32_t calls, uint32_t chunks))
{
    call(bench.calls, 1);
    qsort(bench.first_ns, bench.calls, sizeof(uint64_t), compare);
    double middle_us = (double)bench.first_ns[bench.calls / 2] / 1000;
    double late_us = (double)bench.first_ns[bench.calls * 99 / 100] / 1000;
    double chunk_us = measure_stream(call, bench.chunks);
    bench.pause_us = PAUSE_US;
    double paced_us = measure_stream(call, bench.chunks / PACED_SHARE);
    bench.pause_us = 0;
    printf("%-10s first byte p50 %6.1f us  p99 %6.1f us   CPU a chunk: at full speed %5.2f us, "
           "one by one %5.2f us\n",
           name, middle_us, late_us, chunk_us, paced_us);
}

int main(int argc, char **argv)
{
    bench.calls = 2000;
    bench.chunks = 200000;
    bool sound = argc < 2 || str_parse_u32(str_of(argv[1]), &bench.calls);
    if (!sound || (argc > 2 && !str_parse_u32(str_of(argv[2]), &bench.chunks)))
        return 2;
    bench.first_ns = mem_alloc(bench.calls, sizeof(uint64_t));
    RawServer *server = raw_server_start(serve, NULL);
    bench.port = raw_server_port(server);
    for (int round = 0; round < ROUNDS; round++) {
        report("libcurl", call_blocking);
        report("outgoing", call_on_loop);
    }
    raw_server_stop(server);
    mem_free(bench.first_ns);
    return 0;
}
