// SPDX-License-Identifier: Apache-2.0
/* The stanzas of a configuration, of its text alone: by indentation, by braces, or by the words of set. */

export interface Stanza {
  label: string
  depth: number
  /** Lines from 1. */
  line: number
  last: number
  /** Several lines that stand alone. */
  group?: true
}

export type Shape = 'indented' | 'braces' | 'set'

const sample = 2000

export function shapeOf(lines: readonly string[]): Shape {
  let [braces, sets, all] = [0, 0, 0]
  for (const line of lines.slice(0, sample)) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    all += 1
    if (text.endsWith('{') || text === '}' || text.endsWith(';')) braces += 1
    if (/^(set|deactivate) /.test(text)) sets += 1
  }
  if (sets > all / 2) return 'set'
  return braces > all / 2 ? 'braces' : 'indented'
}

const indentOf = (line: string) => line.length - line.trimStart().length
const isComment = (text: string) => text === '' || text.startsWith('!') || text.startsWith('#')

function topLevel(lines: readonly string[]): Stanza[] {
  const stanzas: Stanza[] = []
  for (const [at, line] of lines.entries()) {
    const label = line.trim()
    if (isComment(label)) continue
    const current = stanzas.at(-1)
    if (indentOf(line) === 0) stanzas.push({ label, depth: 0, line: at + 1, last: at + 1 })
    else if (current !== undefined) current.last = at + 1
  }
  return stanzas
}

/** Lines that follow one another, have nothing below them and begin with the same word are one entry. */
function indented(lines: readonly string[]): Stanza[] {
  const stanzas: Stanza[] = []
  let group = ''
  for (const stanza of topLevel(lines)) {
    const word = stanza.line === stanza.last ? (/^(?:no )?\S+/.exec(stanza.label)?.[0] ?? '') : ''
    const before = stanzas.at(-1)
    if (before !== undefined && word !== '' && word === group) {
      before.last = stanza.last
      before.label = `${word} …`
      before.group = true
    } else stanzas.push(stanza)
    group = word
  }
  return stanzas
}

function braces(lines: readonly string[]): Stanza[] {
  const stanzas: Stanza[] = []
  const open: (Stanza | null)[] = []
  for (const [at, line] of lines.entries()) {
    const text = line.replace(/\/\*.*?\*\/|##?.*$/g, '').trim()
    if (text.endsWith('{')) {
      const depth = open.length
      const stanza: Stanza = { label: text.slice(0, -1).trim(), depth, line: at + 1, last: at + 1 }
      if (depth < 3) stanzas.push(stanza)
      open.push(depth < 3 ? stanza : null)
    } else if (/^\}[;,]?$/.test(text)) {
      const closed = open.pop()
      if (closed != null) closed.last = at + 1
    }
  }
  for (const stanza of open) if (stanza !== null) stanza.last = lines.length
  return stanzas
}

function sets(lines: readonly string[]): Stanza[] {
  const stanzas: Stanza[] = []
  const current: (Stanza | undefined)[] = []
  for (const [at, line] of lines.entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] !== 'set' && words[0] !== 'deactivate') continue
    for (const depth of [0, 1]) {
      const label = words[depth + 1]
      // The last word is a value and no level of its own.
      if (label === undefined || words.length <= depth + 3) {
        current.length = depth
        break
      }
      const now = current[depth]
      if (now?.label === label) now.last = at + 1
      else {
        current.length = depth
        const stanza = { label, depth, line: at + 1, last: at + 1 }
        current.push(stanza)
        stanzas.push(stanza)
      }
    }
  }
  return stanzas
}

export function outlineOf(lines: readonly string[], shape = shapeOf(lines)): Stanza[] {
  return { indented, braces, set: sets }[shape](lines)
}

/** The innermost stanza with that line. */
export function stanzaAt(stanzas: readonly Stanza[], line: number): Stanza | null {
  let [low, high] = [0, stanzas.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stanzas[middle] as Stanza).line <= line) low = middle + 1
    else high = middle
  }
  for (let at = low - 1; at >= 0; at--) {
    const stanza = stanzas[at] as Stanza
    if (stanza.last >= line) return stanza
    if (stanza.depth === 0) return null
  }
  return null
}

/** That stanza after those around it. */
export function stanzaPath(stanzas: readonly Stanza[], line: number): Stanza[] {
  const inner = stanzaAt(stanzas, line)
  if (inner === null) return []
  const path = [inner]
  for (let at = stanzas.indexOf(inner) - 1; (path[0]?.depth ?? 0) > 0 && at >= 0; at--) {
    const stanza = stanzas[at] as Stanza
    if (stanza.depth < (path[0]?.depth ?? 0)) path.unshift(stanza)
  }
  return path
}
