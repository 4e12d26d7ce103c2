/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of the calls to providers, of the whole process. Models are not named: users choose them.
 */
#include "llm/internal.h"

enum { PROVIDERS = 4, FAILURES = LLM_BROKEN + 1 };

static const LlmProvider providers[PROVIDERS] = {LLM_OPENAI, LLM_ANTHROPIC, LLM_AZURE, LLM_LOCAL};

static const char *const failure_names[FAILURES] = {
    [LLM_OK] = "cancelled",          [LLM_KEY_REFUSED] = "key_refused",
    [LLM_NO_CREDIT] = "no_credit",   [LLM_LIMITED] = "limited",
    [LLM_OVERLOADED] = "overloaded", [LLM_BAD_REQUEST] = "bad_request",
    [LLM_TOO_LONG] = "too_long",     [LLM_UNREACHABLE] = "unreachable",
    [LLM_SILENT] = "silent",         [LLM_BROKEN] = "broken",
};

static struct {
    uint64_t attempts;
    uint64_t failures[FAILURES];
    int64_t input;
    int64_t cached;
    int64_t output;
    MetricHistogram first_event;
} counts[PROVIDERS];

const char *llm_failure_name(LlmFailure failure)
{
    return failure_names[failure];
}

void count_attempt(LlmProvider provider)
{
    counts[provider].attempts++;
}

void count_failure(LlmProvider provider, LlmFailure failure)
{
    counts[provider].failures[failure]++;
}

void count_first_event(const Task *task, LlmProvider provider, uint64_t started_ns)
{
    metric_observe_since(&counts[provider].first_event, started_ns, &task->trace_id);
}

/* A provider must not make a counter go back. */
static int64_t not_negative(int64_t tokens)
{
    return MAX_OF(tokens, (int64_t)0);
}

void count_usage(LlmProvider provider, const LlmUsage *usage)
{
    counts[provider].input += not_negative(usage->input - usage->cached);
    counts[provider].cached += not_negative(usage->cached);
    counts[provider].output += not_negative(usage->output);
}

static void collect_tokens(MetricWriter *writer)
{
    static const MetricFamily tokens = {"netguru_llm_tokens",
                                        METRIC_COUNTER,
                                        "Tokens that providers have counted.",
                                        {"provider", "kind"}};
    metric_begin(writer, &tokens);
    for (size_t i = 0; i < PROVIDERS; i++) {
        Str name = str_of(llm_provider_name(providers[i]));
        size_t at = (size_t)providers[i];
        metric_sample(writer, METRIC_VALUES(name, STR("input")), (double)counts[at].input);
        metric_sample(writer, METRIC_VALUES(name, STR("cached")), (double)counts[at].cached);
        metric_sample(writer, METRIC_VALUES(name, STR("output")), (double)counts[at].output);
    }
}

static void collect_failures(MetricWriter *writer)
{
    static const MetricFamily failures = {"netguru_llm_failures",
                                          METRIC_COUNTER,
                                          "Calls that ended without a whole answer, by reason.",
                                          {"provider", "reason"}};
    metric_begin(writer, &failures);
    for (size_t i = 0; i < PROVIDERS; i++) {
        Str name = str_of(llm_provider_name(providers[i]));
        for (size_t reason = 0; reason < FAILURES; reason++)
            metric_sample(writer, METRIC_VALUES(name, str_of(failure_names[reason])),
                          (double)counts[providers[i]].failures[reason]);
    }
}

void llm_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily attempts = {"netguru_llm_requests",
                                          METRIC_COUNTER,
                                          "Requests to providers, repeated ones included.",
                                          {"provider"}};
    static const MetricFamily first_event = {"netguru_llm_first_token_seconds",
                                             METRIC_HISTOGRAM,
                                             "Time from a call to the first event of its answer.",
                                             {"provider"}};
    (void)source;
    metric_begin(writer, &attempts);
    for (size_t i = 0; i < PROVIDERS; i++)
        metric_sample(writer, METRIC_VALUES(str_of(llm_provider_name(providers[i]))),
                      (double)counts[providers[i]].attempts);
    collect_failures(writer);
    collect_tokens(writer);
    metric_begin(writer, &first_event);
    for (size_t i = 0; i < PROVIDERS; i++)
        metric_sample_histogram(writer, METRIC_VALUES(str_of(llm_provider_name(providers[i]))),
                                &counts[providers[i]].first_event);
}
