/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/embed.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engines/embed/encoder.h"
#include "engines/embed/tokenizer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

_Static_assert((int)EMBED_DIMENSIONS == (int)MODEL_WIDTH, "one width");
_Static_assert((int)EMBED_MAX_TOKENS == (int)ENCODER_TEXT_TOKENS, "one limit");

enum { VOCABULARY_FILE_MAX_BYTES = 4 * 1024 * 1024, WORKER_STACK_BYTES = 1024 * 1024 };

/* The working state of one thread. */
typedef struct {
    Workspace *workspace;
    Pack pack;
} Desk;

struct Embedder {
    Tokenizer *tokenizer;
    Weights weights;
    const Kernels *kernels;
    unsigned threads;
    pthread_mutex_t mutex; /* guards the members below */
    pthread_cond_t returned;
    Desk *idle[EMBED_MAX_WORKSPACES];
    size_t idle_count;
    size_t made_count;
};

/* One call of embed_texts, shared by its threads. */
typedef struct {
    Embedder *embedder;
    const Str *texts;
    size_t count;
    size_t pack_texts; /* at most this many texts per pass, so that each thread gets some */
    float *out_vectors;
    size_t next; /* atomic: the first text nobody has taken */
} Job;

const char *embed_model_name(void)
{
    return "all-MiniLM-L6-v2";
}

static bool read_whole(int descriptor, StrBuf *out, Error *error)
{
    for (;;) {
        enum { STEP = 64 * 1024 };
        char *room = strbuf_reserve(out, STEP);
        if (!room)
            return error_set(error, ERR_VALIDATION, "larger than %d bytes",
                             VOCABULARY_FILE_MAX_BYTES);
        ssize_t size = read(descriptor, room, STEP);
        if (size == 0)
            return true;
        if (size < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot be read");
        strbuf_commit(out, size > 0 ? (size_t)size : 0);
    }
}

static Tokenizer *open_tokenizer(const char *path, Error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        error_set_errno(error, errno, path);
        error->code = ERR_UNAVAILABLE;
        return NULL;
    }
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, VOCABULARY_FILE_MAX_BYTES);
    bool read = read_whole(descriptor, &text, error);
    close(descriptor);
    Tokenizer *tokenizer = read ? tokenizer_new(strbuf_str(&text), error) : NULL;
    if (!tokenizer)
        error_prefix(error, "%s: ", path);
    return tokenizer;
}

Embedder *embedder_open(const char *directory, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const char *weights_path = arena_printf(arena, "%s/model.safetensors", directory).data;
    const char *vocabulary_path = arena_printf(arena, "%s/vocab.txt", directory).data;
    Embedder *embedder = MEM_NEW(Embedder);
    embedder->threads = 1;
    embedder->kernels = kernels_choose();
    check(pthread_mutex_init(&embedder->mutex, NULL) == 0);
    check(pthread_cond_init(&embedder->returned, NULL) == 0);
    embedder->tokenizer = open_tokenizer(vocabulary_path, error);
    if (embedder->tokenizer &&
        weights_open(&embedder->weights, weights_path, embedder->kernels->products, error))
        return embedder;
    embedder_close(embedder);
    return NULL;
}

static void desk_free(Desk *desk)
{
    workspace_free(desk->workspace);
    mem_free(desk);
}

void embedder_close(Embedder *embedder)
{
    if (!embedder)
        return;
    check(embedder->idle_count == embedder->made_count);
    for (size_t i = 0; i < embedder->idle_count; i++)
        desk_free(embedder->idle[i]);
    weights_close(&embedder->weights);
    tokenizer_free(embedder->tokenizer);
    pthread_cond_destroy(&embedder->returned);
    pthread_mutex_destroy(&embedder->mutex);
    mem_free(embedder);
}

void embedder_set_threads(Embedder *embedder, unsigned threads)
{
    check(threads >= 1 && threads <= EMBED_MAX_THREADS);
    embedder->threads = threads;
}

static Desk *desk_new(const Kernels *kernels)
{
    Desk *desk = MEM_NEW(Desk);
    desk->workspace = workspace_new(kernels);
    return desk;
}

static Desk *lend_desk(Embedder *embedder)
{
    Desk *desk = NULL;
    pthread_mutex_lock(&embedder->mutex);
    while (embedder->idle_count == 0 && embedder->made_count == EMBED_MAX_WORKSPACES)
        pthread_cond_wait(&embedder->returned, &embedder->mutex);
    if (embedder->idle_count)
        desk = embedder->idle[--embedder->idle_count];
    else
        embedder->made_count++;
    pthread_mutex_unlock(&embedder->mutex);
    return desk ? desk : desk_new(embedder->kernels);
}

static void return_desk(Embedder *embedder, Desk *desk)
{
    pthread_mutex_lock(&embedder->mutex);
    embedder->idle[embedder->idle_count++] = desk;
    pthread_cond_signal(&embedder->returned);
    pthread_mutex_unlock(&embedder->mutex);
}

static void run_pack(const Job *job, Desk *desk)
{
    if (desk->pack.text_count)
        encoder_run(&job->embedder->weights, desk->workspace, &desk->pack);
    desk->pack.text_count = 0;
}

/* Adds a text to the pack. When it does not fit, runs the pack first. */
static void add_text(const Job *job, Desk *desk, size_t index)
{
    uint16_t ids[EMBED_MAX_TOKENS];
    size_t size =
        tokenizer_encode(job->embedder->tokenizer, job->texts[index], EMBED_MAX_TOKENS, ids);
    Pack *pack = &desk->pack;
    if (pack->text_count == job->pack_texts ||
        pack->starts[pack->text_count] + size > ENCODER_PACK_TOKENS)
        run_pack(job, desk);
    size_t start = pack->starts[pack->text_count];
    memcpy(pack->ids + start, ids, size * sizeof ids[0]);
    pack->outs[pack->text_count++] = job->out_vectors + index * EMBED_DIMENSIONS;
    pack->starts[pack->text_count] = start + size;
}

static void *work(void *argument)
{
    Job *job = argument;
    Desk *desk = lend_desk(job->embedder);
    for (;;) {
        size_t index = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
        if (index >= job->count)
            break;
        add_text(job, desk, index);
    }
    run_pack(job, desk);
    return_desk(job->embedder, desk);
    return NULL;
}

/* Starts up to count threads and returns how many were started. Starting fewer is no failure,
 * because this thread works too. */
static size_t start_workers(Job *job, pthread_t *threads, size_t count)
{
    pthread_attr_t attributes;
    size_t started = 0;
    if (count == 0 || pthread_attr_init(&attributes) != 0)
        return 0;
    pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    while (started < count && pthread_create(&threads[started], &attributes, work, job) == 0)
        started++;
    pthread_attr_destroy(&attributes);
    return started;
}

bool embed_texts(Embedder *embedder, const Str *texts, size_t count, float *out_vectors,
                 Error *error)
{
    if (count > EMBED_MAX_TEXTS)
        return error_set(error, ERR_VALIDATION, "%zu texts to embed at once; the limit is %d",
                         count, EMBED_MAX_TEXTS);
    if (count == 0)
        return true;
    size_t threads = MIN_OF((size_t)embedder->threads, count);
    size_t share = (count + threads - 1) / threads;
    Job job = {.embedder = embedder,
               .texts = texts,
               .count = count,
               .pack_texts = MIN_OF(share, (size_t)ENCODER_PACK_TEXTS)};
    job.out_vectors = out_vectors;
    pthread_t workers[EMBED_MAX_THREADS];
    size_t started = start_workers(&job, workers, threads - 1);
    work(&job);
    for (size_t i = 0; i < started; i++)
        pthread_join(workers[i], NULL);
    return true;
}

size_t embedder_count_tokens(const Embedder *embedder, Str text)
{
    return tokenizer_count(embedder->tokenizer, text);
}

size_t embedder_token_counter(const void *embedder, Str text)
{
    return embedder_count_tokens(embedder, text);
}
