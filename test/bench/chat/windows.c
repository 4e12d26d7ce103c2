/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the storage of conversations does: questions and answers written, and context windows of 50
 * messages read from the cache in Redis and, after the cache was dropped, from PostgreSQL.
 *
 *     bench_chat_windows [EXCHANGES]
 *
 * Prints for each kind of work how many a second there were with WORKERS tasks, and the CPU of this
 * process for one, in µs. PostgreSQL commits durably.
 */
#include "base/mem.h"
#include "base/time.h"
#include "conversations/fixture.h"

#include <stdio.h>
#include <sys/resource.h>

enum { WORKERS = 16, ANSWER_BYTES = 800 };

typedef struct {
    const char *name;
    bool (*work)(Task *task, Uuid *conversation, Uuid *last);
    uint32_t count;
} Kind;

static struct {
    Uuid user_id;
    Uuid conversations[WORKERS];
    Uuid last[WORKERS]; /* the newest answer of each */
    Str answer;
    const Kind *kind;
    uint32_t left;
    uint32_t running;
} bench;

static double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static bool write_exchange(Task *task, Uuid *conversation, Uuid *last)
{
    bool held = false;
    TurnBeginning beginning;
    TurnQuestion question = {.conversation_id = *conversation,
                             .content = STR("Why does OSPF stay in EXSTART on this link?"),
                             .metadata = STR("{}")};
    TurnEnd end = {.state = "complete", .content = bench.answer, .metadata = STR("{}")};
    if (!turn_store_begin(task, all->services.db, &question, STR("bench"), 60000, &beginning) ||
        !turn_store_finish(task, all->services.db, &beginning.message_id, beginning.fencing_token,
                           &end, &held))
        return false;
    *last = beginning.message_id;
    return held;
}

static bool read_window(Task *task, Uuid *conversation, Uuid *last)
{
    History history = {0};
    return history_load(task, &all->services, conversation, last, &history) &&
           history.count == CONVERSATION_HISTORY;
}

static bool read_uncached(Task *task, Uuid *conversation, Uuid *last)
{
    return history_forget(task, &all->services, conversation) &&
           read_window(task, conversation, last);
}

static void work(Task *task, void *argument)
{
    size_t worker = *(size_t *)argument;
    task->has_user = true;
    task->user_id = bench.user_id;
    while (bench.left > 0) {
        ArenaMark mark = arena_mark(task->arena);
        bench.left--;
        check(bench.kind->work(task, &bench.conversations[worker], &bench.last[worker]));
        arena_reset(task->arena, mark);
    }
    bench.running--;
}

static void measure(Task *task, const Kind *kind)
{
    size_t numbers[WORKERS];
    bench.kind = kind;
    bench.left = kind->count;
    bench.running = WORKERS;
    double cpu = cpu_us();
    uint64_t started_ns = time_monotonic_ns();
    for (size_t i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        task_spawn_background(task->loop, "work", work, &numbers[i]);
    }
    while (bench.running > 0)
        check(task_sleep(task, 1));
    double seconds = (double)(time_monotonic_ns() - started_ns) / 1e9;
    printf("%s: %.0f/s, %.1f us CPU\n", kind->name, kind->count / seconds,
           (cpu_us() - cpu) / kind->count);
}

static void run_all(Task *task, void *argument)
{
    const uint32_t *count = argument;
    const Kind kinds[] = {
        {"exchanges written", write_exchange, *count},
        {"windows from the cache", read_window, *count * 4},
        {"windows from PostgreSQL", read_uncached, *count},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        measure(task, &kinds[i]);
}

static void make_conversations(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < WORKERS; i++)
        check(uuid_parse(new_conversation(arena, ana), &bench.conversations[i]));
    TestAnswer me = api_get(arena, ana, STR("users/me"));
    check(uuid_parse(test_json_str(&me, "id"), &bench.user_id));
}

int main(int argc, char **argv)
{
    uint32_t count = 2000;
    check(argc < 2 || str_parse_u32(str_of(argv[1]), &count));
    check(count >= WORKERS * CONVERSATION_HISTORY);
    fixture_start(NULL);
    char *text = mem_alloc(1, ANSWER_BYTES);
    memset(text, 'a', ANSWER_BYTES);
    bench.answer = str_make(text, ANSWER_BYTES);
    test_server_run(server, make_conversations, NULL);
    test_server_run_task(server, run_all, &count);
    fixture_stop(NULL);
    mem_free(text);
    return 0;
}
