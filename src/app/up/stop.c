/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a supervisor: its children in order, then whatever they have left behind. */
#include "app/up/supervisor_private.h"
#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STOP_GRACE_MS = 15 * 1000,
    HARD_GRACE_MS = 5 * 1000,
    STOP_POLL_MS = 50,
    LEFTOVER_LIMIT_MS = 10 * 1000,
};

/* How hard a child is asked to end. */
typedef enum { ASK, INSIST, KILL } Force;

static int signal_of(const Child *child, Force force)
{
    if (force == ASK)
        return child->options.stop_signal;
    /* PostgreSQL's immediate shutdown: its own children end too, and it recovers at the start. */
    if (force == INSIST && child->order == CHILD_POSTGRES)
        return SIGQUIT;
    return SIGKILL;
}

static void send(const Child *child, Force force)
{
    if (!child->pid)
        return;
    kill(child->pid, signal_of(child, force));
    kill(child->pid, SIGCONT); /* one that is stopped hears nothing */
}

/* The step of a start is ended with serve and work, whose servers it uses. */
static void send_all(const Supervisor *supervisor, ChildOrder order, Force force)
{
    if (order == CHILD_OF_APP)
        send(&supervisor->step, force);
    for (size_t i = 0; i < supervisor->child_count; i++) {
        if (supervisor->children[i].order == order)
            send(&supervisor->children[i], force);
    }
}

static bool is_running(const Supervisor *supervisor, ChildOrder order)
{
    if (order == CHILD_OF_APP && supervisor->step.pid)
        return true;
    for (size_t i = 0; i < supervisor->child_count; i++) {
        if (supervisor->children[i].order == order && supervisor->children[i].pid)
            return true;
    }
    return false;
}

static void stop_order(Supervisor *supervisor, ChildOrder order)
{
    Force force = ASK;
    unsigned signals = supervisor->stop_signals;
    uint64_t until = time_monotonic_ms() + STOP_GRACE_MS;
    send_all(supervisor, order, force);
    while (is_running(supervisor, order)) {
        supervisor_listen(supervisor, STOP_POLL_MS);
        bool is_urged = supervisor->stop_signals > signals && supervisor->stop_signals > 1;
        if (!is_urged && time_monotonic_ms() <= until)
            continue;
        signals = supervisor->stop_signals;
        until = time_monotonic_ms() + HARD_GRACE_MS;
        force = MIN_OF(force + 1, KILL);
        send_all(supervisor, order, force);
    }
}

/* Descendants that lost their parent are children of this process now. The list of their ids is
 * read to its end: a part of an id would be the id of another process. */
static void kill_leftovers(void)
{
    char path[64];
    int byte = 0;
    pid_t pid = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    FILE *list = fopen(path, "re");
    while (list && (byte = fgetc(list)) != EOF) {
        if (byte >= '0' && byte <= '9') {
            pid = pid * 10 + (byte - '0');
            continue;
        }
        if (pid > 1)
            kill(pid, SIGKILL);
        pid = 0;
    }
    if (list)
        fclose(list);
}

static bool has_children(void)
{
    siginfo_t info = {0};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static void end_leftovers(Supervisor *supervisor)
{
    uint64_t until = time_monotonic_ms() + LEFTOVER_LIMIT_MS;
    while (has_children() && time_monotonic_ms() < until) {
        kill_leftovers();
        supervisor_listen(supervisor, STOP_POLL_MS);
    }
    if (has_children())
        log_error("up.not_all_ended", LOG_TEXT("where", supervisor->home->path));
}

void supervisor_stop(Supervisor *supervisor)
{
    supervisor->serving = false;
    for (ChildOrder order = CHILD_OF_APP; order < CHILD_ORDERS; order++)
        stop_order(supervisor, order);
    end_leftovers(supervisor);
    if (supervisor->children_lock >= 0)
        close(supervisor->children_lock);
    if (supervisor->lock >= 0)
        close(supervisor->lock);
    supervisor->children_lock = supervisor->lock = -1;
}

void supervisor_end_by_signal(const Supervisor *supervisor)
{
    int number = supervisor->stop_signal;
    sigset_t mine;
    if (!number)
        return;
    fflush(stdout);
    sigemptyset(&mine);
    sigaddset(&mine, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &mine, NULL);
    _exit(128 + number); /* the first process of a container is spared its own signals */
}
