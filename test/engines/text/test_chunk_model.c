/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks counted with the model's own tokenizer: the encoder must see all of every one. */
#include "engines/text/chunk.h"

#include "engines/embed/embed.h"
#include "engines/embed/model_files.h"
#include "engines/text/encoding.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int set_up(void **state)
{
    Error error = {0};
    *state = embedder_open(test_model_directory(), &error);
    if (!*state)
        fail_msg("%s", error.message);
    return 0;
}

static int tear_down(void **state)
{
    embedder_close(*state);
    return 0;
}

typedef struct {
    size_t files;
    size_t chunks;
    size_t tokens;
    size_t underestimated; /* chunks whose estimate is below the truth */
} Totals;

static void check_file(const Embedder *embedder, const char *path, TextKind forced, Totals *totals)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    Str bytes = test_read_file(arena, path);
    DecodedText text;
    TextKindFinding found = text_kind_detect(str_of(path), bytes);
    ChunkOptions options =
        chunk_options(forced != TEXT_KIND_COUNT ? forced : found.kind, str_of(path));
    options.count_tokens = embedder_token_counter;
    options.counter_context = embedder;
    TextChunkVec chunks = {0};
    if (!text_decode(arena, bytes, &text, &error) ||
        !chunk_text(arena, text.utf8, &options, &chunks, &error))
        return;
    totals->files++;
    for (size_t i = 0; i < chunks.count; i++) {
        const TextChunk *chunk = &chunks.items[i];
        assert_int_equal(chunk->tokens, embedder_count_tokens(embedder, chunk->text));
        assert_true(chunk->tokens <= options.max_tokens);
        Str input = chunk_embedding_text(arena, chunk, &options);
        assert_true(embedder_count_tokens(embedder, input) <= CHUNK_MODEL_TOKENS);
        totals->chunks++;
        totals->tokens += chunk->tokens;
        totals->underestimated += chunk_estimate_tokens(chunk->text) < chunk->tokens;
    }
}

static void check_folder(const Embedder *embedder, const char *directory, TextKind forced)
{
    auto_arena Arena *arena = arena_new();
    Totals totals = {0};
    StrVec files = test_list_files(arena, directory, "");
    for (size_t i = 0; i < files.count; i++)
        if (!str_ends_with(files.items[i], STR(".pdf")))
            check_file(embedder, files.items[i].data, forced, &totals);
    printf("%zu files, %zu chunks of %zu tokens on average, %zu underestimated: %s\n", totals.files,
           totals.chunks, totals.chunks ? totals.tokens / totals.chunks : 0, totals.underestimated,
           directory);
    assert_true(totals.chunks > 0);
    assert_true(totals.underestimated * 50 <= totals.chunks);
}

static void test_own_chunks_fit_the_model(void **state)
{
    auto_arena Arena *arena = arena_new();
    check_folder(*state, test_source_path(arena, "knowledge"), TEXT_KIND_COUNT);
    check_folder(*state, test_source_path(arena, "sample/configs"), TEXT_KIND_COUNT);
    check_folder(*state, test_source_path(arena, "sample/logs"), TEXT_KIND_COUNT);
}

static void test_shared_chunks_fit_the_model(void **state)
{
    auto_arena Arena *arena = arena_new();
    const char *shared = test_shared_data(arena);
    if (!shared) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    static const char *const folders[] = {"configs", "logs", "shows"};
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        check_folder(*state, arena_printf(arena, "%s/%s", shared, folders[i]).data,
                     TEXT_KIND_COUNT);
    check_folder(*state, arena_printf(arena, "%s/docs", shared).data, TEXT_PDF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_chunks_fit_the_model),
        cmocka_unit_test(test_shared_chunks_fit_the_model),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
