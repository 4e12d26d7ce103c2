/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local.h"

#include "engines/config/read.h"
#include "engines/text/encoding.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool local_map_file(const char *path, Str *out_bytes, Error *error)
{
    struct stat status;
    if (str_equal(str_of(path), STR(INPUTS_STANDARD)))
        return inputs_read_standard(out_bytes, error);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return error_set_errno(error, errno, path);
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        close(file);
        return error_set(error, ERR_VALIDATION, "%s: %s", path,
                         S_ISREG(status.st_mode) ? "the file is empty" : "not a regular file");
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int problem = errno;
    close(file);
    if (bytes == MAP_FAILED)
        return error_set_errno(error, problem, path);
    *out_bytes = str_make(bytes, (size_t)status.st_size);
    return true;
}

bool local_read(const Input *input, Str *out_bytes, Error *error)
{
    *out_bytes = input->bytes;
    return input->bytes.size > 0 || local_map_file(input->path, out_bytes, error);
}

bool local_load_device(Arena *arena, const Input *input, Device *out_device, Error *error)
{
    Str bytes = {0};
    DecodedText decoded;
    if (!local_read(input, &bytes, error))
        return false;
    return (text_decode(arena, bytes, &decoded, error) &&
            config_read(arena, decoded.utf8, str_of(input->path), out_device, error)) ||
           error_prefix(error, "%s: ", input->path);
}

bool local_add_inputs(Command *command, Inputs *out_inputs, Error *error)
{
    *out_inputs = (Inputs){.arena = command->arena};
    for (int i = 0; i < command->argc; i++) {
        if (!inputs_add(out_inputs, command->argv[i], error))
            return false;
    }
    return true;
}
