/* SPDX-License-Identifier: Apache-2.0 */
/* Chain: the digest of an entry, computed without the database that stores it. */
#pragma once

#include "audit/audit.h"

enum { AUDIT_FIELDS = 12 };

typedef struct {
    int64_t sequence;
    Str fields[AUDIT_FIELDS]; /* as audit_digest of the database orders them */
    bool is_null[AUDIT_FIELDS];
    Sha256 previous_digest;
    Sha256 digest;
} AuditEntry;

/* Returns SHA-256 of the previous digest and of each field: its length in four bytes, the highest
 * first, and its bytes; ff ff ff ff for NULL. */
Sha256 audit_entry_digest(Arena *arena, const AuditEntry *entry);

/* What a walk along the chain has seen. */
typedef struct {
    const AuditHead *kept; /* NULL: none */
    AuditVerdict verdict;
    char problem[200];
} AuditWalk;

void audit_walk_begin(AuditWalk *walk, const AuditHead *kept);
/* Takes the next entry. Returns false at the first that does not belong there. */
bool audit_walk_take(AuditWalk *walk, Arena *arena, const AuditEntry *entry) MUST_USE;
/* Ends the walk: the chain must reach the head of the database and the kept one. */
void audit_walk_end(AuditWalk *walk, const AuditHead *head);
