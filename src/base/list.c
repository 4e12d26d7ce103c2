/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

void list_append(List *list, ListNode *node)
{
    node->next = NULL;
    node->previous = list->last;
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    list->count++;
}

void list_prepend(List *list, ListNode *node)
{
    node->previous = NULL;
    node->next = list->first;
    if (list->first)
        list->first->previous = node;
    else
        list->last = node;
    list->first = node;
    list->count++;
}

void list_remove(List *list, ListNode *node)
{
    check(list->count > 0);
    if (node->previous)
        node->previous->next = node->next;
    else
        list->first = node->next;
    if (node->next)
        node->next->previous = node->previous;
    else
        list->last = node->previous;
    node->next = node->previous = NULL;
    list->count--;
}

ListNode *list_take_first(List *list)
{
    ListNode *node = list->first;
    if (node)
        list_remove(list, node);
    return node;
}
