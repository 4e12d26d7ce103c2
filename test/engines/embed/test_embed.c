/* SPDX-License-Identifier: Apache-2.0 */
/* usage: test_embed STEP — every STEP-th text of the reference; 1: all of them. */
#include "engines/embed/embed.h"

#include "base/json.h"
#include "base/mem.h"
#include "engines/embed/model_files.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* IEEE 754 binary16. */
static float half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 0x1F;
    float fraction = (float)(half & 0x3FF);
    float value = exponent ? ldexpf(fraction + 1024.0f, exponent - 25) : ldexpf(fraction, -24);
    return half & 0x8000 ? -value : value;
}

static double cosine(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < EMBED_DIMENSIONS; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

typedef struct {
    Arena *arena;
    Embedder *embedder;
    Str *texts;
    size_t count;
    float *expected;
} Reference;

static uint32_t step;

static void add_text(Reference *reference, const JsonValue *row, const char *halves)
{
    float *expected = reference->expected + reference->count * EMBED_DIMENSIONS;
    assert_true(json_get_str(row, "text", &reference->texts[reference->count++]));
    for (size_t i = 0; i < EMBED_DIMENSIONS; i++) {
        uint16_t half;
        memcpy(&half, halves + 2 * i, sizeof half);
        expected[i] = half_to_float(half);
    }
}

static void load_reference(Reference *reference)
{
    Error error = {0};
    Arena *arena = reference->arena;
    const char *path = test_source_path(arena, "test/engines/embed/reference.json");
    const JsonValue *rows = json_parse(arena, test_read_file(arena, path), &error);
    assert_non_null(rows);
    Str halves = test_read_file(arena, test_source_path(arena, "test/engines/embed/reference.f16"));
    size_t floats = rows->count * EMBED_DIMENSIONS;
    assert_int_equal(halves.size, floats * 2);
    assert_true(rows->count >= 200);
    reference->texts = ARENA_ARRAY(arena, Str, rows->count);
    reference->expected = ARENA_ARRAY(arena, float, floats);
    for (size_t i = 0; i < rows->count; i += step)
        add_text(reference, &rows->items[i], halves.data + 2 * i * EMBED_DIMENSIONS);
}

static int set_up(void **state)
{
    Error error = {0};
    Reference *reference = MEM_NEW(Reference);
    reference->arena = arena_new();
    load_reference(reference);
    reference->embedder = embedder_open(test_model_directory(), &error);
    if (!reference->embedder)
        fail_msg("%s", error.message);
    *state = reference;
    return 0;
}

static int tear_down(void **state)
{
    Reference *reference = *state;
    embedder_close(reference->embedder);
    arena_free(reference->arena);
    mem_free(reference);
    return 0;
}

/* vectors: of count texts from the first on. */
static void expect_reference(const Reference *reference, size_t first, size_t count,
                             const float *vectors)
{
    for (size_t i = first; i < first + count; i++) {
        const float *vector = vectors + (i - first) * EMBED_DIMENSIONS;
        double length = 0;
        for (int k = 0; k < EMBED_DIMENSIONS; k++)
            length += (double)vector[k] * (double)vector[k];
        assert_true(fabs(length - 1) < 1e-5);
        double found = cosine(vector, reference->expected + i * EMBED_DIMENSIONS);
        if (!(found >= 0.9999))
            fail_msg("text %zu: cosine %.6f", i, found);
    }
}

static void test_vectors_are_those_of_the_reference(void **state)
{
    const Reference *reference = *state;
    Error error = {0};
    float *vectors = mem_alloc(reference->count, EMBED_DIMENSIONS * sizeof(float));
    assert_true(
        embed_texts(reference->embedder, reference->texts, reference->count, vectors, &error));
    expect_reference(reference, 0, reference->count, vectors);
    mem_free(vectors);
}

static void test_a_vector_depends_on_its_text_alone(void **state)
{
    const Reference *reference = *state;
    Error error = {0};
    size_t count = 0;
    Str *texts = ARENA_ARRAY(reference->arena, Str, reference->count);
    for (size_t i = 0; i < reference->count; i += reference->count < 100 ? 2 : 6)
        texts[count++] = reference->texts[i];
    float *together = mem_alloc(count, EMBED_DIMENSIONS * sizeof(float));
    embedder_set_threads(reference->embedder, 3);
    assert_true(embed_texts(reference->embedder, texts, count, together, &error));
    for (size_t i = 0; i < count; i++) {
        float alone[EMBED_DIMENSIONS];
        assert_true(embed_texts(reference->embedder, texts + i, 1, alone, &error));
        for (size_t k = 0; k < EMBED_DIMENSIONS; k++)
            assert_true(fabsf(alone[k] - together[i * EMBED_DIMENSIONS + k]) < 1e-6f);
    }
    embedder_set_threads(reference->embedder, 1);
    mem_free(together);
}

typedef struct {
    const Reference *reference;
    size_t first;
    size_t count;
    float *vectors;
} Share;

static void *embed_in_thread(void *argument)
{
    Share *share = argument;
    const Reference *reference = share->reference;
    Error error = {0};
    share->vectors = mem_alloc(share->count, EMBED_DIMENSIONS * sizeof(float));
    check(embed_texts(reference->embedder, reference->texts + share->first, share->count,
                      share->vectors, &error));
    return NULL;
}

static void test_threads_share_one_embedder(void **state)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    Share shares[THREADS];
    const Reference *reference = *state;
    size_t each = reference->count / THREADS / 2;
    for (size_t i = 0; i < THREADS; i++) {
        shares[i] = (Share){.reference = reference, .first = 2 * i * each, .count = each};
        assert_int_equal(pthread_create(&threads[i], NULL, embed_in_thread, &shares[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        expect_reference(reference, shares[i].first, shares[i].count, shares[i].vectors);
        mem_free(shares[i].vectors);
    }
}

static void test_too_many_texts_are_refused(void **state)
{
    const Reference *reference = *state;
    Error error = {0};
    assert_true(embed_texts(reference->embedder, NULL, 0, NULL, &error));
    assert_false(
        embed_texts(reference->embedder, reference->texts, EMBED_MAX_TEXTS + 1, NULL, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    enum { MANY = EMBED_MAX_TOKENS + 50 };
    Str *many = ARENA_ARRAY(reference->arena, Str, MANY);
    for (size_t i = 0; i < MANY; i++)
        many[i] = i % 2 ? STR("") : STR("x");
    float *vectors = mem_alloc(MANY, EMBED_DIMENSIONS * sizeof(float));
    assert_true(embed_texts(reference->embedder, many, MANY, vectors, &error));
    assert_true(cosine(vectors, vectors + 2 * EMBED_DIMENSIONS) > 0.999999);
    mem_free(vectors);
    assert_string_equal(embed_model_name(), "all-MiniLM-L6-v2");
    assert_int_equal(embedder_token_counter(reference->embedder, STR("the network")), 2);
}

int main(int argc, char **argv)
{
    check(argc == 2 && str_parse_u32(str_of(argv[1]), &step) && step > 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_are_those_of_the_reference),
        cmocka_unit_test(test_a_vector_depends_on_its_text_alone),
        cmocka_unit_test(test_threads_share_one_embedder),
        cmocka_unit_test(test_too_many_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
