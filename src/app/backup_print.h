/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `netguru backup` prints: words for people, or JSON.
 *
 *     backup_print_summary(&summary, as_json);
 */
#pragma once

#include "app/command.h"
#include "backup/backup.h"

void backup_print_summary(const BackupSummary *summary, bool as_json);
void backup_print_list(Arena *arena, const BackupSummaryVec *list, bool as_json);
void backup_print_proof(Arena *arena, Str name, const BackupProof *proof, bool as_json);
void backup_print_removed(Arena *arena, const StrVec *names, bool dry, bool as_json);
void backup_print_restored(const BackupRestored *restored, bool as_json);
void backup_print_user(Arena *arena, const BackupUserRestored *restored, bool as_json);
/* Prints a systemd service and timer for the daily backup. */
void backup_print_schedule(Str daily_at);
/* Prints a configuration of pgBackRest, with the commands to use it. */
void backup_print_pitr(const Home *home, const char *repository);
