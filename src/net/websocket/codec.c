/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket/codec.h"

enum { FIN = 0x80, RESERVED = 0x70, OPCODE = 0x0F, MASKED = 0x80, LENGTH = 0x7F };
enum { PROTOCOL_ERROR = 1002, NO_CODE = 1005, BAD_TEXT = 1007, TOO_BIG = 1009 };

static WsEvent bad(uint16_t close_code, Str reason)
{
    return (WsEvent){.kind = WS_BAD, .close_code = close_code, .data = reason};
}

static bool is_control(uint8_t opcode)
{
    return opcode >= WS_CLOSE_FRAME;
}

/* Returns the size of the head, as far as its first two bytes tell. */
static uint8_t wanted_head(const WsDecoder *decoder)
{
    if (decoder->head_size < 2)
        return 2;
    uint8_t length = decoder->head[1] & LENGTH;
    uint8_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    return (uint8_t)(2 + extended + 4);
}

static uint64_t payload_length(const WsDecoder *decoder)
{
    uint8_t length = decoder->head[1] & LENGTH;
    if (length < 126)
        return length;
    uint64_t value = 0;
    for (int i = 0; i < (length == 126 ? 2 : 8); i++)
        value = value << 8 | decoder->head[2 + i];
    return value;
}

/* Checks what the first two bytes alone determine. */
static WsEvent check_start(const WsDecoder *decoder)
{
    uint8_t opcode = decoder->head[0] & OPCODE;
    if (decoder->head[0] & RESERVED)
        return bad(PROTOCOL_ERROR, STR("a reserved bit is set"));
    if ((opcode > WS_BINARY && opcode < WS_CLOSE_FRAME) || opcode > WS_PONG_FRAME)
        return bad(PROTOCOL_ERROR, STR("unknown opcode"));
    if (!(decoder->head[1] & MASKED))
        return bad(PROTOCOL_ERROR, STR("the frame is not masked"));
    if (is_control(opcode)) {
        if (!(decoder->head[0] & FIN) || (decoder->head[1] & LENGTH) > WS_MAX_CONTROL_BYTES)
            return bad(PROTOCOL_ERROR, STR("a control frame is fragmented or too long"));
    } else if ((opcode == WS_CONTINUATION) != (decoder->message_opcode != 0)) {
        return bad(PROTOCOL_ERROR, STR("a fragment out of order"));
    }
    return (WsEvent){.kind = WS_MORE};
}

static WsEvent start_payload(WsDecoder *decoder)
{
    uint8_t opcode = decoder->head[0] & OPCODE;
    uint8_t length = decoder->head[1] & LENGTH;
    uint64_t payload = payload_length(decoder);
    if ((length == 126 && payload < 126) || (length == 127 && payload <= UINT16_MAX) ||
        payload >> 63)
        return bad(PROTOCOL_ERROR, STR("not the shortest length"));
    decoder->left = payload;
    decoder->in_payload = true;
    decoder->mask_at = 0;
    decoder->control_size = 0;
    if (is_control(opcode))
        return (WsEvent){.kind = WS_MORE};
    if (payload > decoder->max_message_bytes - decoder->message_bytes)
        return bad(TOO_BIG, STR("the message is too large"));
    decoder->message_bytes += (uint32_t)payload;
    if (opcode != WS_CONTINUATION)
        decoder->message_opcode = opcode;
    return (WsEvent){.kind = WS_MORE};
}

/* Takes bytes of a head. Returns WS_BAD, or WS_MORE with in_payload set when the head is complete.
 */
static WsEvent take_head(WsDecoder *decoder, const char *bytes, size_t size, size_t *out_used)
{
    WsEvent event = {.kind = WS_MORE};
    while (event.kind == WS_MORE && !decoder->in_payload && *out_used < size) {
        decoder->head[decoder->head_size++] = (uint8_t)bytes[(*out_used)++];
        if (decoder->head_size == 2)
            event = check_start(decoder);
        if (event.kind == WS_MORE && decoder->head_size == wanted_head(decoder))
            event = start_payload(decoder);
    }
    return event;
}

static void unmask(WsDecoder *decoder, char *bytes, size_t size)
{
    const uint8_t *mask = decoder->head + decoder->head_size - 4;
    uint8_t turned[8];
    for (unsigned i = 0; i < sizeof(turned); i++)
        turned[i] = mask[(decoder->mask_at + i) & 3];
    uint64_t key;
    uint64_t word;
    memcpy(&key, turned, sizeof(key));
    size_t at = 0;
    for (; at + sizeof(word) <= size; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        word ^= key;
        memcpy(bytes + at, &word, sizeof(word));
    }
    for (; at < size; at++)
        bytes[at] = (char)((uint8_t)bytes[at] ^ turned[at & 7]);
    decoder->mask_at = (uint8_t)((decoder->mask_at + size) & 3);
}

bool ws_close_code_is_valid(uint16_t code)
{
    if (code >= 3000)
        return code <= 4999;
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

static WsEvent close_event(const WsDecoder *decoder)
{
    Str payload = str_make(decoder->control, decoder->control_size);
    if (payload.size == 0)
        return (WsEvent){.kind = WS_CLOSED, .close_code = NO_CODE};
    if (payload.size == 1)
        return bad(PROTOCOL_ERROR, STR("half a close code"));
    uint16_t code = (uint16_t)((uint8_t)payload.data[0] << 8 | (uint8_t)payload.data[1]);
    if (!ws_close_code_is_valid(code))
        return bad(PROTOCOL_ERROR, STR("not a close code"));
    Str reason = str_from(payload, 2);
    if (!str_is_utf8(reason))
        return bad(BAD_TEXT, STR("the reason is not UTF-8"));
    return (WsEvent){.kind = WS_CLOSED, .close_code = code, .data = reason};
}

static void end_frame(WsDecoder *decoder)
{
    decoder->in_payload = false;
    decoder->head_size = 0;
}

static WsEvent take_control(WsDecoder *decoder, char *bytes, size_t size, size_t *out_used)
{
    size_t taken = (size_t)MIN_OF(decoder->left, (uint64_t)(size - *out_used));
    unmask(decoder, bytes + *out_used, taken);
    memcpy(decoder->control + decoder->control_size, bytes + *out_used, taken);
    *out_used += taken;
    decoder->control_size = (uint8_t)(decoder->control_size + taken);
    decoder->left -= taken;
    if (decoder->left > 0)
        return (WsEvent){.kind = WS_MORE};
    uint8_t opcode = decoder->head[0] & OPCODE;
    end_frame(decoder);
    if (opcode == WS_CLOSE_FRAME)
        return close_event(decoder);
    return (WsEvent){.kind = opcode == WS_PING_FRAME ? WS_PING : WS_PONG,
                     .data = str_make(decoder->control, decoder->control_size)};
}

static WsEvent take_data(WsDecoder *decoder, char *bytes, size_t size, size_t *out_used)
{
    size_t taken = (size_t)MIN_OF(decoder->left, (uint64_t)(size - *out_used));
    WsEvent event = {.kind = WS_PART,
                     .is_text = decoder->message_opcode == WS_TEXT,
                     .data = str_make(bytes + *out_used, taken)};
    unmask(decoder, bytes + *out_used, taken);
    *out_used += taken;
    decoder->left -= taken;
    bool last_frame = decoder->head[0] & FIN;
    event.is_final = last_frame && decoder->left == 0;
    if (event.is_text && (!utf8_stream_add(&decoder->utf8, event.data) ||
                          (event.is_final && !utf8_stream_is_complete(&decoder->utf8))))
        return bad(BAD_TEXT, STR("the text is not UTF-8"));
    if (decoder->left == 0)
        end_frame(decoder);
    if (event.is_final) {
        decoder->message_opcode = 0;
        decoder->message_bytes = 0;
        decoder->utf8 = (Utf8Stream){0};
    } else if (taken == 0) {
        event.kind = WS_MORE;
    }
    return event;
}

WsEvent ws_decode(WsDecoder *decoder, char *bytes, size_t size, size_t *out_used)
{
    WsEvent event = {.kind = WS_MORE};
    *out_used = 0;
    while (event.kind == WS_MORE) {
        if (!decoder->in_payload)
            event = take_head(decoder, bytes, size, out_used);
        if (event.kind != WS_MORE || !decoder->in_payload)
            break;
        event = is_control(decoder->head[0] & OPCODE) ? take_control(decoder, bytes, size, out_used)
                                                      : take_data(decoder, bytes, size, out_used);
        if (*out_used == size)
            break;
    }
    return event;
}

bool ws_decoder_is_idle(const WsDecoder *decoder)
{
    return decoder->head_size == 0 && decoder->message_opcode == 0;
}

size_t ws_write_head(char out[WS_MAX_HEAD_BYTES], WsOpcode opcode, uint64_t payload_bytes)
{
    size_t extended = payload_bytes > UINT16_MAX ? 8 : payload_bytes > 125 ? 2 : 0;
    out[0] = (char)(FIN | (int)opcode);
    out[1] = (char)(extended == 8 ? 127 : extended == 2 ? 126 : payload_bytes);
    for (size_t i = 0; i < extended; i++)
        out[2 + i] = (char)(payload_bytes >> (8 * (extended - 1 - i)) & 0xFF);
    return 2 + extended;
}
