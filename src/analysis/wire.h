/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wire: what a process that wants an analysis and its sandboxed child say to each other. Both ends
 * of each message are here, side by side, so that neither can change alone.
 *
 *     request (SandboxOptions.request)   {"kind": "config", "name": "core1.cfg"}
 *     standard input                     the file; for a topology, a bundle of files
 *     standard output, a line each       {"progress": PERCENT}
 *                                        {"chunk": {"text": …, "section": …, …}}
 *                                        {"file_type": …, "metadata": {…}, "result": {…},
 *                                         "text": …}, last
 *     of packets, one line               {"packets": {…}}, or {"missing": N}: the capture has
 *                                        only N packets
 *     of a topology, one line            {"graph": {…}, "metadata": {…}, "svg": …, "text": …}
 *
 * The child has read hostile bytes, so the reading side checks the form and the size of all that it
 * says, but not whether it is true.
 */
#pragma once

#include "base/json.h"
#include "base/strbuf.h"
#include "engines/text/chunk.h"

enum {
    WIRE_LINE_MAX_BYTES = 64 * 1024 * 1024,
    WIRE_RESULT_MAX_BYTES = 8 * 1024 * 1024,
    WIRE_METADATA_MAX_BYTES = 1024 * 1024,
    WIRE_NETWORK_MAX_BYTES = 4 * 1024 * 1024, /* of the metadata of a topology */
    WIRE_TEXT_MAX_BYTES = 256 * 1024,         /* without the sentence that says where it was cut */
    WIRE_CHUNK_MAX_BYTES = 64 * 1024, /* of a chunk that is read; one that is written is smaller */
    WIRE_MAX_CHUNKS = 50 * 1000,      /* of one file */
    WIRE_PACKETS_MAX_BYTES = 4 * 1024 * 1024,
    WIRE_PACKETS_MAX_ROWS = 500,
    WIRE_SECTION_MAX_BYTES = 1024,
    WIRE_FACTS_MAX_BYTES = 4096,
};

/* Which packets of a capture are wanted. */
typedef struct WirePackets {
    uint64_t first;     /* from 1 */
    uint32_t count;     /* 0: the packet first alone, layer by layer */
    uint32_t transport; /* PCAP_TRANSPORT_…: only those of this stream; 0: all */
    uint32_t stream;
} WirePackets;

/* Limits on what is unpacked of an archive. */
typedef struct {
    uint64_t file_bytes;
    uint64_t total_bytes;
    uint32_t files;
} MemberLimits;

typedef struct {
    Str kind; /* of analysis/kinds.h; empty for a topology */
    Str name; /* of the file */
    WirePackets packets;
    MemberLimits members;
} WireRequest;

Str wire_write_request(Arena *arena, const WireRequest *request);
bool wire_read_request(Arena *arena, Str text, WireRequest *out_request, Error *error) MUST_USE;

/* Appends a line, without its newline, to an empty buffer. */
void wire_write_progress(StrBuf *line, unsigned percent);
void wire_write_chunk(StrBuf *line, const TextChunk *chunk);
/*
 * Writes the last line: wire_begin_result, fields of the metadata, wire_begin_result_value, one
 * JSON object, wire_end_result. reason says why the file was taken for that type.
 */
void wire_begin_result(JsonWriter *json, StrBuf *line, const char *file_type, const char *reason);
void wire_begin_result_value(JsonWriter *json);
/* text is the analysis for people; what is beyond WIRE_TEXT_MAX_BYTES is left out, and said so. */
void wire_end_result(JsonWriter *json, Str text);
/* Writes the member "text" of an open object in the same way. */
void wire_field_text(JsonWriter *json, Str text);

typedef enum { WIRE_PROGRESS, WIRE_CHUNK, WIRE_RESULT } WireType;

typedef struct {
    WireType type;
    unsigned percent; /* 0 to 100 */
    TextChunk chunk;  /* its strings live in the arena of wire_read; it has no title */
    Str file_type;
    const JsonValue *metadata; /* an object */
    const JsonValue *result;   /* an object */
    Str text;
} WireMessage;

/* Reads one line of the child's. ERR_INTERNAL for what no child of ours writes. */
bool wire_read(Arena *arena, Str line, WireMessage *out_message, Error *error) MUST_USE;

typedef struct {
    Str svg;
    Str text;
    const JsonValue *graph;
    const JsonValue *metadata;
} WireDrawing;

bool wire_read_drawing(Arena *arena, Str line, WireDrawing *out_drawing, Error *error) MUST_USE;

typedef struct {
    const JsonValue *packets; /* an object; NULL: the packet that was asked for is not there */
    uint64_t packet_count;    /* of the capture, if packets is NULL */
} WirePacketsAnswer;

bool wire_read_packets(Arena *arena, Str line, WirePacketsAnswer *out_answer,
                       Error *error) MUST_USE;

/*
 * A bundle is, for each file, a line "<bytes of the name> <bytes of the file>", then the name and
 * the file. A stored analysis of a configuration may stand for the file: "<bytes of the name>
 * <bytes of the analysis> analysis". wire_bundle_append copies size_bytes from the file's beginning
 * to the bundle, both descriptors; wire_bundle_next takes the next item off the front.
 */
typedef struct {
    Str name;
    Str bytes;
    bool is_analysis; /* bytes are the JSON of a device */
} WireBundled;

bool wire_bundle_append(int bundle, Str name, int file, uint64_t size_bytes, Error *error) MUST_USE;
bool wire_bundle_append_analysis(int bundle, Str name, Str analysis, Error *error) MUST_USE;
bool wire_bundle_next(Str *bundle, WireBundled *out_item, Error *error) MUST_USE;
