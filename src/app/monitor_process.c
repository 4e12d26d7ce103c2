/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of this process. Files of /proc are read without waiting for a disk. */
#include "app/monitor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STAT_MAX_BYTES = 2048, FIELD_START_TIME = 22, FIELD_VIRTUAL = 23, FIELD_RESIDENT = 24 };

static size_t read_file(const char *path, char *out, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, out, size - 1);
    if (file >= 0)
        close(file);
    out[MAX_OF(length, (ssize_t)0)] = '\0';
    return (size_t)MAX_OF(length, (ssize_t)0);
}

/* Returns a field of /proc/self/stat, counted from 1 as in proc(5). The name of the program, the
 * second field, may contain blanks and ends with the last bracket. */
static double stat_field(Str text, int wanted)
{
    Str word;
    Str rest = str_from(text, str_find_last_byte(text, ')') + 1);
    for (int field = 3; str_next_word(&rest, &word); field++) {
        uint64_t value = 0;
        if (field == wanted)
            return str_parse_u64(word, &value) ? (double)value : 0;
    }
    return 0;
}

static uint32_t count_descriptors(void)
{
    uint32_t count = 0;
    const struct dirent *entry;
    DIR *directory = opendir("/proc/self/fd");
    while (directory && (entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count > 0 ? count - 1 : 0; /* that of the directory itself */
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* The start in seconds since 1970, from ticks since the boot. */
static double start_time(double start_ticks)
{
    struct timespec now;
    struct timespec since_boot;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    double boot =
        (double)(now.tv_sec - since_boot.tv_sec) + (double)(now.tv_nsec - since_boot.tv_nsec) / 1e9;
    return boot + start_ticks / (double)sysconf(_SC_CLK_TCK);
}

void process_collect(MetricWriter *writer, const void *source)
{
    char buffer[STAT_MAX_BYTES];
    struct rusage usage = {0};
    struct rlimit files = {0};
    (void)source;
    Str text = {buffer, read_file("/proc/self/stat", buffer, sizeof(buffer))};
    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &files);
    metric_counter(writer, "process_cpu_seconds", "Processor time, of user and system.",
                   seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    metric_gauge(writer, "process_resident_memory_bytes", "Memory of the process in RAM.",
                 stat_field(text, FIELD_RESIDENT) * (double)sysconf(_SC_PAGESIZE));
    metric_gauge(writer, "process_virtual_memory_bytes", "Address space of the process.",
                 stat_field(text, FIELD_VIRTUAL));
    metric_gauge(writer, "process_open_fds", "Open descriptors.", count_descriptors());
    metric_gauge(writer, "process_max_fds", "Descriptors that may be open.",
                 (double)files.rlim_cur);
    metric_gauge(writer, "process_start_time_seconds", "Start of the process, since 1970.",
                 start_time(stat_field(text, FIELD_START_TIME)));
}
