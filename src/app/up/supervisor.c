/* SPDX-License-Identifier: Apache-2.0 */
#include "app/up/supervisor.h"

#include "app/up/supervisor_private.h"
#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FORMER_CHILDREN_MS = 60 * 1000,
    LOCK_POLL_MS = 20,
    TICK_MS = 200,
    SAME_SIGNAL_MS = 1000,
    RESTART_PAUSE_MS = 200,
    RESTART_PAUSE_MAX_MS = 10 * 1000,
    PERIODIC_PAUSE_MS = 5 * 60 * 1000,
    PERIODIC_PAUSE_MAX_MS = 6 * 60 * 60 * 1000,
};

static bool has_terminal(void)
{
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

void supervisor_init(Supervisor *supervisor, const Home *home)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    *supervisor = (Supervisor){.home = home, .lock = -1, .children_lock = -1};
    supervisor->ends_at_hangup = signal(SIGHUP, SIG_DFL) != SIG_IGN; /* nohup ignores it */
    supervisor->had_terminal = has_terminal();
    sigemptyset(&supervisor->signals);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        sigaddset(&supervisor->signals, numbers[i]);
        /* A script's background starts us with SIGINT ignored, and an ignored SIGCHLD would reap.
         */
        signal(numbers[i], SIG_DFL);
    }
    sigprocmask(SIG_BLOCK, &supervisor->signals, NULL);
    /* What the children leave behind becomes ours, and supervisor_stop ends it. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void note_child_end(Supervisor *supervisor, Child *child, int status)
{
    char how[80];
    child->pid = 0;
    if (!supervisor->serving && !child->is_periodic && !supervisor->ended) {
        supervisor->ended = child;
        supervisor->ended_status = status;
    }
    if (supervisor->stop_signal || !supervisor->serving)
        return;
    service_describe_end(status, how, sizeof(how));
    if (!child->is_periodic || status != 0)
        log_warn("up.child_ended", LOG_TEXT("child", child->options.name), LOG_TEXT("how", how));
    unsigned least = child->is_periodic ? PERIODIC_PAUSE_MS : RESTART_PAUSE_MS;
    unsigned most = child->is_periodic ? PERIODIC_PAUSE_MAX_MS : RESTART_PAUSE_MAX_MS;
    bool went_well = child->is_periodic
                         ? status == 0
                         : time_monotonic_ms() - child->started_ms > RESTART_PAUSE_MAX_MS;
    child->pause_ms = went_well ? least : MIN_OF(MAX_OF(child->pause_ms * 2, least), most);
    child->restart_at_ms = time_monotonic_ms() + child->pause_ms;
}

static void note_end(Supervisor *supervisor, pid_t pid, int status)
{
    if (pid == supervisor->step.pid) {
        supervisor->step.pid = 0;
        supervisor->step_status = status;
        return;
    }
    for (size_t i = 0; i < supervisor->child_count; i++) {
        if (supervisor->children[i].pid == pid) {
            note_child_end(supervisor, &supervisor->children[i], status);
            return;
        }
    }
}

/* A terminal and a script often send the same wish twice: only a later signal is a new one. */
static void note_stop_signal(Supervisor *supervisor, int number)
{
    uint64_t now_ms = time_monotonic_ms();
    if (!supervisor->stop_signal)
        supervisor->stop_signal = number;
    if (!supervisor->stop_signals || now_ms - supervisor->stop_signal_ms >= SAME_SIGNAL_MS)
        supervisor->stop_signals++;
    supervisor->stop_signal_ms = now_ms;
}

/* Returns whether the SIGHUP says that the terminal was closed. The kernel says so itself, and a
 * shell passes it on. Any other sender wants the logs to be opened again. */
static bool is_hangup(const Supervisor *supervisor, const siginfo_t *info)
{
    return supervisor->ends_at_hangup &&
           (info->si_code == SI_KERNEL || (supervisor->had_terminal && !has_terminal()));
}

static void reopen_log(const Supervisor *supervisor, const Child *child)
{
    const ServiceOptions *options = &child->options;
    if (!child->pid || !options->reopen_signal)
        return;
    if (options->reopen_file) {
        int file =
            home_open_postgres_file(supervisor->home, options->reopen_file, O_WRONLY | O_CREAT);
        if (file < 0)
            log_warn("up.log_not_reopened", LOG_TEXT("child", options->name),
                     LOG_TEXT("error", strerror(errno)));
        else
            close(file);
    }
    kill(child->pid, options->reopen_signal);
}

/* After the files of log/ were renamed. Redis opens its file for each line. */
static void reopen_logs(const Supervisor *supervisor)
{
    log_reopen();
    for (size_t i = 0; i < supervisor->child_count; i++)
        reopen_log(supervisor, &supervisor->children[i]);
    log_info("up.logs_reopened");
}

void supervisor_listen(Supervisor *supervisor, unsigned timeout_ms)
{
    pid_t pid = 0;
    int status = 0;
    siginfo_t info = {0};
    struct timespec patience = {.tv_sec = timeout_ms / 1000,
                                .tv_nsec = (long)(timeout_ms % 1000) * 1000 * 1000};
    int number = sigtimedwait(&supervisor->signals, &info, &patience);
    if (number == SIGHUP && !is_hangup(supervisor, &info))
        reopen_logs(supervisor);
    else if (number > 0 && number != SIGCHLD)
        note_stop_signal(supervisor, number);
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        note_end(supervisor, pid, status);
}

/* Waits for a signal, at most so long; false when the start must not go on. */
static bool pause_start(Supervisor *supervisor, unsigned timeout_ms, Error *error)
{
    supervisor_listen(supervisor, timeout_ms);
    if (supervisor->stop_signal)
        return error_set(error, ERR_CANCELLED, "stopped by %s", strsignal(supervisor->stop_signal));
    if (supervisor->ended)
        return service_fail(supervisor->home, &supervisor->ended->options, supervisor->ended_status,
                            error);
    return true;
}

static bool open_lock(const Supervisor *supervisor, const char *name, int *out_lock, Error *error)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s", supervisor->home->run, name);
    *out_lock = home_open_file(supervisor->home, path, O_RDWR | O_CREAT);
    return *out_lock >= 0 || error_set_errno(error, errno, path);
}

/* Two supervisors would start two servers on the same files. A record lock: one of flock would live
 * on in a child that has not come to its exec yet. */
static bool take_lock(Supervisor *supervisor, Error *error)
{
    struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!open_lock(supervisor, "up.lock", &supervisor->lock, error))
        return false;
    if (fcntl(supervisor->lock, F_SETLK, &holder) == 0)
        return true;
    bool is_known = fcntl(supervisor->lock, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK &&
                    holder.l_pid > 0;
    return error_set(error, ERR_CONFLICT,
                     "netguru up runs already on %s as process %d (stop it with kill %d, or name "
                     "another directory with NETGURU_HOME)",
                     supervisor->home->path, is_known ? holder.l_pid : 0,
                     is_known ? holder.l_pid : 0);
}

/* Every child holds this lock as long as it lives. */
static bool wait_for_former_children(Supervisor *supervisor, Error *error)
{
    bool is_said = false;
    uint64_t until = time_monotonic_ms() + FORMER_CHILDREN_MS;
    if (!open_lock(supervisor, "children.lock", &supervisor->children_lock, error))
        return false;
    while (flock(supervisor->children_lock, LOCK_EX | LOCK_NB) != 0) {
        if (!is_said)
            log_info("up.waiting", LOG_TEXT("for", "the servers of a former run to end"));
        is_said = true;
        if (time_monotonic_ms() > until) {
            return error_set(error, ERR_CONFLICT,
                             "the servers of a former run on %s do not end (fuser %s/children.lock"
                             " names them)",
                             supervisor->home->path, supervisor->home->run);
        }
        if (!pause_start(supervisor, LOCK_POLL_MS, error))
            return false;
    }
    return true;
}

bool supervisor_lock(Supervisor *supervisor, Error *error)
{
    return take_lock(supervisor, error) && wait_for_former_children(supervisor, error);
}

static bool start_child(Supervisor *supervisor, Child *child, Error *error)
{
    pid_t pid = service_start(supervisor->home, &child->options, error);
    child->started_ms = time_monotonic_ms();
    child->pid = MAX_OF(pid, 0);
    return pid > 0;
}

static bool add_child(Supervisor *supervisor, const Child *wanted, Error *error)
{
    check(supervisor->child_count < SUPERVISOR_MAX_CHILDREN);
    Child *child = &supervisor->children[supervisor->child_count];
    *child = *wanted;
    child->pause_ms = RESTART_PAUSE_MS;
    child->options.lock = supervisor->children_lock;
    if (!pause_start(supervisor, 0, error) || !start_child(supervisor, child, error))
        return false;
    supervisor->child_count++;
    return true;
}

bool supervisor_add(Supervisor *supervisor, const ServiceOptions *options, ChildOrder order,
                    Error *error)
{
    return add_child(supervisor, &(Child){.options = *options, .order = order}, error);
}

bool supervisor_add_periodic(Supervisor *supervisor, const ServiceOptions *options, Error *error)
{
    return add_child(supervisor,
                     &(Child){.options = *options, .order = CHILD_OF_APP, .is_periodic = true},
                     error);
}

static bool wait_for_step(Supervisor *supervisor, Error *error)
{
    while (supervisor->step.pid) {
        if (!pause_start(supervisor, TICK_MS, error))
            return false;
    }
    return true;
}

bool supervisor_run_service(Supervisor *supervisor, const ServiceOptions *options, Error *error)
{
    supervisor->step = (Child){.options = *options};
    supervisor->step.options.lock = supervisor->children_lock;
    if (!pause_start(supervisor, 0, error) || !start_child(supervisor, &supervisor->step, error) ||
        !wait_for_step(supervisor, error))
        return false;
    return supervisor->step_status == 0 ||
           service_fail(supervisor->home, options, supervisor->step_status, error);
}

/* The terminal's Ctrl-C is the supervisor's to hear; the step is killed by it, or with it. */
static _Noreturn void run_step(const Supervisor *supervisor, SupervisorStep *run, void *context,
                               int result)
{
    Error error = {0};
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &supervisor->signals, NULL);
    bool done = run(context, &error);
    fflush(stdout);
    if (!done && write(result, &error, sizeof(error)) != (ssize_t)sizeof(error))
        _exit(2);
    _exit(done ? 0 : 1);
}

static bool fork_step(Supervisor *supervisor, SupervisorStep *run, void *context, int result,
                      Error *error)
{
    pid_t parent = getpid();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(2);
        run_step(supervisor, run, context, result);
    }
    if (pid < 0)
        return error_set_errno(error, errno, "fork");
    supervisor->step = (Child){.options = {.name = "a step of the start",
                                           .stop_signal = SIGKILL,
                                           .output_inherited = true},
                               .pid = pid};
    return true;
}

bool supervisor_run_step(Supervisor *supervisor, SupervisorStep *run, void *context, Error *error)
{
    int ends[2];
    Error failure = {0};
    if (!pause_start(supervisor, 0, error))
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "pipe");
    bool forked = fork_step(supervisor, run, context, ends[1], error);
    close(ends[1]);
    bool ended = forked && wait_for_step(supervisor, error);
    bool explained = ended && read(ends[0], &failure, sizeof(failure)) == (ssize_t)sizeof(failure);
    close(ends[0]);
    if (!ended || supervisor->step_status == 0)
        return ended;
    *error = failure;
    return explained ? false
                     : service_fail(supervisor->home, &supervisor->step.options,
                                    supervisor->step_status, error);
}

static void restart_children(Supervisor *supervisor)
{
    Error error = {0};
    for (size_t i = 0; i < supervisor->child_count; i++) {
        Child *child = &supervisor->children[i];
        if (child->pid || !child->restart_at_ms || child->restart_at_ms > time_monotonic_ms())
            continue;
        child->restart_at_ms = 0;
        if (!child->is_periodic)
            log_info("up.restart", LOG_TEXT("child", child->options.name));
        if (!start_child(supervisor, child, &error)) {
            log_warn("up.restart_failed", LOG_TEXT("child", child->options.name),
                     LOG_TEXT("reason", error.message));
            child->restart_at_ms = time_monotonic_ms() + child->pause_ms;
        }
    }
}

void supervisor_serve(Supervisor *supervisor)
{
    supervisor->serving = true;
    /* A child may have ended in the moment before. */
    for (size_t i = 0; i < supervisor->child_count; i++) {
        Child *child = &supervisor->children[i];
        if (!child->pid && !child->restart_at_ms)
            child->restart_at_ms =
                time_monotonic_ms() + (child->is_periodic ? PERIODIC_PAUSE_MS : child->pause_ms);
    }
    while (!supervisor->stop_signal) {
        supervisor_listen(supervisor, TICK_MS);
        if (!supervisor->stop_signal)
            restart_children(supervisor);
    }
}
