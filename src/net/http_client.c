/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <curl/curl.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_S = 60, CONNECT_TIMEOUT_S = 10, BODY_MAX_BYTES = 256 * 1024 * 1024 };

struct HttpClient {
    CURL *curl;
};

typedef struct {
    CURL *curl;
    StrBuf body;
    int output;
} Sink;

HttpClient *http_client_new(void)
{
    HttpClient *client = MEM_NEW(HttpClient);
    client->curl = curl_easy_init();
    check(client->curl);
    return client;
}

void http_client_free(HttpClient *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    mem_free(client);
}

/* What an error says goes where it is understood, not into the caller's file. */
static bool goes_to_output(const Sink *sink)
{
    long status = 0;
    curl_easy_getinfo(sink->curl, CURLINFO_RESPONSE_CODE, &status);
    return sink->output && status >= 200 && status < 300;
}

static size_t on_body(const char *data, size_t size, size_t count, void *context)
{
    Sink *sink = context;
    Str bytes = {data, size * count};
    if (goes_to_output(sink))
        return write(sink->output, bytes.data, bytes.size) == (ssize_t)bytes.size ? bytes.size : 0;
    strbuf_append(&sink->body, bytes);
    return sink->body.overflowed ? 0 : bytes.size;
}

static struct curl_slist *make_headers(Arena *arena, const HttpCall *call)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    if (!str_empty(call->bearer_token)) {
        Str bearer =
            arena_printf(arena, "Authorization: Bearer %.*s", STR_ARGS(call->bearer_token));
        headers = curl_slist_append(headers, bearer.data);
    }
    if (!str_empty(call->json))
        headers = curl_slist_append(headers, "Content-Type: application/json");
    return headers;
}

static curl_mime *make_form(CURL *curl, const HttpCall *call)
{
    curl_mime *form = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, "file");
    curl_mime_filedata(part, call->file_path);
    if (call->file_name)
        curl_mime_filename(part, call->file_name);
    return form;
}

bool http_client_call(HttpClient *client, Arena *arena, const HttpCall *call, HttpReply *out_reply,
                      Error *error)
{
    CURL *curl = client->curl;
    Sink sink = {.curl = curl, .output = call->output};
    strbuf_init(&sink.body, BODY_MAX_BYTES);
    curl_easy_reset(curl);
    struct curl_slist *headers = make_headers(arena, call);
    curl_mime *form = call->file_path ? make_form(curl, call) : NULL;
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                     (long)(call->timeout_s ? call->timeout_s : DEFAULT_TIMEOUT_S));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    if (form)
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    if (!str_empty(call->json)) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->json.size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->json.data);
    }
    CURLcode result = curl_easy_perform(curl);
    if (result == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out_reply->status);
        out_reply->body = arena_copy(arena, strbuf_str(&sink.body));
    }
    curl_mime_free(form);
    curl_slist_free_all(headers);
    strbuf_done(&sink.body);
    return result == CURLE_OK ||
           error_set(error, ERR_UNAVAILABLE, "%s: %s", call->url, curl_easy_strerror(result));
}
