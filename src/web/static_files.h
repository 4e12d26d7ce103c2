/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StaticFiles: the files of a web page, read into memory when the server starts and served from
 * there. A request names a file exactly, so no path can lead out of the directory.
 *
 *     StaticFiles *files = static_files_load(STR("share/web"), &error);
 *     …
 *     static bool show_page(Task *task, const Request *request, Response *response)
 *     {
 *         return static_files_respond(task, files, request, request_path_str(request, "path"),
 *                                     response);
 *     }
 *     {HTTP_GET, ROUTE_PUBLIC, "/{path...}", show_page},
 *
 * "app.js.gz" is "app.js" compressed, for clients that accept gzip. "app.js" itself may be left
 * out: for other clients it is then unpacked, once. Files below "assets/" have names that change
 * with their contents, so caches keep them for a year; others are revalidated each time, and
 * answered 304 while their ETag matches. A browser that navigates to a path that is no file (it
 * accepts text/html) gets "index.html", which routes the path itself.
 */
#pragma once

#include "web/request.h"
#include "web/response.h"

typedef struct StaticFiles StaticFiles;

enum {
    STATIC_FILES_MAX = 4096,
    STATIC_FILES_MAX_BYTES = 64 * 1024 * 1024, /* of all files together */
    STATIC_FILES_MAX_DEPTH = 8,
};

StaticFiles *static_files_new(void) MUST_USE;
/* Adds a file that is linked into the program. Its name and content must outlive the files. */
void static_files_add(StaticFiles *files, Str name, Str content);
/* Reads a directory and everything below it, except hidden files and links. Returns NULL with the
 * reason when it cannot be read or exceeds the limits. Blocks. */
StaticFiles *static_files_load(Str directory, Error *error) MUST_USE;
void static_files_free(StaticFiles *files);
/* Returns whether there is a file of that name, compressed or not. */
bool static_files_has(const StaticFiles *files, Str name);
/* Answers with the file of that name ("" is "index.html"). Fails with ERR_NOT_FOUND when there is
 * none. */
bool static_files_respond(Task *task, StaticFiles *files, const Request *request, Str name,
                          Response *response) MUST_USE;
