// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@/api/client'

/** What the server says about one field of a form, or null. */
export function fieldError(error: unknown, field: string): string | null {
  if (!(error instanceof ApiError) || error.details['field'] !== field) return null
  const prefix = `${field}: `
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message
}

/** Whether the error stands at one of these fields, so that it is not shown twice. */
export function isFieldError(error: unknown, fields: string[]): boolean {
  return fields.some((field) => fieldError(error, field) !== null)
}

/** The end of a day of the user's time zone, as the API takes it. */
export function endOfDay(day: string): string | null {
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? null : end.toISOString()
}

export function inDays(days: number, now = Date.now()): string {
  return new Date(now + days * 86_400_000).toISOString()
}

export type PasswordFault = 'short' | 'long' | 'differ' | 'same' | null

/** What is wrong with a new password before the server is asked. It counts bytes, as the server does. */
export function passwordFault(old: string, fresh: string, again: string): PasswordFault {
  const bytes = new TextEncoder().encode(fresh).length
  if (bytes < 8) return 'short'
  if (bytes > 72) return 'long'
  if (fresh === old) return 'same'
  return fresh === again ? null : 'differ'
}
