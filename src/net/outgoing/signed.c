/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/signed.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "crypto/digest.h"

#include <curl/curl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    ATTEMPTS = 5,
    CONNECT_S = 10,
    STALL_S = 60, /* without a byte a second */
};

struct SignedClient {
    CURL *easy;
    Arena *arena;
    const char *endpoint;
    const char *signature; /* "aws:amz:REGION:s3" */
    const char *user;      /* "KEY:SECRET" */
};

/* An answer while it comes. */
typedef struct {
    StrBuf body;
    char entity_tag[128];
    uint64_t size_bytes;
    Str left; /* of the body that is sent */
} Exchange;

SignedClient *signed_client_new(const SignedOptions *options)
{
    SignedClient *client = MEM_NEW(SignedClient);
    check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    client->easy = curl_easy_init();
    check(client->easy);
    client->arena = arena_new();
    arena_keep_secret(client->arena);
    client->endpoint = arena_cstring(client->arena, options->endpoint);
    client->signature =
        arena_printf(client->arena, "aws:amz:%.*s:s3", STR_ARGS(options->region)).data;
    client->user = arena_printf(client->arena, "%.*s:%.*s", STR_ARGS(options->access_key),
                                STR_ARGS(options->secret_key))
                       .data;
    return client;
}

void signed_client_free(SignedClient *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    arena_free(client->arena);
    mem_free(client);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    strbuf_append(&exchange->body, str_make(bytes, size * count));
    return exchange->body.overflowed ? 0 : count;
}

static size_t give_body(char *out, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    size_t given = MIN_OF(size * count, exchange->left.size);
    if (given)
        memcpy(out, exchange->left.data, given);
    exchange->left = str_from(exchange->left, given);
    return given;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    Str line = str_trim(str_make(bytes, size * count));
    size_t colon = str_find_byte(line, ':');
    Str name = str_slice(line, 0, colon == STR_NOT_FOUND ? 0 : colon);
    Str value = str_trim(str_from(line, name.size + 1));
    uint64_t total = 0;
    if (str_equal_ignore_case(name, STR("etag")))
        str_copy_to(value, exchange->entity_tag, sizeof(exchange->entity_tag));
    if (str_equal_ignore_case(name, STR("content-range"))) {
        size_t slash = str_find_byte(value, '/');
        if (slash == STR_NOT_FOUND || !str_parse_u64(str_from(value, slash + 1), &total))
            total = 0;
        exchange->size_bytes = total;
    }
    return size * count;
}

static struct curl_slist *add_line(struct curl_slist *lines, const char *line)
{
    struct curl_slist *longer = curl_slist_append(lines, line);
    check(longer);
    return longer;
}

/* libcurl signs every line that stands here, also one that only removes a header: such a line would
 * break the signature, so there is none. */
static struct curl_slist *header_lines(const SignedCall *call)
{
    char line[128];
    char hex[SHA256_HEX_SIZE];
    Sha256 digest = sha256_of(call->body);
    snprintf(line, sizeof(line), "x-amz-content-sha256: %s", sha256_write_hex(&digest, hex));
    struct curl_slist *lines = add_line(NULL, line);
    bool is_post = str_equal(str_of(call->method), STR("POST"));
    return is_post ? add_line(lines, "Content-Type: application/xml") : lines;
}

static void set_body(CURL *easy, const SignedCall *call, Exchange *exchange)
{
    bool is_put = str_equal(str_of(call->method), STR("PUT"));
    if (is_put) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->body.size);
    } else if (str_equal(str_of(call->method), STR("POST"))) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.size ? call->body.data : "");
    }
}

static void set_call(const SignedClient *client, const SignedCall *call, const char *url,
                     Exchange *exchange)
{
    CURL *easy = client->easy;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, client->signature);
    curl_easy_setopt(easy, CURLOPT_USERPWD, client->user);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "netguru");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    set_body(easy, call, exchange);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    if (call->range)
        curl_easy_setopt(easy, CURLOPT_RANGE, call->range);
}

static bool exchange_once(const SignedClient *client, Arena *arena, const SignedCall *call,
                          SignedReply *out_reply, Error *error)
{
    Exchange exchange = {.left = call->body};
    SignedReply reply = {0};
    Str url = arena_printf(arena, "%s%s%s%s", client->endpoint, call->path, call->query ? "?" : "",
                           call->query ? call->query : "");
    struct curl_slist *lines = header_lines(call);
    strbuf_init(&exchange.body, SIGNED_REPLY_MAX_BYTES);
    set_call(client, call, url.data, &exchange);
    curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, lines);
    CURLcode result = curl_easy_perform(client->easy);
    curl_slist_free_all(lines);
    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &reply.status);
    reply.body = arena_copy(arena, strbuf_str(&exchange.body));
    reply.entity_tag = arena_copy(arena, str_of(exchange.entity_tag));
    reply.size_bytes = exchange.size_bytes;
    strbuf_done(&exchange.body);
    if (result != CURLE_OK)
        return error_set(error, ERR_UNAVAILABLE, "%s: %s", client->endpoint,
                         curl_easy_strerror(result));
    *out_reply = reply;
    return true;
}

bool signed_client_call(SignedClient *client, Arena *arena, const SignedCall *call,
                        SignedReply *out_reply, Error *error)
{
    Error reason = {0};
    bool answered = false;
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt)
            sleep(attempt);
        answered = exchange_once(client, arena, call, out_reply, &reason);
        if (answered && out_reply->status != 429 && out_reply->status < 500)
            return true;
    }
    if (!answered)
        *error = reason;
    return answered;
}
