// SPDX-License-Identifier: Apache-2.0
/* Makes a function of a filter, which says whether a conversation passes. */
import type { Conversation } from '../types'
import { isWithin } from './address'
import type { Expression, Operator, Value } from './parse'

export type Test = (row: Conversation) => boolean
type Found = number | string

function equals(found: Found, value: Value): boolean {
  if (value.is === 'number') return found === value.number
  return value.is === 'prefix'
    ? isWithin(value.prefix, String(found))
    : String(found).toLowerCase() === value.text
}

const orders: Record<Exclude<Operator, '==' | '!='>, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
}

function compare(operator: Operator, value: Value): (all: Found[]) => boolean {
  if (operator === '==') return (all) => all.some((found) => equals(found, value))
  if (operator === '!=') return (all) => all.length > 0 && all.every((found) => !equals(found, value))
  const holds = orders[operator]
  const bound = value.is === 'number' ? value.number : NaN
  return (all) => all.some((found) => holds(Number(found), bound))
}

function isBetween(found: Found, from: Value, to: Value): boolean {
  if (from === to || from.is !== 'number' || to.is !== 'number') return equals(found, from)
  return Number(found) >= from.number && Number(found) <= to.number
}

export function compile(filter: Expression): Test {
  switch (filter.is) {
    case 'or': {
      const parts = filter.parts.map(compile)
      return (row) => parts.some((part) => part(row))
    }
    case 'and': {
      const parts = filter.parts.map(compile)
      return (row) => parts.every((part) => part(row))
    }
    case 'not': {
      const part = compile(filter.part)
      return (row) => !part(row)
    }
    case 'has':
      return (row) => filter.field.of(row).some((found) => found !== 0)
    case 'compare': {
      const holds = compare(filter.operator, filter.value)
      return (row) => holds(filter.field.of(row))
    }
    case 'contains':
      return (row) => filter.field.of(row).some((found) => String(found).toLowerCase().includes(filter.text))
    case 'in':
      return (row) =>
        filter.field.of(row).some((found) => filter.items.some(({ from, to }) => isBetween(found, from, to)))
  }
}
