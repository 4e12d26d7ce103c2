/* SPDX-License-Identifier: Apache-2.0 */
/* The files in an archive, judged as single uploads are. */
#include "analysis/kinds.h"

#include "engines/unpack/unpack.h"

#include <string.h>

static const char *const names[MEMBER_FATES] = {
    [MEMBER_TAKEN] = "taken",         [MEMBER_HIDDEN] = "hidden",
    [MEMBER_LINK] = "link",           [MEMBER_SPECIAL] = "special",
    [MEMBER_ENCRYPTED] = "encrypted", [MEMBER_ARCHIVE] = "archive",
    [MEMBER_EMPTY] = "empty",         [MEMBER_TOO_LARGE] = "too_large",
    [MEMBER_KIND] = "kind",           [MEMBER_CONTENT] = "content",
    [MEMBER_DAMAGED] = "damaged",     [MEMBER_DUPLICATE] = "duplicate",
    [MEMBER_QUOTA] = "quota",         [MEMBER_JOBS] = "jobs",
};

const char *member_fate_name(MemberFate fate)
{
    return names[fate];
}

MemberFate member_fate_find(Str name)
{
    MemberFate fate = MEMBER_TAKEN;
    while (fate < MEMBER_FATES && !str_equal(name, str_of(names[fate])))
        fate++;
    return fate;
}

static MemberFate fail_archive(Error *error)
{
    error_set(error, ERR_UNSUPPORTED_MEDIA, "an archive in an archive is not unpacked");
    return MEMBER_ARCHIVE;
}

/* A compressed file may hold anything, but these endings say what it is. */
static bool is_archive_ending(Str ending)
{
    static const char *const others[] = {".tgz", ".txz", ".tbz2", ".zip"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_equal(ending, str_of(others[i])))
            return true;
    }
    return str_starts_with(ending, STR(".tar"));
}

MemberFate analysis_judge_member(Str path, const AnalysisFile **out_file, Error *error)
{
    size_t slash = str_find_last_byte(path, '/');
    Str name = slash == STR_NOT_FOUND ? path : str_from(path, slash + 1);
    const AnalysisFile *file = analysis_file_of_name(name, error);
    if (!file)
        return MEMBER_KIND;
    if (file->is_packed && is_archive_ending(str_of(file->extension)))
        return fail_archive(error);
    *out_file = file;
    return MEMBER_TAKEN;
}

MemberFate analysis_judge_member_content(const AnalysisFile *file, Str first_bytes, Error *error)
{
    const UnpackFormat *format = unpack_format_find(first_bytes);
    bool is_archive =
        format && (strcmp(format->name, "zip") == 0 || strcmp(format->name, "tar") == 0);
    if (is_archive)
        return fail_archive(error);
    return analysis_check_content(file, first_bytes, error) ? MEMBER_TAKEN : MEMBER_CONTENT;
}
