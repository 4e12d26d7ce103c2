/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "net/outgoing/internal.h"

#include <netdb.h>

/* A lookup outlives the calls that wait for it: a thread of the pool is in getaddrinfo. */
struct OutgoingLookup {
    uv_getaddrinfo_t request;
    Outgoing *outgoing;
    OutgoingHost *host;
};

static OutgoingHost *host_of(ListNode *node)
{
    return node ? CONTAINER_OF(node, OutgoingHost, node) : NULL;
}

static void free_host(Outgoing *outgoing, OutgoingHost *host)
{
    check(host->references == 0 && host->calls == 0 && !host->lookup);
    list_remove(&outgoing->hosts, &host->node);
    mem_free(host->name);
    mem_free(host);
}

/* Removes the names that have been unused for longest. */
static void forget_hosts(Outgoing *outgoing, uint32_t kept)
{
    ListNode *previous = NULL;
    for (ListNode *node = outgoing->hosts.last; node && outgoing->hosts.count > kept;
         node = previous) {
        previous = node->previous;
        if (host_of(node)->references == 0)
            free_host(outgoing, host_of(node));
    }
}

void hosts_free(Outgoing *outgoing)
{
    forget_hosts(outgoing, 0);
    check(outgoing->hosts.count == 0);
}

OutgoingHost *host_ref(Outgoing *outgoing, Str name)
{
    ListNode *node = outgoing->hosts.first;
    while (node && !str_equal(str_of(host_of(node)->name), name))
        node = node->next;
    OutgoingHost *host = host_of(node);
    if (host) {
        list_remove(&outgoing->hosts, node);
    } else {
        forget_hosts(outgoing, OUTGOING_MAX_NAMES - 1);
        host = MEM_NEW(OutgoingHost);
        host->name = mem_alloc(name.size + 1, 1);
        str_copy_to(name, host->name, name.size + 1);
    }
    list_prepend(&outgoing->hosts, &host->node);
    host->references++;
    return host;
}

void host_unref(OutgoingHost *host)
{
    check(host->references > 0);
    host->references--;
}

static bool has_room(const OutgoingTransfer *transfer)
{
    const Outgoing *outgoing = transfer->outgoing;
    return outgoing->stats.in_flight < outgoing->options.max_calls &&
           transfer->host->calls < outgoing->options.max_calls_per_host;
}

static void give_turn(OutgoingTransfer *transfer)
{
    Outgoing *outgoing = transfer->outgoing;
    list_remove(&outgoing->queued, &transfer->node);
    list_append(&outgoing->others, &transfer->node);
    transfer->has_turn = true;
    transfer->state = TRANSFER_PREPARING;
    transfer->host->calls++;
    outgoing->stats.in_flight++;
    client_update_ref(outgoing);
}

bool host_take_turn(Task *task, OutgoingTransfer *transfer)
{
    Outgoing *outgoing = transfer->outgoing;
    /* A call must not overtake those that wait already, unless the limits of their hosts are what
     * they wait for. */
    if (has_room(transfer))
        give_turn(transfer);
    while (transfer->state == TRANSFER_QUEUED) {
        outgoing->stats.waiting++;
        bool woken = transfer_wait(task, transfer, 0);
        outgoing->stats.waiting--;
        if (!woken)
            return false;
    }
    return transfer->state != TRANSFER_ENDED || failure_of_transfer(task, transfer);
}

void host_leave_turn(OutgoingTransfer *transfer)
{
    Outgoing *outgoing = transfer->outgoing;
    if (!transfer->has_turn)
        return;
    transfer->has_turn = false;
    transfer->host->calls--;
    outgoing->stats.in_flight--;
    client_update_ref(outgoing);
    ListNode *next = NULL;
    for (ListNode *each = outgoing->queued.first;
         each && outgoing->stats.in_flight < outgoing->options.max_calls; each = next) {
        next = each->next;
        if (!has_room(transfer_of(each)))
            continue;
        give_turn(transfer_of(each));
        transfer_progress(transfer_of(each));
    }
}

static void wake_waiting(Outgoing *outgoing)
{
    for (ListNode *each = outgoing->others.first; each; each = each->next) {
        if (transfer_of(each)->state == TRANSFER_PREPARING)
            transfer_progress(transfer_of(each));
    }
}

static void take_addresses(OutgoingHost *host, const struct addrinfo *list)
{
    host->address_count = 0;
    for (; list && host->address_count < OUTGOING_MAX_ADDRESSES; list = list->ai_next) {
        IpAddress address = ip_of_socket(list->ai_addr);
        if (ip_is_set(address))
            host->addresses[host->address_count++] = address;
    }
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    OutgoingLookup *lookup = request->data;
    Outgoing *outgoing = lookup->outgoing;
    OutgoingHost *host = lookup->host;
    take_addresses(host, status == 0 ? list : NULL);
    host->status = status == 0 && host->address_count == 0 ? UV_EAI_NODATA : status;
    host->resolved_ms = time_monotonic_ms();
    host->lookup = NULL;
    uv_freeaddrinfo(list);
    mem_free(lookup);
    wake_waiting(outgoing);
    host_unref(host);
    client_handle_closed(outgoing);
}

static void start_lookup(Outgoing *outgoing, OutgoingHost *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    OutgoingLookup *lookup = MEM_NEW(OutgoingLookup);
    lookup->outgoing = outgoing;
    lookup->host = host;
    lookup->request.data = lookup;
    int status = uv_getaddrinfo(loop_uv(outgoing->loop), &lookup->request, on_resolved, host->name,
                                NULL, &hints);
    if (status != 0) { /* a name that can be none: too long, say */
        host->status = status;
        mem_free(lookup);
        return;
    }
    host->lookup = lookup;
    host->references++;
    outgoing->handles++;
    outgoing->stats.lookups++;
}

static bool is_fresh(const OutgoingHost *host)
{
    return host->address_count > 0 &&
           time_monotonic_ms() - host->resolved_ms < OUTGOING_NAME_FRESH_MS;
}

bool host_resolve(Task *task, OutgoingTransfer *transfer, OutgoingHost *host)
{
    while (!is_fresh(host)) {
        if (!host->lookup) {
            host->status = 0;
            start_lookup(transfer->outgoing, host);
        }
        if (host->lookup && !transfer_wait(task, transfer, transfer->connect_until_ms))
            return false;
        if (transfer->state == TRANSFER_ENDED)
            return failure_of_transfer(task, transfer);
        /* A lookup that its last waiter gave up is started again for the next one. */
        if (!host->lookup && host->status != 0 && host->status != UV_EAI_CANCELED)
            return failure_of_name(task, transfer, host->status);
    }
    return true;
}

void host_forget_lookup(OutgoingHost *host)
{
    if (host->lookup && host->references <= 2)
        (void)uv_cancel((uv_req_t *)&host->lookup->request);
}
