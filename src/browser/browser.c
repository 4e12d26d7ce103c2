/* SPDX-License-Identifier: Apache-2.0 */
#include "browser/browser.h"

#include "base/mem.h"
#include "browser/internal.h"
#include "browser/page_files.h"
#include "web/static_files.h"

struct Browser {
    StaticFiles *files; /* NULL: there is no page */
    bool is_left_out;   /* by NETGURU_WEB */
};

static bool is_linked(void)
{
    return page_files[0].name != NULL;
}

bool browser_has_page(const Config *settings)
{
    return config_bool(settings, "NETGURU_WEB") &&
           (is_linked() || !str_empty(config_str(settings, "NETGURU_WEB_DIR")));
}

static StaticFiles *linked_files(void)
{
    StaticFiles *files = static_files_new();
    for (const PageFile *file = page_files; file->name; file++)
        static_files_add(files, str_of(file->name),
                         str_make(file->begin, (size_t)(file->end - file->begin)));
    return files;
}

static StaticFiles *load_files(Str directory, Error *error)
{
    StaticFiles *files = static_files_load(directory, error);
    if (files && !static_files_has(files, STR("index.html"))) {
        static_files_free(files);
        error_set(error, ERR_NOT_FOUND, "%.*s has no index.html", STR_ARGS(directory));
        files = NULL;
    }
    if (!files)
        error_prefix(error, "NETGURU_WEB_DIR: ");
    return files;
}

struct Browser *browser_new(const Config *settings, Error *error)
{
    StaticFiles *files = NULL;
    Str directory = config_str(settings, "NETGURU_WEB_DIR");
    if (browser_has_page(settings)) {
        files = str_empty(directory) ? linked_files() : load_files(directory, error);
        if (!files)
            return NULL;
    }
    struct Browser *browser = MEM_NEW(struct Browser);
    browser->files = files;
    browser->is_left_out = !config_bool(settings, "NETGURU_WEB");
    return browser;
}

void browser_free(struct Browser *browser)
{
    if (!browser)
        return;
    static_files_free(browser->files);
    mem_free(browser);
}

/* Trusted types keep even a mistake of the page from making a script out of text. */
static const HttpHeader page_headers[] = {
    {STR_INIT("Content-Security-Policy"),
     STR_INIT(
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
         "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
         "require-trusted-types-for 'script'; trusted-types 'none'")},
    {STR_INIT("Referrer-Policy"), STR_INIT("no-referrer")},
    {STR_INIT("Cross-Origin-Opener-Policy"), STR_INIT("same-origin")},
    {STR_INIT("Cross-Origin-Resource-Policy"), STR_INIT("same-origin")},
    {STR_INIT("Permissions-Policy"),
     STR_INIT("accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), "
              "encrypted-media=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
              "midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), "
              "screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()")},
};

static void add_page_headers(Response *response)
{
    for (size_t i = 0; i < COUNT_OF(page_headers); i++)
        response_add_header(response, page_headers[i].name, page_headers[i].value);
}

/* Paths of the server are never a page, even if the browser navigates there. */
static bool is_of_server(Str path)
{
    static const Str firsts[] = {STR_INIT("api"), STR_INIT("ws"), STR_INIT("mcp"),
                                 STR_INIT("metrics"), STR_INIT("health")};
    Str first = STR("");
    if (!str_next_field(&path, '/', &first))
        return false;
    for (size_t i = 0; i < COUNT_OF(firsts); i++) {
        if (str_equal(first, firsts[i]))
            return true;
    }
    return false;
}

#define WITHOUT_PAGE(why)                                                                          \
    STR("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>NetGuru</title>\n"  \
        "<h1>NetGuru is running</h1>\n<p>" why "</p>\n"                                            \
        "<p>Use the command line: <code>netguru login EMAIL</code>, then "                         \
        "<code>netguru help</code>.</p>\n"                                                         \
        "<p>Or use the HTTP API: <a href=\"/api/docs\">/api/docs</a> describes it.</p>\n</html>\n")

static bool answer_without_page(Response *response, bool is_left_out)
{
    response->status = 200;
    response->content_type = STR("text/html; charset=utf-8");
    response->body = is_left_out
                         ? WITHOUT_PAGE("Its page for the browser is turned off (NETGURU_WEB).")
                         : WITHOUT_PAGE("This build has no page for the browser.");
    response_add_header(response, STR("Cache-Control"), STR("no-cache"));
    add_page_headers(response);
    return true;
}

bool browser_show(Task *task, const Request *request, Response *response)
{
    Str path = request_path_str(request, "path");
    const struct Browser *browser = request->services->browser;
    if (is_of_server(path) || (!browser->files && !str_empty(path)))
        return task_fail(task, ERR_NOT_FOUND, "no such resource");
    if (!browser->files)
        return answer_without_page(response, browser->is_left_out);
    if (!static_files_respond(task, browser->files, request, path, response))
        return false;
    add_page_headers(response);
    return true;
}
