/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunk_choice.h"

#include "base/mem.h"

#include <stdlib.h>

typedef struct Kept Kept;
struct Kept {
    Kept *next;
    TextChunk chunk;
    uint64_t number;
    unsigned merit;
    char bytes[]; /* of text and section */
};

typedef struct {
    Kept *first;
    Kept *last;
    size_t count;
} Queue;

struct ChunkChoice {
    size_t max;
    uint64_t added;
    uint64_t dropped;
    uint64_t dropped_lines;
    Queue newest;
    Queue best[CHUNK_MERIT_RARE]; /* by merit; the oldest first */
    Queue rare;
    Kept **order; /* once all are added */
    size_t order_count;
    size_t order_at;
};

ChunkChoice *chunk_choice_new(size_t max)
{
    check(max >= 8);
    ChunkChoice *choice = MEM_NEW(ChunkChoice);
    choice->max = max;
    return choice;
}

static void push(Queue *queue, Kept *kept)
{
    kept->next = NULL;
    if (queue->last)
        queue->last->next = kept;
    else
        queue->first = kept;
    queue->last = kept;
    queue->count++;
}

static Kept *pop(Queue *queue)
{
    Kept *kept = queue->first;
    queue->first = kept->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return kept;
}

static void free_queue(Queue *queue)
{
    while (queue->first)
        mem_free(pop(queue));
}

void chunk_choice_free(ChunkChoice **choice)
{
    ChunkChoice *all = *choice;
    if (!all)
        return;
    free_queue(&all->newest);
    free_queue(&all->rare);
    for (size_t i = 0; i < CHUNK_MERIT_RARE; i++)
        free_queue(&all->best[i]);
    mem_free(all->order);
    mem_free(all);
    *choice = NULL;
}

static Kept *copy(const TextChunk *chunk)
{
    Kept *kept = mem_alloc(1, sizeof(Kept) + chunk->text.size + chunk->section.size + 1);
    kept->chunk = *chunk;
    memcpy(kept->bytes, chunk->text.data, chunk->text.size);
    if (chunk->section.size)
        memcpy(kept->bytes + chunk->text.size, chunk->section.data, chunk->section.size);
    kept->chunk.text.data = kept->bytes;
    kept->chunk.section.data = kept->bytes + chunk->text.size;
    kept->chunk.title = STR("");
    kept->chunk.facts = STR("");
    return kept;
}

static void drop(ChunkChoice *choice, Kept *kept)
{
    choice->dropped++;
    choice->dropped_lines += kept->chunk.last_line - kept->chunk.first_line + 1;
    mem_free(kept);
}

static size_t count_best(const ChunkChoice *choice)
{
    size_t count = 0;
    for (size_t i = 0; i < CHUNK_MERIT_RARE; i++)
        count += choice->best[i].count;
    return count;
}

/* Drops the oldest of the least merit. */
static void drop_worst(ChunkChoice *choice)
{
    size_t merit = CHUNK_MERIT_RARE - 1;
    while (choice->best[merit].count == 0)
        merit--;
    drop(choice, pop(&choice->best[merit]));
}

/* Finds another place for a chunk that is no longer among the newest. */
static void retire(ChunkChoice *choice, Kept *kept)
{
    if (kept->merit < CHUNK_MERIT_RARE) {
        push(&choice->best[kept->merit], kept);
        if (count_best(choice) > choice->max / 4)
            drop_worst(choice);
    } else if (kept->merit == CHUNK_MERIT_RARE) {
        push(&choice->rare, kept);
        if (choice->rare.count > choice->max / 4)
            drop(choice, pop(&choice->rare));
    } else {
        drop(choice, kept);
    }
}

void chunk_choice_add(ChunkChoice *choice, const TextChunk *chunk, unsigned merit)
{
    check(!choice->order);
    Kept *kept = copy(chunk);
    kept->number = choice->added++;
    kept->merit = merit;
    push(&choice->newest, kept);
    while (choice->newest.count + count_best(choice) + choice->rare.count > choice->max)
        retire(choice, pop(&choice->newest));
}

uint64_t chunk_choice_dropped(const ChunkChoice *choice, uint64_t *out_lines)
{
    *out_lines = choice->dropped_lines;
    return choice->dropped;
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = (*(const Kept *const *)left)->number;
    uint64_t b = (*(const Kept *const *)right)->number;
    return a < b ? -1 : a > b;
}

static void append(ChunkChoice *choice, const Queue *queue)
{
    for (Kept *kept = queue->first; kept; kept = kept->next)
        choice->order[choice->order_count++] = kept;
}

static void sort(ChunkChoice *choice)
{
    choice->order = mem_alloc(choice->max + 1, sizeof(choice->order[0]));
    append(choice, &choice->newest);
    append(choice, &choice->rare);
    for (size_t i = 0; i < CHUNK_MERIT_RARE; i++)
        append(choice, &choice->best[i]);
    qsort(choice->order, choice->order_count, sizeof(choice->order[0]), by_number);
}

bool chunk_choice_next(ChunkChoice *choice, TextChunk *out_chunk)
{
    if (!choice->order)
        sort(choice);
    if (choice->order_at == choice->order_count)
        return false;
    *out_chunk = choice->order[choice->order_at++]->chunk;
    return true;
}
