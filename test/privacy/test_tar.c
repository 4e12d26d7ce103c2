/* SPDX-License-Identifier: Apache-2.0 */
/* The headers by the standard; test/api/test_personal_data.py reads a whole archive with Python. */
#include "privacy/tar.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_header_has_size_magic_and_checksum(void **state)
{
    char block[TAR_BLOCK_BYTES];
    unsigned sum = 0;
    (void)state;
    tar_write_header(STR("files/x"), 511, 1000000000, block);
    assert_str(str_of(block), STR("files/x"));
    assert_str(str_of(block + 124), STR("00000000777"));
    assert_str(str_of(block + 136), STR("07346545000"));
    assert_that(memcmp(block + 257,
                       "ustar\0"
                       "00",
                       8) == 0);
    unsigned long written = strtoul(block + 148, NULL, 8);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < sizeof(block); i++)
        sum += (unsigned char)block[i];
    assert_int(written, sum);
}

static void test_longest_name_and_size_fit(void **state)
{
    char block[TAR_BLOCK_BYTES];
    char name[TAR_NAME_MAX_BYTES + 2];
    (void)state;
    memset(name, 'n', sizeof(name));
    tar_write_header(str_make(name, sizeof(name)), (UINT64_C(8) << 30) - 1, 0, block);
    assert_int(strlen(block), TAR_NAME_MAX_BYTES);
    assert_str(str_of(block + 124), STR("77777777777"));
}

static void test_members_end_on_a_block(void **state)
{
    (void)state;
    assert_int(tar_padding(0).size, 0);
    assert_int(tar_padding(1).size, 511);
    assert_int(tar_padding(511).size, 1);
    assert_int(tar_padding(512).size, 0);
    assert_int(tar_padding(513).size, 511);
    assert_int(tar_end().size, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_has_size_magic_and_checksum),
        cmocka_unit_test(test_longest_name_and_size_fit),
        cmocka_unit_test(test_members_end_on_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
