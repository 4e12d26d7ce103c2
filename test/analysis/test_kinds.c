/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_the_name_decides_the_kind(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *type; /* NULL: refused */
    } cases[] = {
        {"r1.cfg", "config"},
        {"r1.CONF", "config"},
        {"r1.set", "config"},
        {"r1.txt", "text"},
        {"x.log", "log"},
        {"x.syslog", "log"},
        {"x.md", "markdown"},
        {"x.PDF", "pdf"},
        {"x.pcap", "pcap"},
        {"x.pcapng", "pcap"},
        {"x.cap", "pcap"},
        {"x.pcap.gz", "pcap"},
        {"x.pcapng.GZ", "pcap"},
        {"x.gz", "text"},
        {"x.exe", NULL},
        {"syslog", "log"},
        {"messages", "log"},
        {"Syslog.1", "log"},
        {"messages-20240312", "log"},
        {"x.log.1", "log"},
        {"x.log.2024-03-12", "log"},
        {"x.log-20240312-10", "log"},
        {"x.log.old", "log"},
        {"x.syslog.12", "log"},
        {"x.cfg.1", NULL},
        {"my-messages", NULL},
        {"syslog.x", NULL},
        {"x.log.", NULL},
        {"1", NULL},
        {"x.log.1.1.1", NULL},
        {"cfg", NULL},
        {".cfg", NULL},
        {"", NULL},
        {"x.cfg.exe", NULL},
        {"x.cfg ", NULL},
        {"x.zip", "text"},
        {"x.html", NULL},
        {"x.svg", NULL},
        {"x.cfg.", NULL},
        {"x.log.gz", "log"},
        {"x.cfg.xz", "config"},
        {"syslog.1.xz", "log"},
        {"show.txt.ZST", "text"},
        {"x.md.bz2", "markdown"},
        {"x.pcap.zst", "pcap"},
        {"x.pcapng.lz4", "pcap"},
        {"x.tar.gz", "text"},
        {"x.tgz", "text"},
        {"x.tar", "text"},
        {"x.pdf.gz", NULL},
        {".gz", NULL},
        {"x.7z", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Error error = {0};
        const AnalysisFile *file = analysis_file_of_name(str_of(cases[i].name), &error);
        assert_int_equal(file != NULL, cases[i].type != NULL);
        if (file)
            assert_string_equal(file->kind->name, cases[i].type);
        else
            assert_int_equal(error.code, ERR_VALIDATION);
        assert_string_equal(error.field, file ? "" : "file");
    }
}

static void test_the_content_must_fit_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        Str first;
        bool fits;
    } cases[] = {
        {"x.cfg", STR_INIT("hostname r1\n"), true},
        {"x.cfg", STR_INIT("ot\xE1vio\n"), true},
        {"x.cfg", STR_INIT("\xFF\xFEh\0o\0"), true},
        {"x.cfg", STR_INIT("\xEF\xBB\xBFhostname"), true},
        {"x.cfg", STR_INIT("host\0name"), false},
        {"x.cfg",
         STR_INIT("\x7F"
                  "ELF"),
         false},
        {"x.cfg", STR_INIT("PK\x03\x04"), false},
        {"x.txt", STR_INIT("%PDF-1.7"), false},
        {"x.log", STR_INIT("\x1F\x8B\x08"), false},
        {"x.log", STR_INIT("\0\0\0<135>Dec 17 05:19:07 r1 %A-3-B: x\n"), true},
        {"x.log", STR_INIT("\0\0\0\0"), true},
        {"x.log", STR_INIT("\0\x01\x02 binary"), false},
        {"x.cfg", STR_INIT("h\0o\0s\0t\0n\0a\0m\0e\0"), true},
        {"x.md", STR_INIT("\xD4\xC3\xB2\xA1"), false},
        {"x.pdf", STR_INIT("%PDF-1.7"), true},
        {"x.pdf", STR_INIT("%PDF"), false},
        {"x.pdf", STR_INIT("PK\x03\x04"), false},
        {"x.pdf", STR_INIT(""), false},
        {"x.pcap", STR_INIT("\xD4\xC3\xB2\xA1"), true},
        {"x.pcap", STR_INIT("\xA1\xB2\x3C\x4D"), true},
        {"x.pcap", STR_INIT("\x0A\x0D\x0D\x0A"), true},
        {"x.pcap", STR_INIT("\x1F\x8B"), true},
        {"x.pcap", STR_INIT("hostname"), false},
        {"x.pcap", STR_INIT("%PDF-"), false},
        {"x.pcapng", STR_INIT("\xD4\xC3"), false},
        {"x.pcap", STR_INIT("\x28\xB5\x2F\xFD"), true},
        {"x.pcap.zst", STR_INIT("\x28\xB5\x2F\xFD"), true},
        {"x.log.gz", STR_INIT("\x1F\x8B\x08"), true},
        {"x.log.gz", STR_INIT("\x28\xB5\x2F\xFD"), true},
        {"x.log.gz", STR_INIT("plain text"), false},
        {"x.log", STR_INIT("\x28\xB5\x2F\xFD"), false},
        {"x.zip", STR_INIT("PK\x03\x04"), true},
        {"x.zip", STR_INIT("7z\xBC\xAF\x27\x1C"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Error error = {0};
        const AnalysisFile *file = analysis_file_of_name(str_of(cases[i].name), &error);
        assert_non_null(file);
        assert_int_equal(analysis_check_content(file, cases[i].first, &error), cases[i].fits);
        assert_int_equal(error.code, cases[i].fits ? ERR_NONE : ERR_VALIDATION);
    }
}

static void test_every_kind_is_found_by_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"config", "log", "markdown", "text", "show", "pdf", "pcap"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const AnalysisKind *kind = analysis_kind_find(str_of(names[i]));
        assert_non_null(kind);
        assert_string_equal(kind->name, names[i]);
        assert_non_null(kind->analyze);
        assert_non_null(kind->task_type);
    }
    assert_null(analysis_kind_find(STR("")));
    assert_null(analysis_kind_find(STR("binary")));
}

static void test_a_signature_names_its_kind(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        const char *kind; /* NULL: none */
    } cases[] = {
        {STR_INIT("\xD4\xC3\xB2\xA1\x02\0\x04\0"), "pcap"},
        {STR_INIT("\x0A\x0D\x0D\x0A\x1C\0\0\0"), "pcap"},
        {STR_INIT("\x1F\x8B\x08"), "pcap"},
        {STR_INIT("%PDF-1.7\n%\xE2\xE3"), "pdf"},
        {STR_INIT("PK\x03\x04"), NULL},
        {STR_INIT("hostname r1\n"), NULL},
        {STR_INIT(""), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const AnalysisKind *kind = analysis_kind_of_bytes(cases[i].bytes);
        assert_int_equal(kind != NULL, cases[i].kind != NULL);
        if (kind)
            assert_string_equal(kind->name, cases[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_name_decides_the_kind),
        cmocka_unit_test(test_the_content_must_fit_the_name),
        cmocka_unit_test(test_every_kind_is_found_by_its_name),
        cmocka_unit_test(test_a_signature_names_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
