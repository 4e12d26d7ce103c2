// SPDX-License-Identifier: Apache-2.0

/** The row that a key moves to in a list of count rows, of which `page` are in sight; null: it moves to none. */
export function rowByKey(key: string, at: number, count: number, page: number): number | null {
  const moves: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  }
  const target = moves[key]
  return target === undefined ? null : Math.max(0, Math.min(count - 1, target))
}

/** How many rows a page key moves by: those in sight, but for what keeps the reader in place. */
export function pageOf(scroller: HTMLElement | null, rowHeight: number): number {
  return Math.max(1, Math.floor((scroller?.clientHeight ?? 280) / rowHeight) - 2)
}
