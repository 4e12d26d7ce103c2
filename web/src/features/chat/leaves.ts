// SPDX-License-Identifier: Apache-2.0
/* Where a branch ended when it was left. The API tells the messages before a message, not those after
 * it, so going back to a branch needs the id of its end. */

const key = 'netguru.chat.leaves'
const most = 300

function read(): [string, string][] {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '[]') as unknown
    return Array.isArray(kept) ? (kept as [string, string][]) : []
  } catch {
    return []
  }
}

/** Notes that the branch through `message` ended with `leaf`. */
export function rememberLeaf(message: string, leaf: string): void {
  const others = read().filter(([known]) => known !== message)
  localStorage.setItem(key, JSON.stringify([...others, [message, leaf]].slice(-most)))
}

/** The end of the branch through the message, as far as it is known. */
export function leafOf(message: string): string {
  return read().find(([known]) => known === message)?.[1] ?? message
}
