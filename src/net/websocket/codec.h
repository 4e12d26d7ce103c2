/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of WebSocket (RFC 6455 section 5) for a server: an incremental decoder of masked
 * client frames, and the heads of server frames. It uses no sockets and allocates no memory, so
 * that a fuzzer can drive it.
 *
 *     WsDecoder decoder = {.max_message_bytes = 65536};
 *     do {
 *         event = ws_decode(&decoder, bytes, size, &used);
 *         … bytes += used; size -= used;
 *     } while (event.kind != WS_MORE && event.kind != WS_BAD);
 */
#pragma once

#include "base/utf8.h"

typedef enum {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE_FRAME = 8,
    WS_PING_FRAME = 9,
    WS_PONG_FRAME = 10,
} WsOpcode;

enum { WS_MAX_CONTROL_BYTES = 125, WS_MAX_HEAD_BYTES = 10, WS_MAX_CLIENT_HEAD_BYTES = 14 };

/* Set max_message_bytes and zero the rest. */
typedef struct {
    uint64_t left; /* bytes left of the frame's payload */
    uint32_t max_message_bytes;
    uint32_t message_bytes; /* size of the parts so far */
    uint8_t head[WS_MAX_CLIENT_HEAD_BYTES];
    uint8_t head_size;
    uint8_t mask_at;        /* the next byte of the mask to use */
    uint8_t message_opcode; /* WS_TEXT or WS_BINARY during a message, else 0 */
    uint8_t control_size;
    bool in_payload;
    Utf8Stream utf8;
    char control[WS_MAX_CONTROL_BYTES];
} WsDecoder;

typedef enum {
    WS_MORE, /* all bytes are used up */
    WS_PART, /* data is a part of a message; is_final: it was the last one */
    WS_PING, /* data must go back in a pong */
    WS_PONG,
    WS_CLOSED, /* close_code (1005: none was given), data is the reason */
    WS_BAD,    /* the connection must be closed with close_code; data says why */
} WsEventKind;

typedef struct {
    WsEventKind kind;
    bool is_text;
    bool is_final;
    uint16_t close_code;
    Str data; /* into bytes, or into the decoder until its next call */
} WsEvent;

/*
 * Decodes up to the next event. bytes are unmasked in place, and *out_used of them are consumed.
 * The decoder is strict: frames must be masked, lengths shortest, reserved bits and opcodes absent,
 * control frames whole and short, text and close codes valid.
 */
WsEvent ws_decode(WsDecoder *decoder, char *bytes, size_t size, size_t *out_used);
/* Returns whether no frame or message is in progress, so that the decoder may be dropped. */
bool ws_decoder_is_idle(const WsDecoder *decoder);

/* Writes the head of an unfragmented server frame. Returns its size, at most WS_MAX_HEAD_BYTES. */
size_t ws_write_head(char out[WS_MAX_HEAD_BYTES], WsOpcode opcode, uint64_t payload_bytes);
/* Returns whether the code is valid in a close frame (section 7.4 and the IANA registry). */
bool ws_close_code_is_valid(uint16_t code);
