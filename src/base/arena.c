/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdio.h>

enum { FIRST_CHUNK_BYTES = 4096 - 64, LARGEST_CHUNK_BYTES = 256 * 1024 };

/* Larger allocations have a block of their own. Under AddressSanitizer many have one, so that it
 * sees accesses beyond them; and it sees accesses to what has moved. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { LARGE_BYTES = 512 };
#define FORBID_ACCESS(block, size) ASAN_POISON_MEMORY_REGION(block, size)
#define ALLOW_ACCESS(block, size) ASAN_UNPOISON_MEMORY_REGION(block, size)
#else
enum { LARGE_BYTES = 64 * 1024 };
#define FORBID_ACCESS(block, size) ((void)(block), (void)(size))
#define ALLOW_ACCESS(block, size) ((void)(block), (void)(size))
#endif
enum { OUTGROWN_MIN_BYTES = 64, OUTGROWN_CLASSES = 2 * 17 }; /* up to LARGE_BYTES */

typedef struct Chunk {
    struct Chunk *previous;
    size_t size;
    alignas(max_align_t) char data[];
} Chunk;

typedef struct Large {
    struct Large *previous;
    size_t size;
    uint64_t number; /* of the allocation, which stays when the block moves */
    alignas(max_align_t) char data[];
} Large;

/* A block that an array was in until it grew. Arrays that grow later move into it. */
typedef struct Outgrown {
    struct Outgrown *next; /* which was outgrown earlier */
    size_t size;
    uint64_t number; /* how many there were before, and this one */
} Outgrown;

typedef struct ArenaHook {
    struct ArenaHook *previous;
    void (*function)(void *argument);
    void *argument;
} ArenaHook;

struct Arena {
    Chunk *chunk;
    size_t used;
    Large *large;
    uint64_t large_count; /* how many there were so far */
    size_t held_bytes;
    Outgrown *outgrown[OUTGROWN_CLASSES];
    uint64_t outgrown_count;
    ArenaHook *cleanups;
    bool keeps_secret;
};

Arena *arena_new(void)
{
    return MEM_NEW(Arena);
}

static void run_cleanups(Arena *arena, const ArenaHook *until)
{
    while (arena->cleanups != until) {
        ArenaHook *hook = arena->cleanups;
        arena->cleanups = hook->previous;
        hook->function(hook->argument);
    }
}

static void release(const Arena *arena, void *block)
{
    if (arena->keeps_secret)
        mem_free_secret(block);
    else
        mem_free(block);
}

static void drop_chunks(Arena *arena, const Chunk *until)
{
    while (arena->chunk != until) {
        Chunk *chunk = arena->chunk;
        arena->chunk = chunk->previous;
        arena->held_bytes -= chunk->size;
        ALLOW_ACCESS(chunk->data, chunk->size);
        release(arena, chunk);
    }
}

static void drop_large(Arena *arena, uint64_t until)
{
    while (arena->large && arena->large->number > until) {
        Large *large = arena->large;
        arena->large = large->previous;
        arena->held_bytes -= large->size;
        release(arena, large);
    }
}

void arena_free(Arena *arena)
{
    if (!arena)
        return;
    run_cleanups(arena, NULL);
    drop_chunks(arena, NULL);
    drop_large(arena, 0);
    mem_free(arena);
}

void arena_cleanup(Arena **arena)
{
    arena_free(*arena);
}

static void add_chunk(Arena *arena, size_t needed)
{
    /* The second is as large as the first, since many arenas outgrow that only just. */
    size_t usual = FIRST_CHUNK_BYTES;
    if (arena->chunk && arena->chunk->previous)
        usual = MIN_OF(2 * arena->chunk->size, (size_t)LARGEST_CHUNK_BYTES);
    size_t size = MAX_OF(usual, needed);
    Chunk *chunk = mem_resize(NULL, 1, sizeof(Chunk) + size);
    chunk->previous = arena->chunk;
    chunk->size = size;
    arena->chunk = chunk;
    arena->used = 0;
    arena->held_bytes += size;
}

static void *alloc_large(Arena *arena, size_t size)
{
    /* The pages of a block from calloc() take no memory until they are written to. */
    Large *large = mem_alloc(1, sizeof(Large) + size);
    large->previous = arena->large;
    large->size = size;
    large->number = ++arena->large_count;
    arena->large = large;
    arena->held_bytes += size;
    return large->data;
}

static size_t round_up(size_t size)
{
    enum { ALIGN = alignof(max_align_t) };
    return (MAX_OF(size, (size_t)1) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *arena_alloc(Arena *arena, size_t size)
{
    check(size <= SIZE_MAX / 2);
    if (size > LARGE_BYTES)
        return alloc_large(arena, size);
    size_t rounded = round_up(size);
    if (!arena->chunk || arena->chunk->size - arena->used < rounded)
        add_chunk(arena, rounded);
    void *pointer = arena->chunk->data + arena->used;
    arena->used += rounded;
    ALLOW_ACCESS(pointer, rounded);
    return memset(pointer, 0, rounded);
}

/* Returns the link to the block of a large allocation. */
static Large **find_large(Arena *arena, const void *pointer)
{
    Large **link = &arena->large;
    while (*link && (*link)->data != pointer)
        link = &(*link)->previous;
    check(*link);
    return link;
}

static void *resize_large(Arena *arena, void *pointer, size_t size)
{
    Large **link = find_large(arena, pointer);
    size_t former = (*link)->size;
    *link = arena->keeps_secret ? mem_resize_secret(*link, 1, sizeof(Large) + size)
                                : mem_resize(*link, 1, sizeof(Large) + size);
    memset((*link)->data + former, 0, size - former);
    (*link)->size = size;
    arena->held_bytes += size - former;
    return (*link)->data;
}

/* Returns the list for blocks of about this size: there are two for each power of two, so that the
 * steps of an array that grows by half are in different ones. */
static Outgrown **outgrown_of(Arena *arena, size_t size)
{
    size_t power = 63 - (size_t)__builtin_clzll(size);
    size_t class = 2 * power + (size >> (power - 1) & 1);
    return class < OUTGROWN_CLASSES ? &arena->outgrown[class] : NULL;
}

static void keep_outgrown(Arena *arena, void *block, size_t size)
{
    Outgrown **list = size < OUTGROWN_MIN_BYTES ? NULL : outgrown_of(arena, size);
    if (!list)
        return;
    Outgrown *outgrown = block;
    *outgrown = (Outgrown){*list, round_up(size), ++arena->outgrown_count};
    *list = outgrown;
    FORBID_ACCESS(outgrown + 1, outgrown->size - sizeof(*outgrown));
}

/* Returns zeroed memory where an array was before, or NULL. */
static void *take_outgrown(Arena *arena, size_t size)
{
    enum { LOOKED_AT = 4 };
    Outgrown **link = size < OUTGROWN_MIN_BYTES ? NULL : outgrown_of(arena, size);
    for (int i = 0; link && *link && i < LOOKED_AT; i++, link = &(*link)->next) {
        Outgrown *block = *link;
        if (block->size < size)
            continue;
        *link = block->next;
        ALLOW_ACCESS(block, block->size);
        return memset(block, 0, round_up(size));
    }
    return NULL;
}

void *arena_resize(Arena *arena, void *pointer, size_t size, size_t new_size)
{
    check(new_size >= size && new_size <= SIZE_MAX / 2);
    if (size > LARGE_BYTES)
        return resize_large(arena, pointer, new_size);
    void *moved = take_outgrown(arena, new_size);
    if (!moved)
        moved = arena_alloc(arena, new_size);
    if (size) {
        memcpy(moved, pointer, size);
        keep_outgrown(arena, pointer, size);
    }
    return moved;
}

void *arena_array(Arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    check(!__builtin_mul_overflow(count, size, &total));
    return arena_alloc(arena, total);
}

char *arena_cstring(Arena *arena, Str str)
{
    char *copy = arena_alloc(arena, str.size + 1);
    if (str.size)
        memcpy(copy, str.data, str.size);
    return copy;
}

Str arena_copy(Arena *arena, Str str)
{
    return (Str){arena_cstring(arena, str), str.size};
}

Str arena_vprintf(Arena *arena, const char *format, va_list args)
{
    va_list again;
    size_t room = arena->chunk ? arena->chunk->size - arena->used : 0;
    char *text = room ? arena->chunk->data + arena->used : NULL;
    va_copy(again, args);
    int length = vsnprintf(text, room, format, args);
    check(length >= 0);
    size_t size = (size_t)length + 1;
    if (size <= room && size <= LARGE_BYTES) {
        arena->used += MIN_OF(round_up(size), room);
    } else {
        text = arena_alloc(arena, size);
        vsnprintf(text, size, format, again);
    }
    va_end(again);
    return (Str){text, (size_t)length};
}

Str arena_printf(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_on_free(Arena *arena, void (*function)(void *argument), void *argument)
{
    ArenaHook *hook = ARENA_NEW(arena, ArenaHook);
    *hook = (ArenaHook){arena->cleanups, function, argument};
    arena->cleanups = hook;
}

ArenaMark arena_mark(const Arena *arena)
{
    return (ArenaMark){arena->chunk, arena->used, arena->large_count, arena->outgrown_count,
                       arena->cleanups};
}

/* Forgets the blocks outgrown since: they may be behind the mark. */
static void drop_outgrown(Arena *arena, uint64_t until)
{
    for (size_t i = 0; i < OUTGROWN_CLASSES && arena->outgrown_count > until; i++) {
        while (arena->outgrown[i] && arena->outgrown[i]->number > until)
            arena->outgrown[i] = arena->outgrown[i]->next;
    }
    arena->outgrown_count = until;
}

void arena_reset(Arena *arena, ArenaMark mark)
{
    run_cleanups(arena, mark.cleanups);
    drop_outgrown(arena, mark.outgrown_count);
    drop_chunks(arena, mark.chunk);
    drop_large(arena, mark.large_count);
    if (arena->chunk)
        ALLOW_ACCESS(arena->chunk->data + mark.used, arena->chunk->size - mark.used);
    /* The chunk was full up to here when a later one was added. */
    if (arena->keeps_secret && arena->chunk)
        explicit_bzero(arena->chunk->data + mark.used, arena->chunk->size - mark.used);
    arena->used = mark.used;
}

void arena_keep_secret(Arena *arena)
{
    arena->keeps_secret = true;
}

bool arena_keeps_secret(const Arena *arena)
{
    return arena->keeps_secret;
}

size_t arena_size_bytes(const Arena *arena)
{
    return arena->held_bytes;
}
