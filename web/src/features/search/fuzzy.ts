// SPDX-License-Identifier: Apache-2.0
/* Finding names by a few of their letters, in order: "ldc" finds lis-dist2.cfg. */

export interface Match {
  score: number
  /** The places of the letters in the text. */
  at: number[]
}

const isLetter = /[\p{L}\p{N}]/u

function beginsWord(text: string, at: number): boolean {
  const before = text[at - 1]
  const here = text[at] ?? ''
  if (before === undefined || !isLetter.test(before)) return true
  return /\d/.test(here) !== /\d/.test(before)
}

/** Letters side by side and beginnings of words are worth more, letters left out in between cost. */
function matchFrom(text: string, letters: string, start: number): Match | null {
  const at: number[] = []
  let score = 0
  let place = start
  for (const letter of letters) {
    const found = text.indexOf(letter, place)
    if (found < 0) return null
    const last = at.at(-1)
    if (last !== undefined && found === last + 1) score += 8
    else if (last !== undefined) score -= Math.min(6, found - last - 1)
    if (beginsWord(text, found)) score += 6
    at.push(found)
    place = found + 1
  }
  return { score: score - Math.min(10, at[0] ?? 0), at }
}

/** The best way in which the letters are in the text, or null. Spaces between letters do not count. */
export function fuzzy(text: string, typed: string): Match | null {
  const letters = typed.toLowerCase().replace(/\s+/g, '')
  if (letters === '') return { score: 0, at: [] }
  const lower = text.toLowerCase()
  // A few letters change their length when they become small; then places would be wrong.
  if (lower.length !== text.length) return null
  let best: Match | null = null
  const first = letters[0] ?? ''
  for (let start = lower.indexOf(first); start >= 0; start = lower.indexOf(first, start + 1)) {
    const match = matchFrom(lower, letters, start)
    if (match === null) break
    if (best === null || match.score > best.score) best = match
  }
  return best === null ? null : { ...best, score: best.score - lower.length / 50 }
}

/** The items whose text has the letters, the best first; equals in the order given. Three letters or more
 * that are scattered over a long text are no match. */
export function rank<T>(
  items: T[],
  typed: string,
  textOf: (item: T) => string,
  most: number,
): { item: T; match: Match }[] {
  return items
    .flatMap((item) => {
      const match = fuzzy(textOf(item), typed)
      return match === null || (match.at.length > 2 && match.score <= 0) ? [] : [{ item, match }]
    })
    .sort((a, b) => b.match.score - a.match.score)
    .slice(0, most)
}
