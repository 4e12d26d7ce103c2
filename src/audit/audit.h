/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit: the log of what administrators, operators and users did, in the table audit_log. The
 * functions of the database write it, in the transaction of the act; this feature hands them the
 * circumstances and checks the chain. Each entry holds the SHA-256 of the one before, so that an
 * entry that was changed, removed or moved is found. That the last entries were cut off together
 * with audit_head is found only by an end of the chain that was kept elsewhere.
 *
 *     DbParams params = DB_PARAMS(audit_param(task, &call->by), db_text(user));
 */
#pragma once

#include "crypto/digest.h"
#include "web/router.h"

extern const Route audit_routes[];

enum { AUDIT_REASON_MAX_BYTES = 500, AUDIT_USER_AGENT_MAX_BYTES = 100 };

/* The circumstances of an act. Empty strings are left out; the trace id is the task's. */
typedef struct {
    Str reason;
    Str address;    /* of the client */
    Str operator;   /* the system user who runs a command */
    Str user_agent; /* of the client; printable ASCII */
} AuditContext;

/* Returns the first parameter of the functions of the database that write the log: JSON, in the
 * task's arena. */
DbParam audit_param(Task *task, const AuditContext *by) MUST_USE;

/* An end of the chain, to be kept where an attacker of the database cannot reach it. */
typedef struct {
    int64_t sequence; /* 0: the log is empty */
    Sha256 digest;
} AuditHead;

enum { AUDIT_HEAD_TEXT_SIZE = 20 + 1 + SHA256_HEX_SIZE };

/* Writes "SEQUENCE:DIGEST", the digest in hexadecimal. Returns out. */
const char *audit_head_write(const AuditHead *head, char out[AUDIT_HEAD_TEXT_SIZE]);
/* Returns false unless the text is of that form. */
bool audit_head_parse(Str text, AuditHead *out_head) MUST_USE;

typedef struct {
    bool intact;
    int64_t entries; /* that were found good, from the first on */
    AuditHead head;  /* the last of them */
    Str problem;     /* where and how the chain is broken; empty when it is intact */
} AuditVerdict;

/* Loads the end of the chain as audit_head has it. Needs the database's owner. */
bool audit_load_head(Task *task, Db *db, AuditHead *out_head) MUST_USE;
/*
 * Walks the whole chain and computes every digest again. kept (NULL: none) is a head from earlier,
 * which must still be a part of it. Returns false only when the log cannot be read; a broken chain
 * is a verdict. Needs the database's owner.
 */
bool audit_verify(Task *task, Db *db, const AuditHead *kept, AuditVerdict *out_verdict) MUST_USE;
