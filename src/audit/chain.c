/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain.h"

#include <stdarg.h>
#include <stdio.h>

static void add_length(Sha256Stream *stream, uint32_t length)
{
    const uint8_t bytes[] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
                             (uint8_t)(length >> 8), (uint8_t)length};
    sha256_stream_add(stream, str_make(bytes, sizeof(bytes)));
}

Sha256 audit_entry_digest(Arena *arena, const AuditEntry *entry)
{
    Sha256Stream *stream = sha256_stream_new(arena);
    sha256_stream_add(stream, str_make(entry->previous_digest.bytes, SHA256_SIZE));
    for (size_t i = 0; i < AUDIT_FIELDS; i++) {
        add_length(stream, entry->is_null[i] ? UINT32_MAX : (uint32_t)entry->fields[i].size);
        if (!entry->is_null[i])
            sha256_stream_add(stream, entry->fields[i]);
    }
    return sha256_stream_end(stream);
}

static bool same_digest(const Sha256 *a, const Sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

PRINTF_LIKE(2, 3) static bool refuse(AuditWalk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(walk->problem, sizeof(walk->problem), format, args);
    va_end(args);
    walk->verdict.intact = false;
    walk->verdict.problem = str_of(walk->problem);
    return false;
}

void audit_walk_begin(AuditWalk *walk, const AuditHead *kept)
{
    *walk = (AuditWalk){.kept = kept, .verdict.intact = true};
}

static bool is_kept_one_lost(const AuditWalk *walk)
{
    const AuditHead *head = &walk->verdict.head;
    return walk->kept && walk->kept->sequence == head->sequence &&
           !same_digest(&walk->kept->digest, &head->digest);
}

bool audit_walk_take(AuditWalk *walk, Arena *arena, const AuditEntry *entry)
{
    long long sequence = (long long)entry->sequence;
    int64_t expected = walk->verdict.head.sequence + 1;
    Sha256 digest = audit_entry_digest(arena, entry);
    if (entry->sequence != expected)
        return refuse(walk, "entry %lld is missing: entry %lld follows entry %lld",
                      (long long)expected, sequence, (long long)expected - 1);
    if (!same_digest(&digest, &entry->digest))
        return refuse(walk, "entry %lld was changed: its digest does not fit its contents",
                      sequence);
    if (!same_digest(&entry->previous_digest, &walk->verdict.head.digest))
        return refuse(walk, "entry %lld does not continue entry %lld: one of them was replaced",
                      sequence, sequence - 1);
    walk->verdict.head = (AuditHead){entry->sequence, entry->digest};
    walk->verdict.entries++;
    return !is_kept_one_lost(walk) ||
           refuse(walk, "entry %lld is not the one that was kept: the log was written anew",
                  sequence);
}

void audit_walk_end(AuditWalk *walk, const AuditHead *head)
{
    const AuditHead *last = &walk->verdict.head;
    long long sequence = (long long)last->sequence;
    if (!walk->verdict.intact)
        return;
    if (last->sequence != head->sequence)
        refuse(walk, "the log ends at entry %lld, but its head is entry %lld", sequence,
               (long long)head->sequence);
    else if (!same_digest(&last->digest, &head->digest))
        refuse(walk, "the last entry, %lld, is not the one of the head", sequence);
    else if (walk->kept && walk->kept->sequence > last->sequence)
        refuse(walk, "the log ends at entry %lld, but entry %lld was kept: its end was cut off",
               sequence, (long long)walk->kept->sequence);
}

const char *audit_head_write(const AuditHead *head, char out[AUDIT_HEAD_TEXT_SIZE])
{
    char hex[SHA256_HEX_SIZE];
    snprintf(out, AUDIT_HEAD_TEXT_SIZE, "%lld:%s", (long long)head->sequence,
             sha256_write_hex(&head->digest, hex));
    return out;
}

static bool parse_digest(Str text, Sha256 *out_digest)
{
    Sha256 digest;
    if (text.size != 2 * (size_t)SHA256_SIZE)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        uint64_t byte = 0;
        if (!str_parse_hex(str_slice(text, 2 * i, 2), &byte))
            return false;
        digest.bytes[i] = (uint8_t)byte;
    }
    *out_digest = digest;
    return true;
}

bool audit_head_parse(Str text, AuditHead *out_head)
{
    AuditHead head;
    size_t colon = str_find_byte(text, ':');
    if (colon == STR_NOT_FOUND || !str_parse_i64(str_slice(text, 0, colon), &head.sequence) ||
        head.sequence < 0 || !parse_digest(str_from(text, colon + 1), &head.digest))
        return false;
    *out_head = head;
    return true;
}
