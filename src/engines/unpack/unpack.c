/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/unpack/unpack.h"

#include "base/utf8.h"
#include "engines/unpack/cp437.h"

#include <archive.h>
#include <archive_entry.h>
#include <iconv.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

enum { RATIO_FREE_BYTES = 64 << 20 };

struct Unpack {
    Arena *arena;
    struct archive *archive;
    const UnpackFormat *format;
    UnpackLimits limits;
    uint64_t packed_bytes;
    uint64_t read_bytes;
    uint32_t members;
    bool is_broken;
};

void unpack_prepare(void)
{
    /* zip has local times; the C library looks at the file of the zone each time if TZ is not set.
     */
    (void)setenv("TZ", "UTC", 1);
    tzset();
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    iconv_t converter = iconv_open("UTF-8", "ISO-8859-1");
    if (converter != (iconv_t)-1)
        iconv_close(converter);
}

static void close_archive(void *argument)
{
    archive_read_free(argument);
}

static UnpackLimits with_defaults(const UnpackLimits *limits)
{
    UnpackLimits full = limits ? *limits : (UnpackLimits){0};
    full.max_bytes = full.max_bytes ? full.max_bytes : UINT64_C(64) << 30;
    full.max_ratio = full.max_ratio ? full.max_ratio : 1000;
    full.max_members = full.max_members ? full.max_members : 10000;
    return full;
}

/* Says which format it is, what is wrong with it, and how to unpack it by hand. */
static bool fail(const Unpack *unpack, Error *error)
{
    const char *why = archive_error_string(unpack->archive);
    return error_set(error, ERR_UNSUPPORTED_MEDIA,
                     "the %s data cannot be unpacked (%s); unpack it with `%s`",
                     unpack->format->name, why ? why : "damaged", unpack->format->program);
}

static void support_formats(struct archive *archive)
{
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    archive_read_support_format_raw(archive);
}

Unpack *unpack_open(Arena *arena, Str bytes, const UnpackLimits *limits, Error *error)
{
    const UnpackFormat *format = unpack_format_find(bytes);
    if (!format || !format->is_read) {
        error_set(error, ERR_UNSUPPORTED_MEDIA,
                  format ? "a %s file is not unpacked here; unpack it with `%s`"
                         : "the file is not compressed",
                  format ? format->name : "", format ? format->program : "");
        return NULL;
    }
    Unpack *unpack = ARENA_NEW(arena, Unpack);
    *unpack = (Unpack){.arena = arena,
                       .archive = archive_read_new(),
                       .format = format,
                       .limits = with_defaults(limits),
                       .packed_bytes = bytes.size};
    check(unpack->archive != NULL);
    arena_on_free(arena, close_archive, unpack->archive);
    support_formats(unpack->archive);
    if (archive_read_open_memory(unpack->archive, bytes.data, bytes.size) == ARCHIVE_OK)
        return unpack;
    (void)fail(unpack, error);
    return NULL;
}

/* Returns whether the file or a folder on its path is hidden, or was added by macOS. */
static bool is_hidden(Str name)
{
    Str part;
    if (str_starts_with(name, STR("__MACOSX/")))
        return true;
    while (str_next_field(&name, '/', &part)) {
        bool is_step = str_equal(part, STR(".")) || str_equal(part, STR(".."));
        if (str_starts_with(part, STR(".")) && !is_step)
            return true;
    }
    return false;
}

static bool is_archive(const Unpack *unpack)
{
    return archive_format(unpack->archive) != ARCHIVE_FORMAT_RAW;
}

static bool is_zip(const Unpack *unpack)
{
    return (archive_format(unpack->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

/* Copies the name without control characters, which could write over a terminal. */
static Str copy_name(const Unpack *unpack, Str name)
{
    if (is_zip(unpack) && !str_is_utf8(name))
        name = unpack_cp437_to_utf8(unpack->arena, name);
    char *bytes = arena_alloc(unpack->arena, name.size + 1);
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        bytes[i] = byte < ' ' || byte == 0x7F ? '?' : name.data[i];
    }
    return str_make(bytes, name.size);
}

/* Not every name can be converted into the character set of the locale, which is UTF-8. */
static Str entry_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    if (!name)
        name = archive_entry_pathname_utf8(entry);
    return str_of(name ? name : "?");
}

static UnpackType entry_type(struct archive_entry *entry, Str name)
{
    if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK)
        return UNPACK_LINK;
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return UNPACK_DIRECTORY;
    if (archive_entry_filetype(entry) != AE_IFREG)
        return UNPACK_SPECIAL;
    return is_hidden(name) ? UNPACK_HIDDEN : UNPACK_FILE;
}

static UnpackMember read_entry(const Unpack *unpack, struct archive_entry *entry)
{
    UnpackMember member = {.is_compressed_file = !is_archive(unpack), .type = UNPACK_FILE};
    if (member.is_compressed_file)
        return member;
    member.name = copy_name(unpack, entry_name(entry));
    member.type = entry_type(entry, member.name);
    member.is_encrypted = archive_entry_is_encrypted(entry) != 0;
    member.has_size = archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) >= 0;
    member.size_bytes = member.has_size ? (uint64_t)archive_entry_size(entry) : 0;
    return member;
}

static bool fail_for_good(Unpack *unpack, Error *error)
{
    unpack->is_broken = true;
    return fail(unpack, error);
}

bool unpack_next_entry(Unpack *unpack, UnpackMember *out_member, bool *out_more, Error *error)
{
    struct archive_entry *entry;
    int status = archive_read_next_header(unpack->archive, &entry);
    if (status == ARCHIVE_EOF) {
        *out_more = false;
        return true;
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return fail_for_good(unpack, error);
    if (++unpack->members > unpack->limits.max_members) {
        unpack->is_broken = true;
        return error_set(error, ERR_FILE_TOO_LARGE, "the archive has more than %u members",
                         unpack->limits.max_members);
    }
    *out_member = read_entry(unpack, entry);
    *out_more = true;
    return true;
}

bool unpack_next(Unpack *unpack, UnpackMember *out_member, bool *out_more, Error *error)
{
    do {
        if (!unpack_next_entry(unpack, out_member, out_more, error))
            return false;
    } while (*out_more && out_member->type != UNPACK_FILE);
    return true;
}

bool unpack_is_broken(const Unpack *unpack)
{
    return unpack->is_broken;
}

unsigned unpack_percent(const Unpack *unpack)
{
    la_int64_t read = archive_filter_bytes(unpack->archive, -1);
    uint64_t bytes = read > 0 ? MIN_OF((uint64_t)read, unpack->packed_bytes) : 0;
    return (unsigned)(bytes * 100 / MAX_OF(unpack->packed_bytes, UINT64_C(1)));
}

static bool is_within_limits(const Unpack *unpack, Error *error)
{
    const UnpackLimits *limits = &unpack->limits;
    if (unpack->read_bytes > limits->max_bytes) {
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "the compressed file expands beyond the limit of %llu bytes",
                         (unsigned long long)limits->max_bytes);
    }
    if (unpack->read_bytes > RATIO_FREE_BYTES + unpack->packed_bytes * limits->max_ratio)
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "the compressed file expands out of all proportion");
    return true;
}

bool unpack_read(Unpack *unpack, void *buffer, size_t size, size_t *out_size, Error *error)
{
    la_ssize_t got = archive_read_data(unpack->archive, buffer, size);
    if (got < 0) {
        unpack->is_broken |= got == ARCHIVE_FATAL;
        return fail(unpack, error);
    }
    unpack->read_bytes += (uint64_t)got;
    if (!is_within_limits(unpack, error)) {
        unpack->is_broken = true;
        return false;
    }
    *out_size = (size_t)got;
    return true;
}
