/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of WebSocket (RFC 6455 section 5) as a server sees them: an incremental decoder of
 * masked client frames and the heads of server frames. No sockets and no memory of its own, so that
 * a fuzzer can drive it.
 *
 *     WsDecoder decoder = {.max_message_bytes = 65536};
 *     do {
 *         event = ws_decode(&decoder, bytes, size, &used);
 *         … bytes += used; size -= used;
 *     } while (event.kind != WS_MORE && event.kind != WS_BAD);
 */
#pragma once

#include "base/str.h"

typedef enum {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE_FRAME = 8,
    WS_PING_FRAME = 9,
    WS_PONG_FRAME = 10,
} WsOpcode;

enum { WS_MAX_CONTROL_BYTES = 125, WS_MAX_HEAD_BYTES = 10, WS_MAX_CLIENT_HEAD_BYTES = 14 };

/* The state of a UTF-8 check over parts that may be cut anywhere (RFC 3629). */
typedef struct {
    uint8_t needed; /* bytes that must follow */
    uint8_t low;    /* the range of the next of them */
    uint8_t high;
} Utf8Check;

/* False at the first byte that cannot be part of UTF-8. */
bool utf8_check_part(Utf8Check *check, Str part);
/* Whether the text may end here. */
bool utf8_check_is_complete(const Utf8Check *check);

/* Set max_message_bytes and zero the rest. */
typedef struct {
    uint64_t left; /* of the frame's payload */
    uint32_t max_message_bytes;
    uint32_t message_bytes; /* of the parts so far */
    uint8_t head[WS_MAX_CLIENT_HEAD_BYTES];
    uint8_t head_size;
    uint8_t mask_at;        /* which byte of the mask comes next */
    uint8_t message_opcode; /* WS_TEXT or WS_BINARY while a message is under way, else 0 */
    uint8_t control_size;
    bool in_payload;
    Utf8Check utf8;
    char control[WS_MAX_CONTROL_BYTES];
} WsDecoder;

typedef enum {
    WS_MORE, /* all bytes are used up */
    WS_PART, /* data is a part of a message; is_final: it was the last one */
    WS_PING, /* data must go back in a pong */
    WS_PONG,
    WS_CLOSED, /* close_code (1005: none was given), data is the reason */
    WS_BAD,    /* to be closed with close_code; data says why */
} WsEventKind;

typedef struct {
    WsEventKind kind;
    bool is_text;
    bool is_final;
    uint16_t close_code;
    Str data; /* into bytes, or into the decoder until its next call */
} WsEvent;

/*
 * Goes on to the next event. bytes are unmasked in place; out_used of them are dealt with. Strict:
 * masked frames, shortest lengths, no reserved bits or opcodes, control frames whole and short,
 * valid UTF-8 and close codes.
 */
WsEvent ws_decode(WsDecoder *decoder, char *bytes, size_t size, size_t *out_used);
/* Whether nothing of a frame or message is under way: the decoder may be forgotten. */
bool ws_decoder_is_idle(const WsDecoder *decoder);

/* The head of an unfragmented server frame; returns its size, at most WS_MAX_HEAD_BYTES. */
size_t ws_write_head(char out[WS_MAX_HEAD_BYTES], WsOpcode opcode, uint64_t payload_bytes);
/* Whether the code may stand in a close frame (section 7.4 and the IANA registry). */
bool ws_close_code_is_valid(uint16_t code);
