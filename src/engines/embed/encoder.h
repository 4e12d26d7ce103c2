/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forward pass of BERT (Devlin et al. 2018) for MiniLM's shape, over several texts at once
 * without padding: the tokens of all texts are stored one after another, every linear layer is one
 * product over all of them, and attention handles each text separately.
 */
#pragma once

#include "engines/embed/kernels.h"
#include "engines/embed/weights.h"

enum {
    ENCODER_TEXT_TOKENS = 256,
    ENCODER_PACK_TOKENS = 320, /* of all texts of one pass */
    ENCODER_PACK_TEXTS = 256,
};

/* The texts of one pass. starts has one more entry than there are texts. */
typedef struct {
    size_t text_count;
    size_t starts[ENCODER_PACK_TEXTS + 1];
    uint16_t ids[ENCODER_PACK_TOKENS];
    float *outs[ENCODER_PACK_TEXTS]; /* where each vector of MODEL_WIDTH floats goes */
} Pack;

/* The memory that a pass computes in, about 5 MB. Only one thread may use it at a time. */
typedef struct Workspace Workspace;

Workspace *workspace_new(const Kernels *kernels) MUST_USE;
void workspace_free(Workspace *workspace);

/* Writes the pooled, normalized vector of each text of the pack. Each text has at least 1 token. */
void encoder_run(const Weights *weights, Workspace *workspace, const Pack *pack);
