/* SPDX-License-Identifier: Apache-2.0 */
/* glibc's fortified longjmp refuses to change stacks, so this file is compiled without it. */
#undef _FORTIFY_SOURCE
#include "task/stack.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define STACK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_ASAN 1
#endif
#endif

#ifdef STACK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* More than the frame of a function that calls madvise() takes. */
enum { OWN_FRAME_BYTES = 512 };

struct Stack {
    sigjmp_buf inside;
    sigjmp_buf outside;
    ucontext_t first;
    void (*run)(void *argument);
    void *argument;
    char *mapping;
    size_t mapped_bytes;
    size_t guard_bytes;
    bool started;
    void *frame; /* of the suspended function, where tools/gdb starts to walk the stack */
#ifdef STACK_ASAN
    void *loop_fake_stack;
    void *task_fake_stack;
    const void *loop_bottom;
    size_t loop_bytes;
#endif
};

/* Tells the sanitizer of a change of stacks, before and after it (its fiber interface). */
static void leave_loop(Stack *stack)
{
#ifdef STACK_ASAN
    __sanitizer_start_switch_fiber(&stack->loop_fake_stack, stack->mapping + stack->guard_bytes,
                                   stack->mapped_bytes - stack->guard_bytes);
#else
    (void)stack;
#endif
}

static void arrive_in_loop(Stack *stack)
{
#ifdef STACK_ASAN
    __sanitizer_finish_switch_fiber(stack->loop_fake_stack, NULL, NULL);
#else
    (void)stack;
#endif
}

static void leave_task(Stack *stack, bool for_good)
{
#ifdef STACK_ASAN
    __sanitizer_start_switch_fiber(for_good ? NULL : &stack->task_fake_stack, stack->loop_bottom,
                                   stack->loop_bytes);
#else
    (void)stack;
    (void)for_good;
#endif
}

static void arrive_in_task(Stack *stack)
{
#ifdef STACK_ASAN
    __sanitizer_finish_switch_fiber(stack->task_fake_stack, &stack->loop_bottom,
                                    &stack->loop_bytes);
    stack->task_fake_stack = NULL;
#else
    (void)stack;
#endif
}

/* makecontext passes only ints, so the pointer is passed in two halves. */
static void enter(unsigned high, unsigned low)
{
    Stack *stack = (Stack *)((uintptr_t)high << 32 | (uintptr_t)low);
    arrive_in_task(stack);
    stack->run(stack->argument);
    check(false);
}

Stack *stack_new(size_t size_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    Stack *stack = MEM_NEW(Stack);
    stack->guard_bytes = page;
    stack->mapped_bytes = (size_bytes + page - 1) / page * page + page;
    stack->mapping = mmap(NULL, stack->mapped_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    check(stack->mapping != MAP_FAILED);
    check(mprotect(stack->mapping, page, PROT_NONE) == 0);
    return stack;
}

void stack_free(Stack *stack)
{
    if (!stack)
        return;
    check(munmap(stack->mapping, stack->mapped_bytes) == 0);
    mem_free(stack);
}

void stack_prepare(Stack *stack, void (*run)(void *argument), void *argument)
{
    stack->run = run;
    stack->argument = argument;
    stack->started = false;
    stack->frame = NULL;
#ifdef STACK_ASAN
    ASAN_UNPOISON_MEMORY_REGION(stack->mapping + stack->guard_bytes,
                                stack->mapped_bytes - stack->guard_bytes);
#endif
}

static void start(Stack *stack)
{
    stack->started = true;
    check(getcontext(&stack->first) == 0);
    stack->first.uc_stack.ss_sp = stack->mapping + stack->guard_bytes;
    stack->first.uc_stack.ss_size = stack->mapped_bytes - stack->guard_bytes;
    stack->first.uc_link = NULL;
    uintptr_t self = (uintptr_t)stack;
    makecontext(&stack->first, (void (*)(void))(void *)enter, 2, (unsigned)(self >> 32),
                (unsigned)(self & 0xFFFFFFFFu));
    setcontext(&stack->first);
    check(false);
}

void stack_resume(Stack *stack)
{
    leave_loop(stack);
    if (sigsetjmp(stack->outside, 0) == 0) {
        if (!stack->started)
            start(stack);
        siglongjmp(stack->inside, 1);
    }
    arrive_in_loop(stack);
}

void stack_suspend(Stack *stack)
{
    stack->frame = __builtin_frame_address(0);
    leave_task(stack, false);
    if (sigsetjmp(stack->inside, 0) == 0)
        siglongjmp(stack->outside, 1);
    arrive_in_task(stack);
    stack->frame = NULL;
}

void stack_trim(Stack *stack)
{
    char *lowest = stack->mapping + stack->guard_bytes;
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0) - OWN_FRAME_BYTES;
    size_t unused = (frame - (uintptr_t)lowest) / stack->guard_bytes * stack->guard_bytes;
    check(madvise(lowest, unused, MADV_DONTNEED) == 0);
}

_Noreturn void stack_finish(Stack *stack)
{
    leave_task(stack, true);
    siglongjmp(stack->outside, 1);
}
