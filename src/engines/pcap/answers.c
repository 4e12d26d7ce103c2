/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/answers.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/random.h"

enum {
    SLOT_COUNT = ANSWERS_MAX * 2,
    DNS_PORT = 53,
    DNS_HEADER_BYTES = 12,
    DNS_LABEL_MAX = 63,
    KEY_BYTES = offsetof(PcapAnswer, by_server) + sizeof(uint32_t),
};

_Static_assert(KEY_BYTES == 52 && KEY_BYTES % 4 == 0, "a key has no padding");

void answers_done(Answers *answers)
{
    mem_free(answers->items);
    mem_free(answers->slots);
    *answers = (Answers){0};
}

static uint32_t hash_of(const Answers *answers, const PcapAnswer *answer)
{
    uint64_t state = answers->seed;
    for (size_t at = 0; at < KEY_BYTES; at += 4) {
        uint32_t word;
        memcpy(&word, (const char *)answer + at, 4);
        unsigned __int128 product =
            (unsigned __int128)(state ^ word) * (UINT64_C(0x9e3779b97f4a7c15) | 1);
        state = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return (uint32_t)(state ^ state >> 32);
}

/* Returns the counted answer that is equal; the new one if there is none; NULL when the table is
 * full. */
static PcapAnswer *find_answer(Answers *answers, const PcapAnswer *answer)
{
    if (!answers->items) {
        answers->items = mem_alloc(ANSWERS_MAX, sizeof(PcapAnswer));
        answers->slots = mem_alloc(SLOT_COUNT, sizeof(uint32_t));
        random_bytes(&answers->seed, sizeof(answers->seed));
    }
    uint32_t at = hash_of(answers, answer) % SLOT_COUNT;
    for (; answers->slots[at]; at = (at + 1) % SLOT_COUNT) {
        PcapAnswer *item = &answers->items[answers->slots[at] - 1];
        if (memcmp(item, answer, KEY_BYTES) == 0)
            return item;
    }
    if (answers->count == ANSWERS_MAX)
        return NULL;
    answers->items[answers->count++] = *answer;
    answers->slots[at] = answers->count;
    return &answers->items[answers->count - 1];
}

static PcapAnswer new_answer(PcapAnswerKind kind, uint32_t code, const PcapAddress address[2])
{
    PcapAnswer answer;
    memset(&answer, 0, sizeof(answer));
    answer.sender = address[0];
    answer.receiver = address[1];
    answer.kind = kind;
    answer.code = (uint16_t)code;
    return answer;
}

static void count_answer(Answers *answers, const PcapAnswer *answer)
{
    PcapAnswer *item = find_answer(answers, answer);
    if (item)
        item->count++;
    else
        answers->others++;
}

/* Returns the code of "HTTP/1.1 503 …", or 0. */
static uint32_t status_code(Slice payload, const char *protocol)
{
    size_t size = strlen(protocol);
    if (payload.captured < size + 8 || memcmp(payload.data, protocol, size) != 0)
        return 0;
    const uint8_t *at = payload.data + size;
    if (at[3] != ' ' || !ascii_is_digit((char)at[4]) || !ascii_is_digit((char)at[5]) ||
        !ascii_is_digit((char)at[6]))
        return 0;
    return (uint32_t)((at[4] - '0') * 100 + (at[5] - '0') * 10 + (at[6] - '0'));
}

static bool note_status(Answers *answers, const PcapAddress address[2], uint16_t port,
                        Slice payload)
{
    uint32_t http = status_code(payload, "HTTP/");
    uint32_t code = http ? http : status_code(payload, "SIP/");
    if (!code)
        return false;
    PcapAnswer answer = new_answer(http ? PCAP_ANSWER_HTTP : PCAP_ANSWER_SIP, code, address);
    answer.port = port;
    count_answer(answers, &answer);
    return true;
}

void answers_note_segment(Answers *answers, const PcapAddress address[2], const uint16_t port[2],
                          const TcpSegment *segment, Slice payload)
{
    if (!(segment->flags & TCP_FLAG_RST)) {
        if (payload.captured && (payload.data[0] == 'H' || payload.data[0] == 'S'))
            (void)note_status(answers, address, port[0], payload);
        return;
    }
    /* RFC 9293, 3.10.7.1: the answer to a SYN on a closed port has the sequence number 0. */
    bool refuses = (segment->flags & TCP_FLAG_ACK) && segment->sequence == 0;
    PcapAnswer answer = new_answer(refuses ? PCAP_ANSWER_REFUSED : PCAP_ANSWER_RESET, 0, address);
    answer.port = MIN_OF(port[0], port[1]);
    answer.by_server = port[0] <= port[1];
    count_answer(answers, &answer);
}

/* Writes the name of the first question, with '?' for bytes that do not print. */
static void read_question(Slice payload, char out[PCAP_ANSWER_NAME_SIZE])
{
    size_t size = 0;
    uint32_t at = DNS_HEADER_BYTES;
    out[0] = '\0';
    while (at < payload.captured && payload.data[at] && payload.data[at] <= DNS_LABEL_MAX) {
        uint32_t label = payload.data[at++];
        if (size + label + 2 > PCAP_ANSWER_NAME_SIZE || at + label > payload.captured)
            break;
        if (size)
            out[size++] = '.';
        for (uint32_t i = 0; i < label; i++, at++)
            out[size++] =
                payload.data[at] > ' ' && payload.data[at] < 0x7F ? (char)payload.data[at] : '?';
        out[size] = '\0';
    }
}

void answers_note_datagram(Answers *answers, const PcapAddress address[2], const uint16_t port[2],
                           Slice payload)
{
    if (payload.captured && payload.data[0] == 'S' &&
        note_status(answers, address, port[0], payload))
        return;
    if (port[0] != DNS_PORT || payload.captured < DNS_HEADER_BYTES || !(payload.data[2] & 0x80))
        return;
    PcapAnswer answer = new_answer(PCAP_ANSWER_DNS, payload.data[3] & 0x0F, address);
    answer.port = DNS_PORT;
    PcapAnswer *item = find_answer(answers, &answer);
    if (!item) {
        answers->others++;
        return;
    }
    if (item->count++ == 0)
        read_question(payload, item->name);
}
