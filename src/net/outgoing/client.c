/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "net/outgoing/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    DEFAULT_MAX_CALLS = 1024,
    DEFAULT_MAX_CALLS_PER_HOST = 256,
    DEFAULT_MAX_IDLE = 64,
    CA_MAX_BYTES = 16 * 1024 * 1024
};

void client_take_finished(Outgoing *outgoing)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(outgoing->multi, &left); message;
         message = curl_multi_info_read(outgoing->multi, &left)) {
        OutgoingTransfer *transfer = NULL;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        transfer_finish(transfer, result);
    }
}

static void on_timer(uv_timer_t *timer)
{
    int running = 0;
    Outgoing *outgoing = timer->data;
    curl_multi_socket_action(outgoing->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    client_take_finished(outgoing);
}

static int on_timeout_set(CURLM *multi, long timeout_ms, void *context)
{
    Outgoing *outgoing = context;
    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(&outgoing->timer);
    else
        uv_timer_start(&outgoing->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

void client_update_ref(Outgoing *outgoing)
{
    if (outgoing->stats.in_flight > 0)
        uv_ref((uv_handle_t *)&outgoing->timer);
    else
        uv_unref((uv_handle_t *)&outgoing->timer);
}

static void free_if_over(Outgoing *outgoing)
{
    if (!outgoing->free_later || outgoing->handles > 0 || outgoing->queued.count > 0 ||
        outgoing->others.count > 0)
        return;
    if (outgoing->proxy_host)
        host_unref(outgoing->proxy_host);
    hosts_free(outgoing);
    if (outgoing->ca_memory >= 0)
        close(outgoing->ca_memory);
    arena_free(outgoing->arena);
    mem_free(outgoing);
}

void client_handle_closed(Outgoing *outgoing)
{
    check(outgoing->handles > 0);
    outgoing->handles--;
    free_if_over(outgoing);
}

void client_transfer_gone(Outgoing *outgoing)
{
    if (outgoing->stopping)
        wait_wake(outgoing->stop_wait);
    free_if_over(outgoing);
}

static bool append_file(int target, const char *path, Error *error)
{
    char part[2048];
    ssize_t got = 0;
    size_t size = 0;
    bool done = true;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set_errno(error, errno, path);
    while (done && (got = read(file, part, sizeof(part))) > 0) {
        size += (size_t)got;
        done = size <= CA_MAX_BYTES && write(target, part, (size_t)got) == got;
    }
    int error_number = errno;
    close(file);
    if (got < 0)
        return error_set_errno(error, error_number, path);
    done = done && write(target, "\n", 1) == 1;
    return done || error_set(error, ERR_IO, "%s: certificates of more than %d MiB, or no memory",
                             path, CA_MAX_BYTES >> 20);
}

/* Joins both bundles in one anonymous file, because libcurl keeps what it has parsed only for a
 * single file. */
static bool join_bundles(Outgoing *outgoing, const char *bundle, const char *extra, Error *error)
{
    outgoing->ca_memory = memfd_create("certificates", MFD_CLOEXEC);
    if (outgoing->ca_memory < 0)
        return error_set_errno(error, errno, "memfd_create");
    outgoing->ca_path = arena_printf(outgoing->arena, "/proc/self/fd/%d", outgoing->ca_memory).data;
    return (!bundle || append_file(outgoing->ca_memory, bundle, error)) &&
           append_file(outgoing->ca_memory, extra, error);
}

static bool take_certificates(Outgoing *outgoing, const OutgoingOptions *options, Error *error)
{
    const char *bundle = options->ca_file;
    if (!bundle) {
        bundle = curl_version_info(CURLVERSION_NOW)->cainfo;
        if (bundle && access(bundle, R_OK) != 0)
            bundle = NULL;
    }
    if (options->ca_file && access(options->ca_file, R_OK) != 0)
        return error_set_errno(error, errno, options->ca_file);
    if (options->extra_ca_file)
        return join_bundles(outgoing, bundle, options->extra_ca_file, error);
    /* Without any bundle every https call fails with an error that says so. */
    outgoing->ca_path = arena_cstring(
        outgoing->arena, str_of(bundle ? bundle : "/etc/ssl/certs/ca-certificates.crt"));
    return true;
}

static bool take_proxy(Outgoing *outgoing, const char *proxy, Error *error)
{
    if (!proxy)
        return true;
    if (!url_parse(outgoing->arena, str_of(proxy), &outgoing->proxy, error))
        return error_prefix(error, "proxy: ");
    if (outgoing->proxy.is_https)
        return error_set(error, ERR_VALIDATION, "proxy: only http:// is supported");
    outgoing->proxy_host = host_ref(outgoing, outgoing->proxy.host);
    return true;
}

static void open_multi(Outgoing *outgoing)
{
    outgoing->multi = curl_multi_init();
    check(outgoing->multi);
    curl_multi_setopt(outgoing->multi, CURLMOPT_SOCKETFUNCTION, socket_on_change);
    curl_multi_setopt(outgoing->multi, CURLMOPT_SOCKETDATA, outgoing);
    curl_multi_setopt(outgoing->multi, CURLMOPT_TIMERFUNCTION, on_timeout_set);
    curl_multi_setopt(outgoing->multi, CURLMOPT_TIMERDATA, outgoing);
    curl_multi_setopt(outgoing->multi, CURLMOPT_MAXCONNECTS, (long)outgoing->options.max_idle);
    curl_multi_setopt(outgoing->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    uv_timer_init(loop_uv(outgoing->loop), &outgoing->timer);
    outgoing->timer.data = outgoing;
    outgoing->handles++;
    client_update_ref(outgoing);
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static void *take_memory(size_t size)
{
    return mem_resize(NULL, 1, size);
}

static void *resize_memory(void *pointer, size_t size)
{
    return mem_resize_secret(pointer, 1, size);
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(take_memory(size), text, size);
}

/* libcurl copies headers, which hold keys, into memory of its own, so that is overwritten too. */
Outgoing *outgoing_new(Loop *loop, const OutgoingOptions *options, Error *error)
{
    check(curl_global_init_mem(CURL_GLOBAL_DEFAULT, take_memory, mem_free_secret, resize_memory,
                               copy_text, mem_alloc) == CURLE_OK);
    signal(SIGPIPE, SIG_IGN);
    Outgoing *outgoing = MEM_NEW(Outgoing);
    outgoing->loop = loop;
    outgoing->arena = arena_new();
    outgoing->ca_memory = -1;
    outgoing->options = (OutgoingOptions){
        .max_calls = or_default(options->max_calls, DEFAULT_MAX_CALLS),
        .max_calls_per_host = or_default(options->max_calls_per_host, DEFAULT_MAX_CALLS_PER_HOST),
        .max_idle = or_default(options->max_idle, DEFAULT_MAX_IDLE),
        .user_agent = arena_cstring(outgoing->arena,
                                    str_of(options->user_agent ? options->user_agent : "netguru")),
    };
    if (!take_certificates(outgoing, options, error) ||
        !take_proxy(outgoing, options->proxy, error)) {
        outgoing->free_later = true;
        free_if_over(outgoing);
        return NULL;
    }
    open_multi(outgoing);
    return outgoing;
}

static void on_timer_closed(uv_handle_t *handle)
{
    client_handle_closed(handle->data);
}

/* Aborts the remaining calls and frees libcurl. */
static void shut(Outgoing *outgoing)
{
    ListNode *next = NULL;
    outgoing->stopping = true;
    if (outgoing->closed)
        return;
    outgoing->closed = true;
    while (outgoing->queued.first)
        transfer_abort(transfer_of(outgoing->queued.first), STOP_CLIENT);
    for (ListNode *each = outgoing->others.first; each; each = next) {
        next = each->next;
        transfer_abort(transfer_of(each), STOP_CLIENT);
    }
    curl_multi_cleanup(outgoing->multi);
    outgoing->multi = NULL;
    uv_close((uv_handle_t *)&outgoing->timer, on_timer_closed);
}

void outgoing_stop(Task *task, Outgoing *outgoing, uint32_t grace_ms)
{
    outgoing->stopping = true;
    while (outgoing->queued.first)
        transfer_abort(transfer_of(outgoing->queued.first), STOP_CLIENT);
    uint64_t former = task_deadline_narrow(task, grace_ms);
    bool goes_on = true;
    while (goes_on && outgoing->stats.in_flight > 0) {
        outgoing->stop_wait = task_wait_begin(task);
        goes_on = task_wait(task, outgoing->stop_wait);
    }
    task_deadline_set(task, former);
    if (!goes_on && !task_is_cancelled(task))
        task_forget_error(task);
    shut(outgoing);
}

void outgoing_free(Outgoing *outgoing)
{
    if (!outgoing)
        return;
    shut(outgoing);
    outgoing->free_later = true;
    free_if_over(outgoing);
}

OutgoingStats outgoing_stats(const Outgoing *outgoing)
{
    return outgoing->stats;
}

void outgoing_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily failures = {"netguru_outgoing_failures",
                                          METRIC_COUNTER,
                                          "Calls to other servers that failed, by reason.",
                                          {"reason"}};
    OutgoingStats stats = outgoing_stats(source);
    const struct {
        const char *reason;
        uint64_t count;
    } reasons[] = {
        {"refused", stats.refused},         {"unresolved", stats.unresolved},
        {"unconnected", stats.unconnected}, {"tls", stats.tls_failures},
        {"timeout", stats.timeouts},        {"cancelled", stats.cancelled},
        {"too_large", stats.too_large},     {"broken", stats.broken},
    };
    metric_gauge(writer, "netguru_outgoing_in_flight", "Calls to other servers in progress.",
                 stats.in_flight);
    metric_gauge(writer, "netguru_outgoing_waiting", "Calls that wait their turn.", stats.waiting);
    metric_counter(writer, "netguru_outgoing_calls", "Calls to other servers.",
                   (double)stats.calls);
    metric_counter(writer, "netguru_outgoing_sent_bytes", "Bytes sent.", (double)stats.bytes_sent);
    metric_counter(writer, "netguru_outgoing_received_bytes", "Bytes received.",
                   (double)stats.bytes_received);
    metric_begin(writer, &failures);
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        metric_sample(writer, METRIC_VALUES(str_of(reasons[i].reason)), (double)reasons[i].count);
}
