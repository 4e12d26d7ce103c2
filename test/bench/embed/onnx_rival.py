#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""onnxruntime running the same model on the same texts, at its best: fp32, fused operators, texts
sorted by length and padded per batch only.

usage: onnx_rival.py MODEL_DIR TEXTS.json [--threads N] [--batch N] [--loop]

Prints one JSON line with tokens, seconds and cpu_seconds (of all threads). With --loop it prints "ready", then one
such line for each line read from standard input, until that ends.

The graph is built from model.safetensors with the fused operators that onnxruntime's own BERT
optimizer arrives at (com.microsoft Attention, SkipLayerNormalization, BiasGelu).
"""

import argparse
import json
import struct
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

HEADS, LAYERS, WIDTH, EPSILON = 12, 6, 384, 1e-12


def load_weights(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    weights = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(data[8 + size + start : 8 + size + end], dtype="<f4")
            weights[name] = flat.reshape(entry["shape"])
    return weights


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.initializers = weights, [], []

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def node(self, op, inputs, output, **attributes):
        domain = "com.microsoft" if op in FUSED else ""
        self.nodes.append(helper.make_node(op, inputs, [output], domain=domain, **attributes))
        return output


FUSED = {"Attention", "SkipLayerNormalization", "BiasGelu", "EmbedLayerNormalization"}


def build_layer(graph, i, hidden):
    prefix = f"encoder.layer.{i}."
    w = graph.weights
    own = prefix + "attention.self."
    qkv_weight = np.concatenate([w[own + n + ".weight"].T for n in ("query", "key", "value")], 1)
    qkv_bias = np.concatenate([w[own + n + ".bias"] for n in ("query", "key", "value")])
    attended = graph.node(
        "Attention",
        [hidden, graph.constant(f"qkv_w{i}", qkv_weight), graph.constant(f"qkv_b{i}", qkv_bias), "mask"],
        f"attended{i}", num_heads=HEADS)
    out = prefix + "attention.output."
    dense = graph.node("MatMul", [attended, graph.constant(f"o_w{i}", w[out + "dense.weight"].T)], f"o{i}")
    normal = graph.node(
        "SkipLayerNormalization",
        [dense, hidden, graph.weight(out + "LayerNorm.weight"), graph.weight(out + "LayerNorm.bias"),
         graph.weight(out + "dense.bias")], f"n{i}", epsilon=EPSILON)
    up = graph.node("MatMul", [normal, graph.constant(f"u_w{i}", w[prefix + "intermediate.dense.weight"].T)], f"u{i}")
    gelu = graph.node("BiasGelu", [up, graph.weight(prefix + "intermediate.dense.bias")], f"g{i}")
    down = graph.node("MatMul", [gelu, graph.constant(f"d_w{i}", w[prefix + "output.dense.weight"].T)], f"d{i}")
    return graph.node(
        "SkipLayerNormalization",
        [down, normal, graph.weight(prefix + "output.LayerNorm.weight"),
         graph.weight(prefix + "output.LayerNorm.bias"), graph.weight(prefix + "output.dense.bias")],
        f"hidden{i}", epsilon=EPSILON)


def build_model(weights):
    graph = Graph(weights)
    emb = "embeddings."
    words = graph.node("Gather", [graph.weight(emb + "word_embeddings.weight"), "ids"], "words")
    positions = graph.node("Gather", [graph.weight(emb + "position_embeddings.weight"), "positions"], "places")
    typed = graph.constant("type0", weights[emb + "token_type_embeddings.weight"][0])
    placed = graph.node("Add", [words, positions], "placed")
    summed = graph.node("Add", [placed, typed], "summed")
    hidden = graph.node(
        "LayerNormalization",
        [summed, graph.weight(emb + "LayerNorm.weight"), graph.weight(emb + "LayerNorm.bias")],
        "hidden", epsilon=EPSILON, axis=-1)
    for i in range(LAYERS):
        hidden = build_layer(graph, i, hidden)
    shape = ["batch", "length"]
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, shape),
              helper.make_tensor_value_info("positions", TensorProto.INT64, shape),
              helper.make_tensor_value_info("mask", TensorProto.INT32, shape)]
    outputs = [helper.make_tensor_value_info(hidden, TensorProto.FLOAT, shape + [WIDTH])]
    made = helper.make_graph(graph.nodes, "minilm", inputs, outputs, graph.initializers)
    return helper.make_model(made, ir_version=9, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])


class Rival:
    def __init__(self, folder, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        model = build_model(load_weights(folder / "model.safetensors"))
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.no_padding()

    def embed(self, texts, batch):
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        out = np.empty((len(ids), WIDTH), dtype=np.float32)
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            length = max(len(ids[i]) for i in part)
            padded = np.zeros((len(part), length), dtype=np.int64)
            mask = np.zeros((len(part), length), dtype=np.int32)
            for row, i in enumerate(part):
                padded[row, : len(ids[i])] = ids[i]
                mask[row, : len(ids[i])] = 1
            places = np.broadcast_to(np.arange(length, dtype=np.int64), padded.shape)
            hidden = self.session.run(
                None, {"ids": padded, "positions": np.ascontiguousarray(places), "mask": mask})[0]
            pooled = np.einsum("blw,bl->bw", hidden, mask.astype(np.float32))
            pooled /= mask.sum(1, keepdims=True)
            out[part] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return out, sum(len(i) for i in ids)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--vectors", type=Path, help="write the vectors as float32 here")
    args = parser.parse_args()
    texts = json.loads(args.texts.read_text(encoding="utf-8"))
    rival = Rival(args.model, args.threads)

    def measure():
        started, cpu = time.perf_counter(), time.process_time()
        vectors, tokens = rival.embed(texts, args.batch)
        seconds = time.perf_counter() - started
        cpu = time.process_time() - cpu
        print(json.dumps({"tokens": tokens, "seconds": round(seconds, 4), "cpu_seconds": round(cpu, 4)}), flush=True)
        return vectors

    if not args.loop:
        vectors = measure()
        if args.vectors:
            vectors.tofile(args.vectors)
        return
    rival.embed(texts[:8], args.batch)
    print("ready", flush=True)
    for _ in sys.stdin:
        measure()


if __name__ == "__main__":
    main()
