/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members: unpacks an archive of several files in a sandboxed child, and hands its files to a
 * feature one after another. What the child says is checked for its form and its size only.
 *
 *     auto_members Members *members = members_begin(task, file, &limits);
 *     MemberLine line = {0};
 *     while (line.type != MEMBER_LAST) {
 *         if (!members || !members_next(task, members, &line))
 *             return false;
 *         …
 *     }
 */
#pragma once

#include "analysis/member_wire.h"
#include "analysis/wire.h"
#include "task/task.h"

typedef struct Members Members;

/* Starts the child on a file, which is open for reading. */
Members *members_begin(Task *task, int file, const MemberLimits *limits) MUST_USE;
/*
 * Reads the next line, valid until the next call. Lines come in the order that member_wire.h shows,
 * MEMBER_LAST once. An archive that breaks the parser ends with MEMBER_LAST and the reason, unless
 * it does so before the first file: then it fails with the child's error.
 */
bool members_next(Task *task, Members *members, MemberLine *out_line) MUST_USE;
void members_release(Members **members);
#define auto_members AUTO(members_release)
