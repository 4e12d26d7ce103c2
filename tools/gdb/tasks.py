# SPDX-License-Identifier: Apache-2.0
"""Show the tasks of a NetGuru process to gdb, live or in a core file.

    gdb -p PID -ex 'source tools/gdb/tasks.py'
    gdb build/src/netguru core -ex 'source tools/gdb/tasks.py'

    netguru tasks                every task: what it is and where it waits
    netguru task SLOT bt [full]  the backtrace of a waiting task
    netguru task SLOT COMMAND    any other command of gdb in the innermost frame outside src/task
    netguru task SLOT            go there, until `netguru task off` or until the process runs on

A waiting task's registers lie in its Stack (src/task/stack.c): setjmp has saved them in `inside`, some
of them mangled by a secret of the process, and `frame` is the frame pointer in the clear. An unwinder
makes the task's frames the callers of the thread's innermost frame, so that gdb's own unwinding does
the rest. On other machines than x86-64 the chain of frame pointers is walked instead.
"""

import re
import uuid

import gdb
import gdb.unwinder

WORD = 8
MASK = (1 << 64) - 1
MOST_FRAMES = 64
MOST_NAMES = 3
MACHINERY = re.compile(r"(^|/)src/task/\w+\.c$")
# Where glibc's __jmp_buf of x86-64 has the registers (sysdeps/x86_64/jmpbuf-offsets.h).
IN_THE_CLEAR = {"rbx": 0, "r12": 2, "r13": 3, "r14": 4, "r15": 5}
MANGLED = {"rbp": 1, "rsp": 6, "rip": 7}


def find_loop():
    """The process's Loop; None where it has none."""
    try:
        loop = gdb.parse_and_eval("loop_for_debugger")
    except gdb.error as error:
        raise gdb.GdbError(f"this is no program with tasks, or one without symbols ({error})") from error
    return loop.dereference() if int(loop) else None


def slots(loop):
    """The TaskSlots in use."""
    for index in range(int(loop["slot_count"])):
        slot = loop["slots"][index].dereference()
        if slot["alive"]:
            yield slot


def find_slot(number):
    """The TaskSlot of a task that is alive."""
    loop = find_loop()
    for slot in slots(loop) if loop else ():
        if int(slot["slot"]) == number:
            return slot
    raise gdb.GdbError(f"there is no task in slot {number}")


def state_of(loop, slot):
    """running, ready or waiting."""
    if int(loop["running"]) == int(slot.address):
        return "running"
    return "ready" if slot["ready"] else "waiting"


def uuid_text(value):
    """A Uuid as text; empty when it is all zero."""
    octets = bytes(int(value["bytes"][i]) & 0xFF for i in range(16))
    return str(uuid.UUID(bytes=octets)) if any(octets) else ""


def read_word(address):
    """The pointer-sized word at an address."""
    return int.from_bytes(gdb.selected_inferior().read_memory(address, WORD).tobytes(), "little")


def return_addresses(slot):
    """Along the chain of frame pointers of a waiting task, from inside out."""
    stack = slot["stack"].dereference()
    bottom = int(stack["mapping"])
    top = bottom + int(stack["mapped_bytes"])
    frame = int(stack["frame"])
    for _ in range(MOST_FRAMES):
        if not bottom <= frame <= top - 2 * WORD or frame % WORD:
            return
        yield read_word(frame + WORD)
        outer = read_word(frame)
        if outer <= frame:
            return
        frame = outer


def functions_at(address):
    """(name, is of src/task) of the functions around a call, inlined ones first."""
    block = gdb.block_for_pc(address - 1)
    while block and not block.is_static and not block.is_global:
        if block.function:
            machinery = bool(MACHINERY.search(block.function.symtab.filename))
            yield block.function.name, machinery
        block = block.superblock


def waiting_names(slot):
    """The names of the innermost functions outside src/task."""
    names = []
    for address in return_addresses(slot):
        for name, machinery in functions_at(address):
            if not machinery:
                names.append(name)
        if len(names) >= MOST_NAMES:
            break
    return names[:MOST_NAMES]


def place_of(loop, slot):
    """In words, where the task is."""
    begun = bool(slot["stack"]["started"])
    if not begun:
        function = gdb.block_for_pc(int(slot["run"]))
        return f"{function.function if function else '?'} (not begun)"
    if state_of(loop, slot) == "running":
        return "(see bt)"
    return " < ".join(waiting_names(slot)) or "?"


def time_left(loop, slot):
    """Until the deadline, as of the last turn of the loop."""
    deadline = int(slot["task"]["deadline_ms"])
    if not deadline:
        return "none"
    return f"{(deadline - int(loop['uv']['time'])) / 1000:.1f} s"


def describe(loop, slot):
    """The row of a task in the table."""
    task = slot["task"]
    state = state_of(loop, slot)
    return (
        str(int(slot["slot"])),
        task["name"].string() if int(task["name"]) else "",
        state + (" (cancelled)" if slot["cancelled"] else ""),
        "background" if slot["background"] else "",
        time_left(loop, slot),
        place_of(loop, slot),
        uuid_text(task["trace_id"]),
        uuid_text(task["user_id"]) if task["has_user"] else "",
    )


def print_table(rows):
    """Columns as wide as they must be."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def rotate_right(word, bits):
    """Of 64 bits."""
    return (word >> bits | word << (64 - bits)) & MASK


def saved_registers(slot):
    """What a waiting task gets back when it is resumed, on x86-64."""
    stack = slot["stack"].dereference()
    saved = stack["inside"][0]["__jmpbuf"]
    words = [int(saved[i]) & MASK for i in range(8)]
    # glibc stores rotate_left(value ^ secret, 17); one value is known, so all are.
    secret = rotate_right(words[MANGLED["rbp"]], 17) ^ int(stack["frame"])
    registers = {name: words[i] for name, i in IN_THE_CLEAR.items()}
    registers.update({name: rotate_right(words[i], 17) ^ secret for name, i in MANGLED.items()})
    return registers


class FrameId:
    """What tells a frame from others: gdb wants `sp` and `pc`."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class TaskUnwinder(gdb.unwinder.Unwinder):
    """Puts the frames of a waiting task behind the innermost frame of the thread."""

    def __init__(self):
        super().__init__("netguru-tasks")
        self.registers = None
        self.replaced_sp = None

    def enter(self, slot):
        """From now on."""
        self.leave()
        self.replaced_sp = int(gdb.newest_frame().read_register("rsp")) & MASK
        self.registers = saved_registers(slot)
        gdb.invalidate_cached_frames()

    def leave(self):
        """No more."""
        if self.registers:
            self.registers = None
            gdb.invalidate_cached_frames()

    def __call__(self, pending):
        """gdb asks for the caller of a frame."""
        if not self.registers or int(pending.read_register("rsp")) & MASK != self.replaced_sp:
            return None
        # gdb wants outer frames above inner ones, and stacks of tasks lie below that of the thread.
        sp = gdb.Value(self.registers["rsp"] - 2 * WORD)
        info = pending.create_unwind_info(FrameId(sp, gdb.Value(self.registers["rip"])))
        for name, word in self.registers.items():
            info.add_saved_register(name, gdb.Value(word).cast(pending.read_register(name).type))
        return info


unwinder = TaskUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)
gdb.events.cont.connect(lambda event: unwinder.leave())


def select_outside():
    """Selects the innermost frame that is not of src/task."""
    frame = gdb.newest_frame().older()
    while frame:
        symtab = frame.find_sal().symtab
        if symtab and not MACHINERY.search(symtab.filename):
            frame.select()
            return
        frame = frame.older()


def print_chain(slot):
    """The backtrace without an unwinder: functions and lines, no arguments."""
    for level, address in enumerate(return_addresses(slot)):
        line = gdb.find_pc_line(address - 1)
        where = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
        names = [name for name, _ in functions_at(address)] or ["?"]
        print(f"#{level:<3} {address:#x} in {' < '.join(names)}{where}")


def print_backtrace(slot, command):
    """bt, without the frame that belongs to the thread."""
    unwinder.enter(slot)
    try:
        text = gdb.execute(command, to_string=True)
    finally:
        unwinder.leave()
    print(re.sub(r"\A#0 .*?(?=^#1 )", "", text, flags=re.DOTALL | re.MULTILINE), end="")


def is_x86_64():
    """Whether the registers are those this file knows."""
    return gdb.newest_frame().architecture().name() == "i386:x86-64"


class Netguru(gdb.Command):
    """Commands about NetGuru's tasks: netguru tasks, netguru task SLOT [COMMAND]."""

    def __init__(self):
        super().__init__("netguru", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """List all tasks: netguru tasks"""

    def __init__(self):
        super().__init__("netguru tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        """Prints the table."""
        loop = find_loop()
        if not loop:
            print("there is no loop")
            return
        rows = [describe(loop, slot) for slot in slots(loop)]
        heads = ("slot", "name", "state", "kind", "left", "waits in", "trace", "user")
        if rows:
            print_table([heads, *rows])
        stats = loop["stats"]
        print(
            f"{int(stats['tasks'])} tasks of at most {int(loop['options']['max_tasks'])},"
            f" {int(stats['background_tasks'])} in the background,"
            f" {int(stats['refused'])} refused so far"
        )


class OneTask(gdb.Command):
    """Look into a waiting task: netguru task SLOT [bt [full] | COMMAND], netguru task off"""

    def __init__(self):
        super().__init__("netguru task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        """Goes there, or does one command there."""
        number, _, command = argument.strip().partition(" ")
        if number == "off":
            unwinder.leave()
            return
        if not number.isdigit():
            raise gdb.GdbError("usage: netguru task SLOT [bt [full] | COMMAND], netguru task off")
        slot = find_slot(int(number))
        if not int(slot["stack"]["frame"]):
            raise gdb.GdbError("it does not wait: it runs, or has not begun")
        self.look(slot, command.strip(), from_tty)

    def look(self, slot, command, from_tty):
        """The same for a task that waits."""
        is_backtrace = bool(re.match(r"(bt|backtrace|where)\b", command))
        if not is_x86_64():
            if not is_backtrace:
                raise gdb.GdbError("on this machine there is only: netguru task SLOT bt")
            print_chain(slot)
        elif is_backtrace:
            print_backtrace(slot, command)
        else:
            unwinder.enter(slot)
            select_outside()
            gdb.execute(command or "frame", from_tty)
            if command:
                unwinder.leave()


Netguru()
Tasks()
OneTask()
