/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of logins and refusals, of the whole process. */
#include "accounts/account.h"
#include "accounts/internal.h"

static struct {
    uint64_t done;
    uint64_t wrong;
    uint64_t too_early;
    uint64_t unavailable;
    uint64_t other;
} logins;
static uint64_t registrations[2]; /* refused, done */
static uint64_t rate_refusals;

void count_login(ErrorCode code)
{
    switch (code) {
    case ERR_NONE:
        logins.done++;
        break;
    case ERR_AUTH:
        logins.wrong++;
        break;
    case ERR_RATE_LIMIT_EXCEEDED:
        logins.too_early++;
        break;
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
        logins.unavailable++;
        break;
    default:
        logins.other++;
    }
}

void count_registration(bool done)
{
    registrations[done]++;
}

void count_rate_refusal(void)
{
    rate_refusals++;
}

void accounts_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily ends = {
        "netguru_logins", METRIC_COUNTER, "Logins by how they ended.", {"end"}};
    static const MetricFamily new_accounts = {
        "netguru_registrations", METRIC_COUNTER, "Registrations by how they ended.", {"end"}};
    (void)source;
    metric_begin(writer, &ends);
    metric_sample(writer, METRIC_VALUES(STR("done")), (double)logins.done);
    metric_sample(writer, METRIC_VALUES(STR("wrong")), (double)logins.wrong);
    metric_sample(writer, METRIC_VALUES(STR("too_early")), (double)logins.too_early);
    metric_sample(writer, METRIC_VALUES(STR("unavailable")), (double)logins.unavailable);
    metric_sample(writer, METRIC_VALUES(STR("other")), (double)logins.other);
    metric_begin(writer, &new_accounts);
    metric_sample(writer, METRIC_VALUES(STR("done")), (double)registrations[true]);
    metric_sample(writer, METRIC_VALUES(STR("refused")), (double)registrations[false]);
    metric_counter(writer, "netguru_rate_limited_requests", "Requests refused by a rate limit.",
                   (double)rate_refusals);
}
