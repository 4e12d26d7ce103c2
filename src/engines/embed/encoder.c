/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/encoder.h"

#include "base/mem.h"

#include <stdalign.h>

/* Arrays start at cache lines, because a vector that crosses two lines costs twice. */
enum { QKV_WIDTH = 3 * MODEL_WIDTH, CACHE_LINE = 64 };

struct Workspace {
    alignas(CACHE_LINE) float hidden[ENCODER_PACK_TOKENS * MODEL_WIDTH];
    alignas(CACHE_LINE) float qkv[ENCODER_PACK_TOKENS * QKV_WIDTH];
    alignas(CACHE_LINE) float attended[ENCODER_PACK_TOKENS * MODEL_WIDTH];
    alignas(CACHE_LINE) float inner[ENCODER_PACK_TOKENS * MODEL_INNER_WIDTH];
    alignas(CACHE_LINE) float summed[ENCODER_PACK_TOKENS * MODEL_WIDTH];
    alignas(CACHE_LINE) float scores[ENCODER_TEXT_TOKENS * ENCODER_TEXT_TOKENS];
    alignas(CACHE_LINE) float panel[PRODUCT_PANEL_FLOATS];
    const Kernels *kernels;
    void *memory; /* the allocated memory, of which this is the aligned part */
};

Workspace *workspace_new(const Kernels *kernels)
{
    char *memory = mem_alloc(1, sizeof(Workspace) + CACHE_LINE);
    size_t skip = CACHE_LINE - (uintptr_t)memory % CACHE_LINE;
    Workspace *workspace = (Workspace *)(void *)(memory + skip);
    workspace->kernels = kernels;
    workspace->memory = memory;
    return workspace;
}

void workspace_free(Workspace *workspace)
{
    if (workspace)
        mem_free(workspace->memory);
}

static void look_up(const Weights *weights, Workspace *workspace, const Pack *pack)
{
    for (size_t t = 0; t < pack->text_count; t++) {
        for (size_t i = pack->starts[t]; i < pack->starts[t + 1]; i++) {
            const float *word = weights->words + (size_t)pack->ids[i] * MODEL_WIDTH;
            const float *position = weights->positions + (i - pack->starts[t]) * MODEL_WIDTH;
            const float *const norm[2] = {weights->norm_weight, weights->norm_bias};
            const float *const inputs[3] = {word, position, weights->types};
            workspace->kernels->layer_norm(inputs, 1, norm, workspace->hidden + i * MODEL_WIDTH);
        }
    }
}

/* Computes out = rows * transpose of weight. */
static void linear(Workspace *workspace, Matrix rows, Packed weight, float *out, size_t out_stride)
{
    workspace->kernels->products->product_packed(&rows, &weight, workspace->panel, out, out_stride);
}

/* Computes softmax(Q K^T / sqrt(32)) V for one head of one text. */
static void attend(Workspace *workspace, size_t first, size_t count, size_t head)
{
    const Products *products = workspace->kernels->products;
    const float *query = workspace->qkv + first * QKV_WIDTH + head * MODEL_HEAD_WIDTH;
    Matrix queries = {query, count, MODEL_HEAD_WIDTH, QKV_WIDTH};
    Matrix keys = {query + MODEL_WIDTH, count, MODEL_HEAD_WIDTH, QKV_WIDTH};
    Matrix values = {query + 2 * MODEL_WIDTH, count, MODEL_HEAD_WIDTH, QKV_WIDTH};
    float *scores = workspace->scores;
    float *out = workspace->attended + first * MODEL_WIDTH + head * MODEL_HEAD_WIDTH;
    size_t stride = (count + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS;
    products->product_transposed(&queries, &keys, workspace->panel, scores, stride);
    workspace->kernels->softmax(scores, count, count, stride);
    Matrix shares = {scores, count, count, stride};
    products->product(&shares, &values, out, MODEL_WIDTH);
}

static Matrix dense(const float *data, size_t rows, size_t columns)
{
    return (Matrix){data, rows, columns, columns};
}

static void project_qkv(const LayerWeights *layer, Workspace *workspace, size_t tokens)
{
    const uint16_t *const weight[3] = {layer->query_weight, layer->key_weight, layer->value_weight};
    const float *const bias[3] = {layer->query_bias, layer->key_bias, layer->value_bias};
    const float query_scale = 0.17677669529663689f; /* 1 / sqrt(MODEL_HEAD_WIDTH) */
    for (int i = 0; i < 3; i++) {
        float *out = workspace->qkv + i * MODEL_WIDTH;
        linear(workspace, dense(workspace->hidden, tokens, MODEL_WIDTH),
               (Packed){weight[i], MODEL_WIDTH, MODEL_WIDTH}, out, QKV_WIDTH);
        workspace->kernels->add_bias(out, tokens, QKV_WIDTH, bias[i], i == 0 ? query_scale : 1.0f);
    }
}

/* Computes hidden = layer norm of (summed + hidden + bias). */
static void add_and_normalize(Workspace *workspace, const float *bias, size_t tokens,
                              const float *const norm[2])
{
    const float *const inputs[3] = {workspace->summed, workspace->hidden, bias};
    workspace->kernels->layer_norm(inputs, tokens, norm, workspace->hidden);
}

static void run_layer(const LayerWeights *layer, Workspace *workspace, const Pack *pack)
{
    size_t tokens = pack->starts[pack->text_count];
    project_qkv(layer, workspace, tokens);
    for (size_t t = 0; t < pack->text_count; t++)
        for (size_t head = 0; head < MODEL_HEADS; head++)
            attend(workspace, pack->starts[t], pack->starts[t + 1] - pack->starts[t], head);
    linear(workspace, dense(workspace->attended, tokens, MODEL_WIDTH),
           (Packed){layer->attention_weight, MODEL_WIDTH, MODEL_WIDTH}, workspace->summed,
           MODEL_WIDTH);
    add_and_normalize(workspace, layer->attention_bias, tokens,
                      (const float *[2]){layer->attention_norm_weight, layer->attention_norm_bias});
    linear(workspace, dense(workspace->hidden, tokens, MODEL_WIDTH),
           (Packed){layer->inner_weight, MODEL_INNER_WIDTH, MODEL_WIDTH}, workspace->inner,
           MODEL_INNER_WIDTH);
    workspace->kernels->gelu(workspace->inner, tokens, layer->inner_bias);
    linear(workspace, dense(workspace->inner, tokens, MODEL_INNER_WIDTH),
           (Packed){layer->outer_weight, MODEL_WIDTH, MODEL_INNER_WIDTH}, workspace->summed,
           MODEL_WIDTH);
    add_and_normalize(workspace, layer->outer_bias, tokens,
                      (const float *[2]){layer->outer_norm_weight, layer->outer_norm_bias});
}

void encoder_run(const Weights *weights, Workspace *workspace, const Pack *pack)
{
    check(pack->text_count <= ENCODER_PACK_TEXTS);
    check(pack->starts[pack->text_count] <= ENCODER_PACK_TOKENS);
    look_up(weights, workspace, pack);
    for (int i = 0; i < MODEL_LAYERS; i++)
        run_layer(&weights->layers[i], workspace, pack);
    for (size_t t = 0; t < pack->text_count; t++)
        workspace->kernels->pool(workspace->hidden + pack->starts[t] * MODEL_WIDTH,
                                 pack->starts[t + 1] - pack->starts[t], pack->outs[t]);
}
