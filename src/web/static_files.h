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
 * "app.js.gz" beside "app.js" is the same file compressed, for clients that accept gzip. Files
 * below "assets/" have names that change with their contents, so caches keep them for a year;
 * others are asked for again each time, and answered 304 while their ETag holds. Where a browser
 * navigates to a path that is no file (it accepts text/html), it gets "index.html": the page routes
 * it itself.
 */
#pragma once

#include "web/request.h"
#include "web/response.h"

typedef struct StaticFiles StaticFiles;

enum {
    STATIC_FILES_MAX = 4096,
    STATIC_FILES_MAX_BYTES = 64 * 1024 * 1024, /* of all together */
    STATIC_FILES_MAX_DEPTH = 8,
};

StaticFiles *static_files_new(void) MUST_USE;
/* Adds a file that is linked into the program; name and content must outlive the files. */
void static_files_add(StaticFiles *files, Str name, Str content);
/* Reads a directory with all below it; hidden files and links are left out. NULL with the reason
 * when it cannot be read or is larger than the limits. Blocks. */
StaticFiles *static_files_load(Str directory, Error *error) MUST_USE;
void static_files_free(StaticFiles *files);
/* Answers with the file of that name ("" is "index.html"); ERR_NOT_FOUND where there is none. */
bool static_files_respond(Task *task, const StaticFiles *files, const Request *request, Str name,
                          Response *response) MUST_USE;
