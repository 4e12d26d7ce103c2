/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: bench_embed chunks FILE…                         prints what would be embedded, as JSON
 *        bench_embed loop MODEL_DIR TEXTS.json THREADS    "ready", then one measurement a line read
 *        bench_embed lengths MODEL_DIR                    the time of one text, by its tokens
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/time.h"
#include "engines/embed/embed.h"
#include "engines/text/chunk.h"
#include "engines/text/encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_FILE_BYTES = 16 << 20, EMBED_AT_ONCE = 256, RUNS = 60 };

static Str read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return STR("");
    char *bytes = arena_alloc(arena, MAX_FILE_BYTES);
    size_t size = fread(bytes, 1, MAX_FILE_BYTES, file);
    fclose(file);
    return str_make(bytes, size);
}

static void write_chunks(JsonWriter *json, const char *path)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    Str bytes = read_file(arena, path);
    ChunkOptions options = chunk_options(text_kind_detect(str_of(path), bytes).kind, str_of(path));
    DecodedText text;
    TextChunkVec chunks = {0};
    if (!text_decode(arena, bytes, &text, &error) ||
        !chunk_text(arena, text.utf8, &options, &chunks, &error)) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        return;
    }
    for (size_t i = 0; i < chunks.count; i++)
        json_str(json, chunk_embedding_text(arena, &chunks.items[i], &options));
}

static int print_chunks(char **paths, int count)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 256 << 20);
    JsonWriter json;
    json_start(&json, &out);
    json_begin_array(&json);
    for (int i = 0; i < count; i++)
        write_chunks(&json, paths[i]);
    json_end(&json);
    printf("%.*s\n", STR_ARGS(strbuf_str(&out)));
    return 0;
}

static size_t count_tokens(const Embedder *embedder, const Str *texts, size_t count)
{
    size_t tokens = 0;
    for (size_t i = 0; i < count; i++)
        tokens += MIN_OF(embedder_count_tokens(embedder, texts[i]) + 2, (size_t)EMBED_MAX_TOKENS);
    return tokens;
}

/* Of all threads of this process. */
static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool measure(Embedder *embedder, const Str *texts, size_t count, Error *error)
{
    float *vectors = mem_alloc(count, EMBED_DIMENSIONS * sizeof(float));
    uint64_t started = time_monotonic_ns();
    double cpu = cpu_seconds();
    bool done = true;
    for (size_t i = 0; done && i < count; i += EMBED_AT_ONCE)
        done = embed_texts(embedder, texts + i, MIN_OF(count - i, (size_t)EMBED_AT_ONCE),
                           vectors + i * EMBED_DIMENSIONS, error);
    double seconds = (double)(time_monotonic_ns() - started) * 1e-9;
    cpu = cpu_seconds() - cpu;
    mem_free(vectors);
    size_t tokens = count_tokens(embedder, texts, count);
    printf("{\"tokens\": %zu, \"seconds\": %.4f, \"cpu_seconds\": %.4f}\n", tokens, seconds, cpu);
    fflush(stdout);
    return done;
}

static bool run_loop(const char *model, const char *path, unsigned threads, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const JsonValue *array = json_parse(arena, read_file(arena, path), error);
    Embedder *embedder = array ? embedder_open(model, error) : NULL;
    if (!embedder)
        return false;
    embedder_set_threads(embedder, threads);
    Str *texts = ARENA_ARRAY(arena, Str, array->count);
    for (size_t i = 0; i < array->count; i++)
        texts[i] = array->items[i].string;
    float *warm = ARENA_ARRAY(arena, float, 8 * EMBED_DIMENSIONS);
    bool done = embed_texts(embedder, texts, MIN_OF(array->count, (size_t)8), warm, error);
    puts("ready");
    fflush(stdout);
    for (char line[16]; done && fgets(line, sizeof line, stdin);)
        done = measure(embedder, texts, array->count, error);
    embedder_close(embedder);
    return done;
}

static int compare_times(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Writes a text of so many tokens, [CLS] and [SEP] included: each of these words is one token. */
static void write_words(StrBuf *out, size_t tokens)
{
    static const char *const words[] = {"which", "port", "has", "the", "wrong", "network"};
    for (size_t i = 0; i + 2 < tokens; i++)
        strbuf_printf(out, "%s ", words[i % COUNT_OF(words)]);
}

/* Prints the least and the median milliseconds of a text of so many tokens, embedded alone. */
static bool measure_length(Embedder *embedder, size_t tokens, Error *error)
{
    auto_strbuf StrBuf words = {0};
    strbuf_init(&words, EMBED_MAX_TOKENS * 16);
    write_words(&words, tokens);
    Str text = strbuf_str(&words);
    check(embedder_count_tokens(embedder, text) + 2 == tokens);
    float vector[EMBED_DIMENSIONS];
    double times[RUNS];
    for (size_t i = 0; i < RUNS; i++) {
        uint64_t started = time_monotonic_ns();
        if (!embed_texts(embedder, &text, 1, vector, error))
            return false;
        times[i] = (double)(time_monotonic_ns() - started) * 1e-6;
    }
    qsort(times, RUNS, sizeof times[0], compare_times);
    printf("{\"tokens\": %zu, \"least_ms\": %.3f, \"median_ms\": %.3f}\n", tokens, times[0],
           times[RUNS / 2]);
    return true;
}

static bool measure_lengths(const char *model, Error *error)
{
    static const size_t lengths[] = {8, 12, 16, 32, 64, 128, 256};
    uint64_t started = time_monotonic_ns();
    Embedder *embedder = embedder_open(model, error);
    if (!embedder)
        return false;
    printf("{\"opened_ms\": %.1f}\n", (double)(time_monotonic_ns() - started) * 1e-6);
    bool done = true;
    for (size_t i = 0; done && i < COUNT_OF(lengths); i++)
        done = measure_length(embedder, lengths[i], error);
    embedder_close(embedder);
    return done;
}

static int report(bool done, const Error *error)
{
    if (!done)
        fprintf(stderr, "bench_embed: %s\n", error->message);
    return done ? 0 : 1;
}

int main(int argc, char **argv)
{
    Error error = {0};
    uint32_t threads = 0;
    if (argc >= 3 && str_equal(str_of(argv[1]), STR("chunks")))
        return print_chunks(argv + 2, argc - 2);
    if (argc == 3 && str_equal(str_of(argv[1]), STR("lengths")))
        return report(measure_lengths(argv[2], &error), &error);
    if (argc != 5 || !str_parse_u32(str_of(argv[4]), &threads) || threads < 1 ||
        threads > EMBED_MAX_THREADS) {
        fprintf(stderr, "usage: bench_embed chunks FILE... | loop MODEL_DIR TEXTS.json THREADS |"
                        " lengths MODEL_DIR\n");
        return 2;
    }
    return report(run_loop(argv[2], argv[3], threads, &error), &error);
}
