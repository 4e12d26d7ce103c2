// SPDX-License-Identifier: Apache-2.0
/* Finds a quotation in the lines of a page. Any run of white space equals any other. */

export function linesWithQuote(lines: string[], quote: string): Set<number> {
  const wanted = quote.trim().split(/\s+/).join(' ')
  const found = new Set<number>()
  if (wanted === '') return found
  let text = ''
  const lineAt: number[] = []
  lines.forEach((line, number) => {
    for (const word of line.split(/\s+/)) {
      if (word === '') continue
      const piece = text === '' ? word : ` ${word}`
      text += piece
      for (let i = 0; i < piece.length; i++) lineAt.push(number)
    }
  })
  const at = text.indexOf(wanted)
  if (at < 0) return found
  for (let i = at; i < at + wanted.length; i++) {
    const line = lineAt[i]
    if (line !== undefined) found.add(line)
  }
  return found
}
