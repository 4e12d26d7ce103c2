# SPDX-License-Identifier: Apache-2.0
"""C code that links files into the program. The assembler reads them (.incbin), so that the compiler does not."""


def c_string(text):
    """The text within a C string, which may itself be a string of the assembler."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def place(label, path):
    """The C code that places a file in .rodata, between LABEL and LABEL_end, with a NUL behind it."""
    incbin = c_string(f'.incbin "{c_string(str(path))}"')
    return (
        f'__asm__(".pushsection .rodata.{label},\\"a\\"\\n.balign 16\\n{label}:\\n"\n'
        f'        "{incbin}\\n"\n'
        f'        "{label}_end:\\n.byte 0\\n.popsection\\n");\n'
        f'extern const char {label}[] __attribute__((visibility("hidden")));\n'
        f'extern const char {label}_end[] __attribute__((visibility("hidden")));\n'
    )


def depend(depfile, output, paths):
    """Writes what the output depends on, as make reads it."""
    names = [str(path).replace(" ", "\\ ") for path in paths]
    depfile.write_text(f"{output}: {' '.join(names)}\n", encoding="utf-8")
