/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/show.h"

#include "engines/show/judge.h"
#include "engines/show/outputs.h"
#include "engines/show/template_index.h"

/* A template whose rules know fewer of the lines has not understood the output. */
static const double LEAST_SHARE = 0.3;
/* Where several platforms print the same table, the one of the other outputs is taken. */
static const double NEARLY_BEST = 0.9;

/* Of platforms whose templates read an output about equally well, one that many networks have. */
static const Str usual_platforms[] = {
    STR_INIT("cisco_ios"),     STR_INIT("cisco_nxos"), STR_INIT("arista_eos"),
    STR_INIT("juniper_junos"), STR_INIT("cisco_xr"),   STR_INIT("cisco_asa"),
};

/* One template tried on one output. */
typedef struct {
    size_t output;
    TemplateMatch match;
    TextFsmTable table;
    Str problem;
    double share; /* of the lines that are not blank: those that a rule matched */
} Trial;

typedef struct {
    Str platform;
    double votes;
} Vote;

typedef struct {
    Arena *arena;
    ShowReport *report;
    Str name; /* of the file */
    VEC(Trial) trials;
    VEC(Vote) votes;
} Choice;

static void try_template(Choice *choice, size_t number, const TemplateMatch *match)
{
    Error error = {0};
    Arena *arena = choice->arena;
    const ShowOutput *output = &choice->report->outputs.items[number];
    Trial trial = {.output = number, .match = *match};
    TextFsm *template = textfsm_compile(arena, template_source(match->name), &error);
    if (!template)
        return;
    if (!textfsm_run(template, arena, output->text, &trial.table, &error))
        trial.problem = arena_copy(arena, str_of(error.message));
    if (trial.table.row_count == 0 || trial.table.line_count == 0)
        return;
    trial.share = (double)trial.table.matched_count / (double)trial.table.line_count;
    if (trial.share >= LEAST_SHARE)
        *VEC_PUSH(arena, &choice->trials) = trial;
}

static Vote *vote_of(Choice *choice, Str platform)
{
    for (size_t i = 0; i < choice->votes.count; i++) {
        if (str_equal(choice->votes.items[i].platform, platform))
            return &choice->votes.items[i];
    }
    Vote *vote = VEC_PUSH(choice->arena, &choice->votes);
    *vote = (Vote){.platform = platform};
    return vote;
}

/* A platform counts by how much of the outputs its templates have understood. */
static void count_votes(Choice *choice)
{
    for (size_t i = 0; i < choice->trials.count; i++) {
        const Trial *trial = &choice->trials.items[i];
        if (str_empty(trial->problem))
            vote_of(choice, trial->match.platform)->votes += trial->share;
    }
}

static double usual(Str platform)
{
    for (size_t i = 0; i < COUNT_OF(usual_platforms); i++) {
        if (str_equal(platform, usual_platforms[i]))
            return (double)(COUNT_OF(usual_platforms) - i) / COUNT_OF(usual_platforms);
    }
    return 0;
}

/* First counts that the template has read the whole output, then that the name of the file says
 * the platform, then the share of the lines, and then what the other outputs say. */
static double merit(Choice *choice, const Trial *trial, double best)
{
    Str platform = trial->match.platform;
    double whole = str_empty(trial->problem) ? 1 : 0;
    double named = str_find(choice->name, platform) != STR_NOT_FOUND ? 1 : 0;
    double near = trial->share >= NEARLY_BEST * best ? 1 : 0;
    double votes = vote_of(choice, platform)->votes;
    return 10000 * whole + 5000 * named + 2000 * near + MIN_OF(votes, 1000.0) + usual(platform);
}

static double best_share(const Choice *choice, size_t output)
{
    double best = 0;
    for (size_t i = 0; i < choice->trials.count; i++) {
        const Trial *trial = &choice->trials.items[i];
        if (trial->output == output && str_empty(trial->problem))
            best = MAX_OF(best, trial->share);
    }
    return best;
}

static void choose(Choice *choice, size_t number)
{
    const Trial *chosen = NULL;
    ShowOutput *output = &choice->report->outputs.items[number];
    double best = best_share(choice, number);
    for (size_t i = 0; i < choice->trials.count; i++) {
        const Trial *trial = &choice->trials.items[i];
        if (trial->output == number &&
            (!chosen || merit(choice, trial, best) > merit(choice, chosen, best)))
            chosen = trial;
    }
    if (!chosen)
        return;
    output->platform = chosen->match.platform;
    output->template = chosen->match.name;
    output->table = chosen->table;
    output->problem = chosen->problem;
}

static Str file_name(Str path)
{
    size_t slash = str_find_last_byte(path, '/');
    return slash == STR_NOT_FOUND ? path : str_from(path, slash + 1);
}

void show_read(Arena *arena, Str name, Str text, ShowReport *out_report)
{
    Choice choice = {.arena = arena, .report = out_report, .name = file_name(name)};
    const TemplateIndex *index = template_index_new(arena, template_index_text());
    *out_report = (ShowReport){0};
    outputs_cut(arena, name, text, out_report);
    for (size_t i = 0; i < out_report->outputs.count; i++) {
        TemplateMatchVec matches = {0};
        template_index_find(index, arena, out_report->outputs.items[i].command, &matches);
        for (size_t j = 0; j < matches.count; j++)
            try_template(&choice, i, &matches.items[j]);
    }
    count_votes(&choice);
    for (size_t i = 0; i < out_report->outputs.count; i++)
        choose(&choice, i);
    show_judge(arena, out_report);
}
