/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    int number;
    ListNode node;
} Record;

static Record *record_of(ListNode *node)
{
    return CONTAINER_OF(node, Record, node);
}

static void assert_list(const List *list, const char *numbers)
{
    uint32_t count = 0;
    const ListNode *previous = NULL;
    for (ListNode *each = list->first; each; each = each->next) {
        assert_ptr_equal(each->previous, previous);
        assert_int_equal(record_of(each)->number, numbers[count++] - '0');
        previous = each;
    }
    assert_ptr_equal(list->last, previous);
    assert_int_equal(list->count, count);
    assert_int_equal(numbers[count], '\0');
}

static void test_lists_keep_their_order(void **state)
{
    (void)state;
    List list = {0};
    Record records[] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    list_append(&list, &records[0].node);
    list_append(&list, &records[1].node);
    list_prepend(&list, &records[2].node);
    assert_list(&list, "312");
    list_remove(&list, &records[0].node);
    list_append(&list, &records[3].node);
    assert_list(&list, "324");
    list_remove(&list, &records[2].node);
    list_remove(&list, &records[3].node);
    assert_list(&list, "2");
    list_remove(&list, &records[1].node);
    assert_list(&list, "");
    list_prepend(&list, &records[1].node);
    assert_list(&list, "2");
}

static void test_nodes_are_taken_from_the_front(void **state)
{
    (void)state;
    List list = {0};
    Record records[] = {{.number = 1}, {.number = 2}};
    list_append(&list, &records[0].node);
    list_append(&list, &records[1].node);
    assert_int_equal(record_of(list_take_first(&list))->number, 1);
    assert_list(&list, "2");
    assert_int_equal(record_of(list_take_first(&list))->number, 2);
    assert_null(list_take_first(&list));
    assert_list(&list, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_keep_their_order),
        cmocka_unit_test(test_nodes_are_taken_from_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
