// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { ApiError } from '@/api/client'
import { endOfDay, fieldError, inDays, isFieldError, passwordFault } from './fields'

const refused = new ApiError(400, 'VALIDATION_ERROR', 'endpoint: is missing', null, { field: 'endpoint' })

test('an error stands at its field, without the name that the field has already', () => {
  expect(fieldError(refused, 'endpoint')).toBe('is missing')
  expect(fieldError(refused, 'key')).toBeNull()
  expect(fieldError(new Error('x'), 'key')).toBeNull()
  expect(isFieldError(refused, ['key', 'endpoint'])).toBe(true)
})

test('a day ends when it ends where the user is', () => {
  expect(endOfDay('2027-01-31')).toBe(new Date(2027, 0, 31, 23, 59, 59).toISOString())
  expect(endOfDay('nonsense')).toBeNull()
  expect(inDays(1, Date.UTC(2026, 0, 1))).toBe('2026-01-02T00:00:00.000Z')
})

test('a new password is counted in bytes', () => {
  expect(passwordFault('old', 'seven77', 'seven77')).toBe('short')
  expect(passwordFault('old', 'çãõéáíóú'.repeat(5), '')).toBe('long')
  expect(passwordFault('long enough', 'long enough', 'long enough')).toBe('same')
  expect(passwordFault('old', 'long enough', 'long enougj')).toBe('differ')
  expect(passwordFault('old', 'ção ção', 'ção ção')).toBeNull()
})
