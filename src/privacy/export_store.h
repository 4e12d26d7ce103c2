/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of the export: pages of rows of the task's user, each with as many rows as fit memory. */
#pragma once

#include "web/page.h"

typedef struct {
    const char *name;             /* the folder of the archive; NULL ends the table */
    int64_t limit;                /* rows of a page */
    const DbStatement *statement; /* made with PAGE_SQL */
} ExportTable;

extern const ExportTable export_tables[];
/* Conversations, oldest page last; their messages follow each page. */
extern const ExportTable export_conversations;
/* {"id", "storage_path", "original_filename"} of the files. */
extern const ExportTable export_files;

/* Loads the next page of a table as JSON and moves *page behind it; *out_last tells whether it was
 * the last one. */
bool export_load_page(Task *task, Db *db, const ExportTable *table, Page *page, Str *out_json,
                      bool *out_last) MUST_USE;

/* A page of rows in the order of a number that grows. Load the next page into the former one; the
 * first one is zero. */
typedef struct {
    int64_t after; /* the number of its last row */
    Str json;
    bool is_last;
} NumberedPage;

bool export_load_messages(Task *task, Db *db, const Uuid *conversation_id,
                          NumberedPage *page) MUST_USE;
bool export_load_usage(Task *task, Db *db, NumberedPage *page) MUST_USE;
bool export_load_audit(Task *task, Db *db, NumberedPage *page) MUST_USE;
bool export_load_account(Task *task, Db *db, Str *out_json) MUST_USE;
