// SPDX-License-Identifier: Apache-2.0
/* The words of a query in a passage: the text is split, nothing is written as HTML. */

export interface Piece {
  text: string
  marked: boolean
}

// Words that a question has and that say nothing about a passage.
const empty = new Set(
  (
    'a an and are as at be by do does for from has have how i in is it my not of on or that the this to was what ' +
    'when where which who why with ' +
    'as com como da das de do dos e em esta está este foi na nas no nos o os ou para por porque qual quais quando ' +
    'que se sem um uma'
  ).split(' '),
)

/** The words of a query that are worth marking, the longest first. Addresses and names stay whole. */
export function wordsOf(query: string): string[] {
  const words = query
    .toLowerCase()
    .split(/[\s,;()[\]{}"'“”?!]+/u)
    .map((word) => word.replace(/^[.:]+|[.:]+$/gu, ''))
    .filter((word) => word.length > 1 && !empty.has(word))
  return [...new Set(words)].sort((a, b) => b.length - a.length)
}

const isWordCharacter = /[\p{L}\p{N}_]/u

/** Splits a text at the places where one of the words begins a word of the text. */
export function markWords(text: string, words: string[]): Piece[] {
  if (words.length === 0) return [{ text, marked: false }]
  const pattern = new RegExp(
    words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'),
    'giu',
  )
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(pattern)) {
    const before = text[match.index - 1]
    if (before !== undefined && isWordCharacter.test(before)) continue
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), marked: false })
    pieces.push({ text: match[0], marked: true })
    done = match.index + match[0].length
  }
  if (done < text.length) pieces.push({ text: text.slice(done), marked: false })
  return pieces
}

/** The lines of a passage to show first: those around its first marked word. */
export function excerpt(text: string, words: string[], most: number): { text: string; cut: boolean } {
  const lines = text.replace(/\s+$/u, '').split('\n')
  if (lines.length <= most) return { text: lines.join('\n'), cut: false }
  const first = lines.findIndex((line) => markWords(line, words).some((piece) => piece.marked))
  const from = Math.max(0, Math.min(first - 2, lines.length - most))
  return { text: lines.slice(from, from + most).join('\n'), cut: true }
}
