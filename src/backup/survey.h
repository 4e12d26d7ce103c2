/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A survey of a database: what a restored copy must equal. Counts and digests do not depend on the
 * order of rows, and text is read under fixed settings, so two servers give the same.
 *
 *     if (!survey_take(session, arena, &manifest, error)) …
 *     if (!survey_compare(scratch, arena, &manifest, error)) …
 *
 * The session must be a superuser's or of netguru_backup. survey_take reads in the caller's
 * transaction.
 */
#pragma once

#include "backup/manifest.h"
#include "db/session.h"

/* Fills in tables, catalog, generations, searches, keys and server of the manifest. */
bool survey_take(DbSession *session, Arena *arena, Manifest *manifest, Error *error) MUST_USE;
/* Takes a survey and compares. Fails with ERR_CONFLICT, naming the first difference.
 * The catalog is not compared with that of another major version of PostgreSQL. */
bool survey_compare(DbSession *session, const Manifest *expected, Error *error) MUST_USE;
/* Makes text of rows the same everywhere, for the session. */
bool survey_fix_settings(DbSession *session, Error *error) MUST_USE;
