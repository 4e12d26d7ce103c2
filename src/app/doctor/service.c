/* SPDX-License-Identifier: Apache-2.0 */
/* The encryption keys, the consumers of queues, and backups. */
#include "app/doctor/internal.h"

#include "backup/backup.h"
#include "base/time.h"
#include "services/encryption.h"

/* A day and a half: the daily backup of today may still be running. */
enum { BACKUP_MAX_HOURS = 36, QUEUE_MAX_S = 600 };

/* The check of the canary would write it where there is none, which serve does at its start. */
void doctor_check_keys(Doctor *doctor)
{
    Error error = {0};
    bool has_canary = false;
    if (!encryption_has_canary(doctor->session, &has_canary, &error)) {
        doctor_add(doctor, FINDING_UNKNOWN, "%s", error.message)->command =
            STR("netguru doctor, as the owner of the database");
        return;
    }
    Keyring *keyring = process_open_keyring(doctor->command->settings,
                                            doctor->has_home ? &doctor->home : NULL, &error);
    bool fits =
        keyring && (!has_canary || encryption_check_canary(doctor->session, keyring, &error));
    keyring_free(keyring);
    if (fits) {
        doctor_add(doctor, FINDING_OK, "%s",
                   has_canary ? "the encryption keys are those of the database"
                              : "nothing is encrypted with them yet");
        return;
    }
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%s", error.message);
    finding->cause = STR("API keys of users cannot be decrypted, and serve does not start");
    finding->command = STR("put the former encryption.key back, from where keys are kept "
                           "(docs/api-keys.md), and restart netguru up");
}

static double metric(const DbRows *rows, const char *name)
{
    double highest = 0;
    for (size_t row = 0; row < rows->count; row++) {
        if (str_equal(db_str(rows, row, 0), str_of(name)))
            highest = MAX_OF(highest, db_read_f64(rows, row, 2));
    }
    return highest;
}

void doctor_check_queues(Doctor *doctor)
{
    const DbRows *rows = doctor_query(doctor, "SELECT family, label, value FROM metrics_read()");
    if (!rows)
        return;
    double due = metric(rows, "queue_due");
    double oldest_s = metric(rows, "queue_oldest_seconds");
    double dead = metric(rows, "jobs_dead");
    long long workers = doctor->redis->workers;
    if (workers == 0) {
        Finding *finding =
            doctor_add(doctor, FINDING_ERROR, "no worker takes jobs from the queues");
        finding->cause =
            arena_printf(doctor->arena, "no netguru work is alive: %.0f jobs wait", due);
        finding->command = STR("netguru up, or systemctl restart the unit of netguru work");
    } else if (oldest_s > QUEUE_MAX_S) {
        Finding *finding =
            doctor_add(doctor, FINDING_WARNING, "a job has waited for %.0f minutes", oldest_s / 60);
        finding->cause = arena_printf(doctor->arena, "%lld workers are too few, or stuck", workers);
        finding->command = STR("netguru admin jobs; raise NETGURU_WORK_PROCESSES");
    } else {
        doctor_add(doctor, FINDING_OK, "%lld worker processes, %.0f jobs wait", workers, due);
    }
    if (dead > 0) {
        Finding *finding =
            doctor_add(doctor, FINDING_WARNING, "%.0f jobs have failed for good", dead);
        finding->cause = STR("each attempt failed; the dead letters have the reasons");
        finding->command =
            STR("netguru admin jobs --dead, then netguru admin retry-dead or purge-dead");
    }
}

static void add_bad_backup(Doctor *doctor, const BackupStatus *status, double hours)
{
    Finding *finding;
    if (status->failed_s) {
        finding = doctor_add(doctor, FINDING_ERROR, "the last backup failed");
        finding->cause = status->failure;
        finding->command = STR("see log/backup.log, then netguru backup create");
    } else if (status->proof_failed_s) {
        finding = doctor_add(doctor, FINDING_ERROR, "the last backup did not pass its proof");
        finding->cause = STR("netguru backup list names the reason");
        finding->command = STR("netguru backup create && netguru backup verify");
    } else {
        finding = doctor_add(doctor, FINDING_ERROR, "the last backup is %.0f hours old", hours);
        finding->cause = STR("the daily backup did not run: netguru up or the timer is off");
        finding->command = STR("netguru backup create");
    }
}

void doctor_check_backups(Doctor *doctor)
{
    Error error = {0};
    BackupStatus status = {0};
    int64_t now_s = time_now_us() / 1000000;
    bool is_known = backup_status_read(&doctor->home, doctor->arena, &status, &error);
    int64_t since_s = status.created_s ? status.created_s : status.since_s;
    double hours = (double)(now_s - since_s) / 3600;
    bool is_young = !status.created_s && (!is_known || hours <= BACKUP_MAX_HOURS);
    if (is_known && (status.failed_s || status.proof_failed_s ||
                     (status.created_s && hours > BACKUP_MAX_HOURS))) {
        add_bad_backup(doctor, &status, hours);
    } else if (is_young) {
        doctor_add(doctor, FINDING_OK, "none yet: netguru backup create (docs/backup.md)");
    } else if (!status.created_s) {
        doctor_add(doctor, FINDING_ERROR, "there is no backup")->command =
            STR("netguru backup create");
    } else {
        doctor_add(doctor, FINDING_OK, "the last one is %.0f hours old%s", hours,
                   status.proved_s ? "" : ", never proved: netguru backup verify");
    }
}
