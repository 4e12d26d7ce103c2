/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/session.h"

bool account_end_session(Task *task, const Services *services, const Uuid *user_id,
                         const Uuid *session_id, bool *out_found)
{
    return session_close(task, services, user_id, session_id, out_found);
}

bool account_end_sessions(Task *task, const Services *services, const Uuid *user_id,
                          const Uuid *kept)
{
    return kept ? session_close_others(task, services, user_id, kept)
                : session_close_all(task, services, user_id);
}

bool account_change_sessions(Task *task, const Services *services, const Account *account)
{
    return session_change(task, services, &account->id, account->plan_tier, account->is_superuser);
}

bool account_write_sessions(Task *task, const Services *services, const Uuid *user_id,
                            const Uuid *current, JsonWriter *json)
{
    return session_write_list(task, services, user_id, current, json);
}
