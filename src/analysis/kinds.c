/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/kinds.h"

#include "analysis/child_private.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "engines/text/encoding.h"
#include "engines/unpack/unpack.h"

static const AnalysisKind config = {
    .name = "config",
    .task_type = "document_processing",
    .text_kind = TEXT_CONFIG,
    .analyze = analysis_text,
};
static const AnalysisKind log_messages = {
    .name = "log",
    .task_type = "document_processing",
    .text_kind = TEXT_LOG,
    .analyze = analysis_text,
};
static const AnalysisKind markdown = {
    .name = "markdown",
    .task_type = "document_processing",
    .text_kind = TEXT_MARKDOWN,
    .analyze = analysis_text,
};
static const AnalysisKind text = {
    .name = "text",
    .task_type = "document_processing",
    .is_decided_by_text = true,
    .analyze = analysis_text,
};
/* No name stands for it: it is what a text turned out to be. */
static const AnalysisKind show = {
    .name = "show",
    .task_type = "document_processing",
    .is_decided_by_text = true,
    .analyze = analysis_text,
};
static const AnalysisKind pdf = {
    .name = "pdf",
    .task_type = "document_processing",
    .content = CONTENT_SIGNATURE,
    .is_pdf = true,
    .text_kind = TEXT_PDF,
    .analyze = analysis_text,
};
static const AnalysisKind pcap = {
    .name = "pcap",
    .task_type = "pcap_analysis",
    .content = CONTENT_SIGNATURE,
    .analyze = analysis_capture,
};

static const AnalysisKind *const kinds[] = {&config, &log_messages, &markdown, &text,
                                            &show,   &pdf,          &pcap};

static const AnalysisFile files[] = {
    {".cfg", "text/plain", &config},
    {".conf", "text/plain", &config},
    {".config", "text/plain", &config},
    {".set", "text/plain", &config},
    {".txt", "text/plain", &text},
    {".log", "text/plain", &log_messages},
    {".syslog", "text/plain", &log_messages},
    {".md", "text/markdown", &markdown},
    {".pdf", "application/pdf", &pdf},
    {".pcap", "application/vnd.tcpdump.pcap", &pcap},
    {".pcapng", "application/x-pcapng", &pcap},
    {".cap", "application/vnd.tcpdump.pcap", &pcap},
    {".pcap.gz", "application/gzip", &pcap},
    {".pcapng.gz", "application/gzip", &pcap},
};

/* Endings of compressed files and archives, behind a name of their content or behind any other. */
#define PACKED(ending, mime)                                                                       \
    {                                                                                              \
        {ending, mime, &text, true}, {ending, mime, &config, true},                                \
            {ending, mime, &log_messages, true}, {ending, mime, &markdown, true},                  \
            {ending, mime, &pcap, true},                                                           \
    }
enum { PACKED_KINDS = 5 };
static const AnalysisFile packed_files[][PACKED_KINDS] = {
    PACKED(".tar.gz", "application/gzip"),     PACKED(".tgz", "application/gzip"),
    PACKED(".tar.xz", "application/x-xz"),     PACKED(".txz", "application/x-xz"),
    PACKED(".tar.bz2", "application/x-bzip2"), PACKED(".tbz2", "application/x-bzip2"),
    PACKED(".tar.zst", "application/zstd"),    PACKED(".tar.lz4", "application/x-lz4"),
    PACKED(".gz", "application/gzip"),         PACKED(".xz", "application/x-xz"),
    PACKED(".bz2", "application/x-bzip2"),     PACKED(".zst", "application/zstd"),
    PACKED(".zstd", "application/zstd"),       PACKED(".lz4", "application/x-lz4"),
    PACKED(".zip", "application/zip"),         PACKED(".tar", "application/x-tar"),
};
/* Files that syslog daemons write without an ending. */
static const char *const log_names[] = {"syslog", "messages", "kern", "daemon",
                                        "auth",   "secure",   "user", "local7"};
static const AnalysisFile named_log = {"syslog", "text/plain", &log_messages};

/* PDF 32000-1, annex H.3.4.1: the head stands within so many bytes. */
enum { PDF_HEAD_BYTES = 1024 };

/* How files begin that are not text; kind is NULL for those that are only recognised. */
typedef struct {
    Str bytes;
    const AnalysisKind *kind;
    const char *looks_like;
} Signature;

static const Signature signatures[] = {
    {STR_INIT("\xD4\xC3\xB2\xA1"), &pcap, "a capture"},
    {STR_INIT("\xA1\xB2\xC3\xD4"), &pcap, "a capture"},
    {STR_INIT("\x4D\x3C\xB2\xA1"), &pcap, "a capture"},
    {STR_INIT("\xA1\xB2\x3C\x4D"), &pcap, "a capture"},
    {STR_INIT("\x34\xCD\xB2\xA1"), &pcap, "a capture"},
    {STR_INIT("\xA1\xB2\xCD\x34"), &pcap, "a capture"},
    {STR_INIT("\x0A\x0D\x0D\x0A"), &pcap, "a capture"},
    {STR_INIT("\x1F\x8B"), &pcap, "a gzip file"},
    {STR_INIT("%PDF-"), &pdf, "a PDF"},
    {STR_INIT("PK\x03\x04"), NULL, "a zip archive"},
    {STR_INIT("\x7F"
              "ELF"),
     NULL, "a program"},
    {STR_INIT("\x89PNG"), NULL, "an image"},
    {STR_INIT("\xFF\xD8\xFF"), NULL, "an image"},
};

const AnalysisKind *analysis_kind_find(Str name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_equal(name, str_of(kinds[i]->name)))
            return kinds[i];
    }
    return NULL;
}

static bool ends_with_ignore_case(Str name, Str suffix)
{
    return name.size > suffix.size &&
           str_equal_ignore_case(str_from(name, name.size - suffix.size), suffix);
}

static void fail_name(Error *error)
{
    auto_strbuf StrBuf endings = {0};
    strbuf_init(&endings, sizeof(error->message));
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const char *separator = i + 1 < COUNT_OF(files) ? ", " : " or ";
        strbuf_printf(&endings, "%s%s", i == 0 ? "" : separator, files[i].extension);
    }
    Str list = strbuf_str(&endings);
    error_set(error, ERR_VALIDATION,
              "file: the name must end in %.*s, and .gz, .xz, .zst, .bz2, .lz4, .zip or .tar may "
              "follow",
              STR_ARGS(list));
    error_set_field(error, "file");
}

/* By the ending of the name, or the whole name of a file of a syslog daemon. */
static const AnalysisFile *find_plain(Str name)
{
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (ends_with_ignore_case(name, str_of(files[i].extension)))
            return &files[i];
    }
    for (size_t i = 0; i < COUNT_OF(log_names); i++) {
        if (str_equal_ignore_case(name, str_of(log_names[i])))
            return &named_log;
    }
    return NULL;
}

/* Returns whether the ending is a number, a date such as 20240312 or 2024-03-12, or "old". */
static bool is_rotation(Str ending)
{
    bool has_digit = false;
    for (size_t i = 0; i < ending.size; i++) {
        if (!ascii_is_digit(ending.data[i]) && ending.data[i] != '-')
            return str_equal(ending, STR("old"));
        has_digit |= ascii_is_digit(ending.data[i]);
    }
    return has_digit && ending.size <= 20;
}

/* Returns the name without what the rotation of logs has added: "syslog" for syslog.1,
 * messages-20240312, x.log for x.log.2024-03-12. Only logs are rotated. */
static Str without_rotation(Str name)
{
    for (size_t i = name.size; i > 1; i--) {
        char separator = name.data[i - 1];
        if ((separator == '.' || separator == '-') && is_rotation(str_from(name, i))) {
            Str rest = str_slice(name, 0, i - 1);
            const AnalysisFile *file = find_plain(rest);
            if (file && file->kind == &log_messages)
                return rest;
        }
    }
    return name;
}

/* A text unless the name in front of the ending says otherwise. */
static const AnalysisFile *find_packed(Str name)
{
    for (size_t i = 0; i < COUNT_OF(packed_files); i++) {
        const AnalysisFile *rows = packed_files[i];
        Str ending = str_of(rows[0].extension);
        if (!ends_with_ignore_case(name, ending))
            continue;
        const AnalysisFile *inner =
            find_plain(without_rotation(str_slice(name, 0, name.size - ending.size)));
        if (inner && inner->kind->is_pdf)
            return NULL;
        for (size_t kind = 0; inner && kind < PACKED_KINDS; kind++) {
            if (rows[kind].kind == inner->kind)
                return &rows[kind];
        }
        return &rows[0];
    }
    return NULL;
}

const AnalysisFile *analysis_file_of_name(Str name, Error *error)
{
    const AnalysisFile *file = find_plain(without_rotation(name));
    if (!file)
        file = find_packed(name);
    if (!file)
        fail_name(error);
    return file;
}

static bool fail_content(Error *error, const AnalysisFile *file, const char *found)
{
    error_set(error, ERR_VALIDATION, "file: the name says %s (%s) but the content is %s",
              file->kind->name, file->extension, found);
    return error_set_field(error, "file");
}

static bool has_pdf_head(Str bytes)
{
    return str_find(str_slice(bytes, 0, PDF_HEAD_BYTES), STR("%PDF-")) != STR_NOT_FOUND;
}

static const Signature *find_signature(Str bytes)
{
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        if (str_starts_with(bytes, signatures[i].bytes))
            return &signatures[i];
    }
    return NULL;
}

static bool fail_format(Error *error, const UnpackFormat *format)
{
    error_set(error, ERR_VALIDATION, "file: a %s file is not unpacked here; unpack it with `%s`",
              format->name, format->program);
    return error_set_field(error, "file");
}

bool analysis_check_content(const AnalysisFile *file, Str first_bytes, Error *error)
{
    const Signature *signature = find_signature(first_bytes);
    const UnpackFormat *format = unpack_format_find(first_bytes);
    if (format && (file->is_packed || file->kind == &pcap))
        return format->is_read || fail_format(error, format);
    if (file->is_packed)
        return fail_content(error, file, "not compressed");
    if (format)
        return fail_content(error, file, format->name);
    /* Readers accept a head that other bytes precede. */
    if (file->kind->is_pdf && has_pdf_head(first_bytes))
        return true;
    if (signature)
        return signature->kind == file->kind || fail_content(error, file, signature->looks_like);
    if (file->kind->content == CONTENT_SIGNATURE)
        return fail_content(error, file, "something else");
    bool has_nul = !text_is_utf16(first_bytes) && str_find_byte(first_bytes, '\0') != STR_NOT_FOUND;
    /* A crash or a rotation leaves NUL bytes in a log. */
    bool may_be_log = file->kind->text_kind == TEXT_LOG || file->kind->is_decided_by_text;
    if ((has_nul && !may_be_log) || text_is_binary(first_bytes))
        return fail_content(error, file, "binary");
    return true;
}

const AnalysisKind *analysis_kind_of_bytes(Str bytes)
{
    const Signature *signature = find_signature(bytes);
    return signature ? signature->kind : NULL;
}
