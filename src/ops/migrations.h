/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of migrations/, which tools/embed_migrations embeds in the program at build time. */
#pragma once

typedef struct {
    const char *revision; /* "001_initial_schema": what alembic_version holds */
    const char *up;
    const char *down;
} Migration;

extern const Migration migrations[]; /* in order */
extern const unsigned migration_count;
/* A superuser runs this once per database, before the first migration. Repeating it changes
 * nothing. */
extern const char provision_sql[];
