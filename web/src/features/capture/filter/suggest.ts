// SPDX-License-Identifier: Apache-2.0
/* What could be written at the caret of a filter. */
import { closingFields, fields, findField, type Field } from './fields'
import { FilterError, symbolOf, tokenize, type Token } from './parse'

export interface Suggestion {
  text: string
  /** The field that is described, if the suggestion is one or a value of one. */
  field?: Field
}

export interface Suggestions {
  from: number
  to: number
  items: Suggestion[]
}

const comparing = ['==', '!=', '>', '<', '>=', '<=']

function expected(before: Token[], withClosing: boolean): Suggestion[] {
  const last = before.at(-1)
  const previous = before.at(-2)
  if (last === undefined || ['&&', '||', '!', '('].includes(symbolOf(last)))
    return [...fields, ...(withClosing ? closingFields : [])].map((field) => ({ text: field.name, field }))
  if (comparing.includes(symbolOf(last)) && previous !== undefined) {
    const field = findField(previous.text)
    return (field?.values ?? []).map((text) => ({ text, ...(field === undefined ? {} : { field }) }))
  }
  const field = last.is === 'word' ? findField(last.text) : undefined
  const isFieldHere =
    field !== undefined && !comparing.includes(previous === undefined ? '' : symbolOf(previous))
  if (isFieldHere && field.kind !== 'flag') {
    const ordered = field.kind !== 'text' && field.kind !== 'address'
    return (ordered ? comparing : ['==', '!=', 'contains', 'in']).map((text) => ({ text }))
  }
  return ['&&', '||'].map((text) => ({ text }))
}

/** The suggestions for the word that ends at the caret, or for the next one. */
export function suggest(text: string, caret: number, withClosing: boolean): Suggestions {
  const head = text.slice(0, caret)
  let before: Token[]
  try {
    before = tokenize(head).slice(0, -1)
  } catch (error) {
    if (error instanceof FilterError) return { from: caret, to: caret, items: [] }
    throw error
  }
  const last = before.at(-1)
  const isBegun = last?.is === 'word' && last.at + last.length === caret
  const word = isBegun ? last.text.toLowerCase() : ''
  if (isBegun) before.pop()
  const rest = /^[\w.]*/.exec(text.slice(caret))?.[0] ?? ''
  const starts = (name: string) => name.startsWith(word)
  const found = expected(before, withClosing).filter(
    ({ text: name, field }) =>
      starts(name) || name.includes(`.${word}`) || (field?.name === name && field.also.some(starts)),
  )
  // What is whole already needs no suggestion.
  const items = found.length === 1 && found[0]?.text === word ? [] : found
  items.sort((a, b) => Number(b.text.startsWith(word)) - Number(a.text.startsWith(word)))
  return { from: caret - word.length, to: isBegun ? caret + rest.length : caret, items }
}
