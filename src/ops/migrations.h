/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of migrations/, carried in the program; written by tools/embed_migrations at build time.
 */
#pragma once

typedef struct {
    const char *revision; /* "001_initial_schema": what alembic_version holds */
    const char *up;
    const char *down;
} Migration;

extern const Migration migrations[]; /* in order */
extern const unsigned migration_count;
/* Run once per database by a superuser before the first; repeating it changes nothing. */
extern const char provision_sql[];
