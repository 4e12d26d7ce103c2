/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/weights.h"

#include "engines/embed/embed.h"
#include "engines/embed/kernels.h"
#include "engines/embed/model_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Writes the bytes as a file, which must be refused with these words. */
static void expect_refused(Str bytes, const char *reason)
{
    char path[] = "/tmp/netguru-weights-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(descriptor);
    Weights weights;
    Error error = {0};
    bool opened = weights_open(&weights, path, kernels_choose()->products, &error);
    unlink(path);
    assert_false(opened);
    assert_null(weights.mapping);
    assert_null(weights.memory);
    assert_int_equal(error.code, ERR_VALIDATION);
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
}

/* A file of this header, with data of size bytes behind it. */
static Str file_of(Arena *arena, Str header, size_t size)
{
    uint64_t length = header.size;
    char *bytes = arena_alloc(arena, 8 + header.size + size);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header.data, header.size);
    return str_make(bytes, 8 + header.size + size);
}

/* The header of the real file with the first occurrence of one text replaced by another. */
static Str changed_header(Arena *arena, Str header, Str from, Str to)
{
    size_t at = str_find(header, from);
    assert_int_not_equal(at, STR_NOT_FOUND);
    return arena_printf(arena, "%.*s%.*s%.*s", (int)at, header.data, STR_ARGS(to),
                        STR_ARGS(str_from(header, at + from.size)));
}

static Str real_header(Arena *arena)
{
    const char *path = arena_printf(arena, "%s/model.safetensors", test_model_directory()).data;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint64_t length = 0;
    assert_int_equal(fread(&length, sizeof length, 1, file), 1);
    assert_true(length < 1 << 20);
    char *bytes = arena_alloc(arena, length);
    assert_int_equal(fread(bytes, 1, length, file), length);
    fclose(file);
    return str_make(bytes, length);
}

static void test_the_model_opens(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *path = arena_printf(arena, "%s/model.safetensors", test_model_directory()).data;
    Weights weights;
    Error error = {0};
    assert_true(weights_open(&weights, path, kernels_choose()->products, &error));
    assert_non_null(weights.words);
    assert_non_null(weights.layers[MODEL_LAYERS - 1].outer_norm_bias);
    weights_close(&weights);
    weights_close(&weights);
}

static void test_damaged_headers_are_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str header = real_header(arena);
    expect_refused(STR(""), "not a file with something in it");
    expect_refused(STR("short"), "too short");
    expect_refused(STR("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F{}"), "impossible length");
    expect_refused(STR("\x10\0\0\0\0\0\0\0{}"), "impossible length");
    expect_refused(file_of(arena, STR("not json"), 8), "its header");
    expect_refused(file_of(arena, STR("[1,2]"), 8), "is missing");
    expect_refused(file_of(arena, STR("{}"), 8), "is missing");
    expect_refused(file_of(arena, header, 64), "lies outside");
    expect_refused(
        file_of(arena, changed_header(arena, header, STR("word_embeddings"), STR("w")), 64),
        "word_embeddings.weight is missing");
    expect_refused(
        file_of(arena, changed_header(arena, header, STR("[30522,384]"), STR("[30521,384]")), 64),
        "another shape");
    expect_refused(
        file_of(arena, changed_header(arena, header, STR("[30522,384]"), STR("[384]")), 64),
        "another shape");
    expect_refused(
        file_of(arena,
                changed_header(arena, header, STR("[796672,47678464]"), STR("[-4,46881788]")), 64),
        "lies outside");
    expect_refused(
        file_of(arena, changed_header(arena, header, STR("[796672,47678464]"), STR("[9,3]")), 64),
        "lies outside");
    expect_refused(
        file_of(arena, changed_header(arena, header, STR("[796672,47678464]"), STR("7")), 64),
        "lies outside");
}

static void test_types_are_checked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str header = real_header(arena);
    size_t name = str_find(header, STR("\"embeddings.word_embeddings.weight\""));
    Str tail = str_from(header, name);
    Str changed = changed_header(arena, tail, STR("\"F32\""), STR("\"F16\""));
    Str whole = arena_printf(arena, "%.*s%.*s", (int)name, header.data, STR_ARGS(changed));
    expect_refused(file_of(arena, whole, 64), "is not F32");
}

/* Writes the real header and, behind it, zeros and one weight that no float16 can have. */
static void test_weights_that_cannot_be_packed_are_refused(void **state)
{
    (void)state;
    enum { DATA_BYTES = 90865600, WEIGHT_AT = 52417024 }; /* a weight of the first outer matrix */
    auto_arena Arena *arena = arena_new();
    Str header = file_of(arena, real_header(arena), 0);
    char path[] = "/tmp/netguru-weights-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    const float weight = 65520.0f;
    assert_int_equal(write(descriptor, header.data, header.size), (ssize_t)header.size);
    assert_int_equal(ftruncate(descriptor, (off_t)header.size + DATA_BYTES), 0);
    assert_int_equal(pwrite(descriptor, &weight, sizeof weight, (off_t)header.size + WEIGHT_AT + 4),
                     4);
    close(descriptor);
    Weights weights;
    Error error = {0};
    bool opened = weights_open(&weights, path, kernels_choose()->products, &error);
    unlink(path);
    assert_false(opened);
    assert_null(weights.memory);
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_non_null(
        strstr(error.message, "encoder.layer.0.output.dense.weight has a weight above"));
}

static void test_a_missing_model_is_unavailable(void **state)
{
    (void)state;
    Error error = {0};
    assert_null(embedder_open("/nowhere/at/all", &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
    Weights weights;
    error = (Error){0};
    assert_false(weights_open(&weights, "/tmp", kernels_choose()->products, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    embedder_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_model_opens),
        cmocka_unit_test(test_damaged_headers_are_refused),
        cmocka_unit_test(test_types_are_checked),
        cmocka_unit_test(test_weights_that_cannot_be_packed_are_refused),
        cmocka_unit_test(test_a_missing_model_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
