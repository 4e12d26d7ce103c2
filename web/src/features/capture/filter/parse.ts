// SPDX-License-Identifier: Apache-2.0
/*
 * The filter of conversations, in the manner of Wireshark's display filters:
 *
 *     either     = both { ("||" | "or") both }
 *     both       = unary { ("&&" | "and") unary }
 *     unary      = ("!" | "not") unary | "(" either ")" | test
 *     test       = field [ operator value | "contains" value | "in" "{" item { "," item } "}" ]
 *     item       = value [ ".." value ]
 *
 * A field alone asks whether the conversation has it, and for a count whether it is more than 0. A
 * conversation has several addresses and ports: == asks for one that is equal, != for none that is.
 */
import { parsePrefix, type Prefix } from './address'
import { findField, nearestField, type Field } from './fields'

export type Operator = '==' | '!=' | '>' | '<' | '>=' | '<='

export type Value =
  { is: 'number'; number: number } | { is: 'prefix'; prefix: Prefix } | { is: 'text'; text: string }

export type Expression =
  | { is: 'or' | 'and'; parts: Expression[] }
  | { is: 'not'; part: Expression }
  | { is: 'has'; field: Field }
  | { is: 'compare'; field: Field; operator: Operator; value: Value }
  | { is: 'contains'; field: Field; text: string }
  | { is: 'in'; field: Field; items: { from: Value; to: Value }[] }

export type Fault =
  | 'unknownField'
  | 'unknownCharacter'
  | 'openString'
  | 'expectedField'
  | 'expectedValue'
  | 'expectedNumber'
  | 'expectedAddress'
  | 'expectedOperator'
  | 'expectedClosing'
  | 'expectedBrace'
  | 'noOrder'
  | 'flagHasNoValue'
  | 'tooDeep'

/** What is wrong with a filter, and with which of its characters. */
export class FilterError extends Error {
  constructor(
    readonly fault: Fault,
    readonly at: number,
    readonly length: number,
    readonly found: string,
    readonly hint?: string | undefined,
  ) {
    super(`${fault} at ${at}`)
    this.name = 'FilterError'
  }
}

export interface Token {
  is: 'word' | 'string' | 'symbol' | 'end'
  text: string
  at: number
  length: number
}

const symbols = ['&&', '||', '==', '!=', '>=', '<=', '..', '>', '<', '!', '(', ')', '{', '}', ',']
/* Words are names, numbers, addresses and prefixes; ".." separates two of them. */
const wordCharacter = /[\p{L}\p{N}_.:/%*-]/u

function readWord(text: string, from: number): string {
  let to = from
  while (to < text.length && wordCharacter.test(text.charAt(to)) && !text.startsWith('..', to)) to++
  return text.slice(from, to)
}

function readString(text: string, from: number): Token {
  const quote = text.charAt(from)
  let value = ''
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === quote) return { is: 'string', text: value, at: from, length: at + 1 - from }
    if (character === '\\' && at + 1 < text.length) at++
    value += text.charAt(at)
  }
  throw new FilterError('openString', from, text.length - from, text.slice(from))
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    if (/\s/.test(character)) {
      at++
      continue
    }
    const symbol = symbols.find((known) => text.startsWith(known, at))
    const token: Token =
      character === '"' || character === "'"
        ? readString(text, at)
        : symbol !== undefined
          ? { is: 'symbol', text: symbol, at, length: symbol.length }
          : { is: 'word', text: readWord(text, at), at, length: readWord(text, at).length }
    if (token.length === 0) throw new FilterError('unknownCharacter', at, 1, character)
    tokens.push(token)
    at += token.length
  }
  tokens.push({ is: 'end', text: '', at: text.length, length: 0 })
  return tokens
}

const words: Record<string, string> = {
  and: '&&',
  or: '||',
  not: '!',
  eq: '==',
  ne: '!=',
  gt: '>',
  lt: '<',
  ge: '>=',
  le: '<=',
}
const operators: readonly string[] = ['==', '!=', '>', '<', '>=', '<=']

/** The symbol that a token stands for: "and" is "&&". */
export function symbolOf(token: Token): string {
  if (token.is === 'word') return words[token.text.toLowerCase()] ?? ''
  return token.is === 'symbol' ? token.text : ''
}

const units: Record<string, number> = { '': 1, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, min: 60, h: 3600 }
const sizes: Record<string, number> = { '': 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9 }

function numberOf(text: string, kind: Field['kind']): number | null {
  const match = /^(\d+(?:\.\d+)?(?:e-?\d+)?)(\p{L}*)$/u.exec(text)
  const unit = match?.[2]?.toLowerCase() ?? ''
  const scale = kind === 'seconds' ? units[unit] : sizes[unit]
  if (match === null || scale === undefined || (kind === 'number' && /b/.test(unit))) return null
  return Number(match[1]) * scale
}

const deepest = 64

class Parser {
  private next = 0
  private depth = 0
  constructor(private readonly tokens: Token[]) {}

  whole(): Expression {
    const found = this.either()
    if (this.here.is !== 'end') this.fail('expectedOperator')
    return found
  }

  private get here(): Token {
    return this.tokens[Math.min(this.next, this.tokens.length - 1)] as Token
  }

  private fail(fault: Fault, token = this.here, hint?: string): never {
    throw new FilterError(fault, token.at, token.length, token.text, hint)
  }

  private take(symbol: string): boolean {
    if (symbolOf(this.here) !== symbol) return false
    this.next++
    return true
  }

  private chain(is: 'or' | 'and', symbol: string, part: () => Expression): Expression {
    const parts = [part()]
    while (this.take(symbol)) parts.push(part())
    return parts.length === 1 ? (parts[0] as Expression) : { is, parts }
  }

  private either(): Expression {
    if (++this.depth > deepest) this.fail('tooDeep')
    const found = this.chain('or', '||', () => this.chain('and', '&&', () => this.unary()))
    this.depth--
    return found
  }

  private unary(): Expression {
    let negated = false
    while (this.take('!')) negated = !negated
    const opening = this.here
    let part: Expression
    if (this.take('(')) {
      part = this.either()
      if (!this.take(')')) this.fail('expectedClosing', this.here.is === 'end' ? opening : this.here)
    } else {
      part = this.test()
    }
    return negated ? { is: 'not', part } : part
  }

  private field(): Field {
    const token = this.here
    if (token.is !== 'word' || symbolOf(token) !== '') this.fail('expectedField')
    const field = findField(token.text)
    if (field === undefined) this.fail('unknownField', token, nearestField(token.text))
    this.next++
    return field
  }

  private test(): Expression {
    const field = this.field()
    const token = this.here
    const word = token.is === 'word' ? token.text.toLowerCase() : ''
    const symbol = symbolOf(token)
    const asks = operators.includes(symbol) || word === 'contains' || word === 'in'
    if (!asks) return { is: 'has', field }
    if (field.kind === 'flag') this.fail('flagHasNoValue')
    this.next++
    if (word === 'contains') return { is: 'contains', field, text: this.text().toLowerCase() }
    if (word === 'in') return { is: 'in', field, items: this.items(field) }
    if (symbol !== '==' && symbol !== '!=' && (field.kind === 'text' || field.kind === 'address'))
      this.fail('noOrder', token)
    return { is: 'compare', field, operator: symbol as Operator, value: this.value(field) }
  }

  private text(): string {
    const token = this.here
    if ((token.is !== 'word' && token.is !== 'string') || symbolOf(token) !== '') this.fail('expectedValue')
    this.next++
    return token.text
  }

  private value(field: Field): Value {
    const token = this.here
    const text = this.text()
    if (field.kind === 'text') return { is: 'text', text: text.toLowerCase() }
    if (field.kind === 'address') {
      const prefix = parsePrefix(text)
      if (prefix === null) this.fail('expectedAddress', token)
      return { is: 'prefix', prefix }
    }
    const number = numberOf(text, field.kind)
    if (number === null) this.fail('expectedNumber', token)
    return { is: 'number', number }
  }

  private items(field: Field): { from: Value; to: Value }[] {
    const items: { from: Value; to: Value }[] = []
    if (!this.take('{')) this.fail('expectedBrace')
    do {
      const from = this.value(field)
      const range = this.here
      const to = this.take('..') ? this.value(field) : from
      if (to !== from && from.is !== 'number') this.fail('noOrder', range)
      items.push({ from, to })
      // Wireshark accepts a space between two items as well.
    } while (this.take(',') || this.here.is === 'word' || this.here.is === 'string')
    if (!this.take('}')) this.fail('expectedClosing')
    return items
  }
}

/** Reads a filter; null if it is empty. Throws FilterError. */
export function parseFilter(text: string): Expression | null {
  return text.trim() === '' ? null : new Parser(tokenize(text)).whole()
}
