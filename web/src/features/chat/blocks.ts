// SPDX-License-Identifier: Apache-2.0
/* Cuts Markdown into parts that can be rendered one by one, so that only the last part of a long answer
 * is rendered again while it grows. The parts put together are the text. */

const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/
/** What may go on with the block above although a blank line is between them. */
const continues = /^(\s|[-*+]\s|\d{1,9}[.)]\s|\[\^)/

export function splitBlocks(text: string): string[] {
  const blocks: string[] = []
  let open = ''
  let start = 0
  let wasBlank = false
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline + 1
    const line = text.slice(at, newline < 0 ? end : newline)
    const mark = fence.exec(line)
    const isBlank = line.trim() === ''
    if (open === '' && wasBlank && !isBlank && !continues.test(line) && at > start) {
      blocks.push(text.slice(start, at))
      start = at
    }
    if (mark !== null) {
      const [, sign = '', info = ''] = mark
      if (open === '') {
        if (sign.startsWith('~') || !info.includes('`')) open = sign
      } else if (sign.startsWith(open) && info.trim() === '') open = ''
    }
    wasBlank = isBlank
    at = end
  }
  if (start < text.length) blocks.push(text.slice(start))
  return blocks
}
