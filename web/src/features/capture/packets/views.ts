// SPDX-License-Identifier: Apache-2.0
/* The views of a conversation's packets, as the address names them: ?view=ladder. */
export const views = ['list', 'ladder', 'sequence'] as const
export type View = (typeof views)[number]
