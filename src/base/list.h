/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List: a doubly linked list whose nodes are members of the records in it. It allocates nothing; a
 * record may be in as many lists as it has nodes.
 *
 *     typedef struct { ListNode node; int file; } Upload;
 *
 *     list_append(&uploads, &upload->node);
 *     for (ListNode *each = uploads.first; each; each = each->next)
 *         use(CONTAINER_OF(each, Upload, node));
 *     list_remove(&uploads, &upload->node);
 */
#pragma once

#include "base/check.h"

#include <stdint.h>

typedef struct ListNode {
    struct ListNode *next;
    struct ListNode *previous;
} ListNode;

/* A list of zeros is empty. */
typedef struct {
    ListNode *first;
    ListNode *last;
    uint32_t count;
} List;

/* The node must be in no list. */
void list_append(List *list, ListNode *node);
void list_prepend(List *list, ListNode *node);
/* The node must be in this list. */
void list_remove(List *list, ListNode *node);
/* Removes the first node and returns it; NULL when the list is empty. */
ListNode *list_take_first(List *list);
