/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/weights.h"

#include "base/json.h"
#include "base/mem.h"
#include "engines/embed/tokenizer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors are little-endian");

enum { HEADER_MAX_BYTES = 1 << 20, LENGTH_BYTES = 8, NAME_MAX_BYTES = 128 };

typedef struct {
    const char *name;
    size_t rows; /* 0: a vector */
    size_t columns;
    size_t field; /* offset of the pointer in Weights or LayerWeights */
} TensorPlace;

#define MODEL_TENSOR(name, rows, columns, field)                                                   \
    {                                                                                              \
        name, rows, columns, offsetof(Weights, field)                                              \
    }
#define LAYER_WEIGHT(name, rows, columns, field)                                                   \
    {                                                                                              \
        name ".weight", rows, columns, offsetof(LayerWeights, field##_weight)                      \
    }
#define LAYER_BIAS(name, columns, field)                                                           \
    {                                                                                              \
        name ".bias", 0, columns, offsetof(LayerWeights, field##_bias)                             \
    }
#define LAYER_LINEAR(name, rows, columns, field)                                                   \
    LAYER_WEIGHT(name, rows, columns, field), LAYER_BIAS(name, rows, field)
#define LAYER_NORM(name, field)                                                                    \
    LAYER_WEIGHT(name, 0, MODEL_WIDTH, field), LAYER_BIAS(name, MODEL_WIDTH, field)

static const TensorPlace model_places[] = {
    MODEL_TENSOR("embeddings.word_embeddings.weight", VOCABULARY_SIZE, MODEL_WIDTH, words),
    MODEL_TENSOR("embeddings.position_embeddings.weight", MODEL_POSITIONS, MODEL_WIDTH, positions),
    MODEL_TENSOR("embeddings.token_type_embeddings.weight", 2, MODEL_WIDTH, types),
    MODEL_TENSOR("embeddings.LayerNorm.weight", 0, MODEL_WIDTH, norm_weight),
    MODEL_TENSOR("embeddings.LayerNorm.bias", 0, MODEL_WIDTH, norm_bias),
};

static const TensorPlace layer_places[] = {
    LAYER_LINEAR("attention.self.query", MODEL_WIDTH, MODEL_WIDTH, query),
    LAYER_LINEAR("attention.self.key", MODEL_WIDTH, MODEL_WIDTH, key),
    LAYER_LINEAR("attention.self.value", MODEL_WIDTH, MODEL_WIDTH, value),
    LAYER_LINEAR("attention.output.dense", MODEL_WIDTH, MODEL_WIDTH, attention),
    LAYER_NORM("attention.output.LayerNorm", attention_norm),
    LAYER_LINEAR("intermediate.dense", MODEL_INNER_WIDTH, MODEL_WIDTH, inner),
    LAYER_LINEAR("output.dense", MODEL_WIDTH, MODEL_INNER_WIDTH, outer),
    LAYER_NORM("output.LayerNorm", outer_norm),
};

/* The part of the file that holds the tensors, and their description. */
typedef struct {
    const JsonValue *header;
    Str data;
    const Products *products;
    float *panel; /* their working memory */
    char *next;   /* where the next weights of a layer are stored */
} TensorFile;

static bool read_index(const JsonValue *array, size_t item, size_t *out_value)
{
    if (array->items[item].type != JSON_IS_INTEGER || array->items[item].integer < 0)
        return false;
    *out_value = (size_t)array->items[item].integer;
    return true;
}

static bool shape_matches(const JsonValue *shape, const TensorPlace *place)
{
    size_t dimensions = place->rows ? 2 : 1, rows = 0, columns = 0;
    if (!shape || shape->type != JSON_IS_ARRAY || shape->count != dimensions)
        return false;
    if (place->rows && (!read_index(shape, 0, &rows) || rows != place->rows))
        return false;
    return read_index(shape, dimensions - 1, &columns) && columns == place->columns;
}

static bool find_tensor(const TensorFile *file, const char *name, const TensorPlace *place,
                        const float **out_data, Error *error)
{
    const JsonValue *tensor = json_get(file->header, name);
    const JsonValue *offsets = json_get(tensor, "data_offsets");
    Str type;
    if (!tensor)
        return error_set(error, ERR_VALIDATION, "tensor %s is missing", name);
    if (!json_get_str(tensor, "dtype", &type) || !str_equal(type, STR("F32")))
        return error_set(error, ERR_VALIDATION, "tensor %s is not F32", name);
    if (!shape_matches(json_get(tensor, "shape"), place))
        return error_set(error, ERR_VALIDATION, "tensor %s has another shape", name);
    size_t start = 0, end = 0;
    size_t size = MAX_OF(place->rows, (size_t)1) * place->columns * sizeof(float);
    if (!offsets || offsets->type != JSON_IS_ARRAY || offsets->count != 2 ||
        !read_index(offsets, 0, &start) || !read_index(offsets, 1, &end) || start > end ||
        end > file->data.size || end - start != size ||
        (uintptr_t)(file->data.data + start) % sizeof(float) != 0)
        return error_set(error, ERR_VALIDATION, "tensor %s lies outside the file", name);
    *out_data = (const float *)(const void *)(file->data.data + start);
    return true;
}

/* Returns the size in memory of a tensor of a layer. */
static size_t stored_size(const TensorPlace *place)
{
    return place->rows ? place->rows * place->columns * sizeof(uint16_t)
                       : place->columns * sizeof(float);
}

/* Copies a tensor of a layer behind the one before. Returns NULL if it cannot be packed. */
static const void *store_tensor(TensorFile *file, const TensorPlace *place, const float *data)
{
    void *stored = file->next;
    const Matrix matrix = {data, place->rows, place->columns, place->columns};
    file->next += stored_size(place);
    if (place->rows)
        return file->products->pack(&matrix, file->panel, stored) ? stored : NULL;
    return memcpy(stored, data, stored_size(place));
}

static bool bind_places(TensorFile *file, const char *prefix, void *target, bool layer,
                        Error *error)
{
    const TensorPlace *places = layer ? layer_places : model_places;
    size_t count = layer ? COUNT_OF(layer_places) : COUNT_OF(model_places);
    for (size_t i = 0; i < count; i++) {
        char name[NAME_MAX_BYTES];
        snprintf(name, sizeof name, "%s%s", prefix, places[i].name);
        const float *data = NULL;
        if (!find_tensor(file, name, &places[i], &data, error))
            return false;
        const void *stored = layer ? store_tensor(file, &places[i], data) : data;
        if (!stored)
            return error_set(error, ERR_VALIDATION, "tensor %s has a weight above 65504", name);
        memcpy((char *)target + places[i].field, &stored, sizeof stored);
    }
    return true;
}

static bool bind_tensors(Weights *weights, TensorFile *file, Error *error)
{
    if (!bind_places(file, "", weights, false, error))
        return false;
    for (int i = 0; i < MODEL_LAYERS; i++) {
        char prefix[NAME_MAX_BYTES];
        snprintf(prefix, sizeof prefix, "encoder.layer.%d.", i);
        if (!bind_places(file, prefix, &weights->layers[i], true, error))
            return false;
    }
    return true;
}

/* Huge pages save a miss of the TLB for every 4 kB of weights that a text reads. Without them
 * everything works. */
static bool map_memory(Weights *weights, Error *error)
{
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(layer_places); i++)
        size += MODEL_LAYERS * stored_size(&layer_places[i]);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_set_errno(error, errno, "no memory for its weights");
    madvise(memory, size, MADV_HUGEPAGE);
    weights->memory = memory;
    weights->memory_size = size;
    return true;
}

static bool read_tensors(Weights *weights, const Products *products, Error *error)
{
    Str bytes = str_make(weights->mapping, weights->mapping_size);
    uint64_t length = 0;
    if (bytes.size < LENGTH_BYTES)
        return error_set(error, ERR_VALIDATION, "too short for a safetensors file");
    memcpy(&length, bytes.data, LENGTH_BYTES);
    if (length > HEADER_MAX_BYTES || length > bytes.size - LENGTH_BYTES)
        return error_set(error, ERR_VALIDATION, "its header has an impossible length");
    auto_arena Arena *arena = arena_new();
    TensorFile file = {.data = str_from(bytes, LENGTH_BYTES + length)};
    file.header = json_parse(arena, str_slice(bytes, LENGTH_BYTES, length), error);
    if (!file.header)
        return error_prefix(error, "its header: ");
    if (!map_memory(weights, error))
        return false;
    file.next = weights->memory;
    file.products = products;
    file.panel = mem_alloc(PRODUCT_PANEL_FLOATS, sizeof(float));
    bool bound = bind_tensors(weights, &file, error);
    mem_free(file.panel);
    return bound;
}

static bool map_file(Weights *weights, int descriptor, Error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return error_set_errno(error, errno, "cannot look at it");
    if (!S_ISREG(status.st_mode) || status.st_size <= 0)
        return error_set(error, ERR_VALIDATION, "not a file with something in it");
    size_t size = (size_t)status.st_size;
    void *mapping = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapping == MAP_FAILED)
        return error_set_errno(error, errno, "cannot map it");
    weights->mapping = mapping;
    weights->mapping_size = size;
    return true;
}

bool weights_open(Weights *weights, const char *path, const Products *products, Error *error)
{
    *weights = (Weights){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        error_set_errno(error, errno, path);
        error->code = ERR_UNAVAILABLE;
        return false;
    }
    bool mapped = map_file(weights, descriptor, error);
    close(descriptor);
    if (mapped && read_tensors(weights, products, error)) {
        /* Most of the pages that were read are not needed again. */
        madvise(weights->mapping, weights->mapping_size, MADV_DONTNEED);
        return true;
    }
    weights_close(weights);
    return error_prefix(error, "%s: ", path);
}

void weights_close(Weights *weights)
{
    if (weights->mapping)
        munmap(weights->mapping, weights->mapping_size);
    if (weights->memory)
        munmap(weights->memory, weights->memory_size);
    *weights = (Weights){0};
}
