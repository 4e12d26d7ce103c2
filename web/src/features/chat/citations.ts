// SPDX-License-Identifier: Apache-2.0
import type { Citation } from './types'

/** The place of a citation as engineers write it: core1.cfg:103-105, runbook.pdf p. 3. */
export function placeOf(citation: Citation): string {
  if (citation.page != null) return `${citation.document} p. ${citation.page}`
  if (citation.line_start == null) return citation.document
  const end = citation.line_end ?? citation.line_start
  return `${citation.document}:${citation.line_start}${end === citation.line_start ? '' : `-${end}`}`
}

/** ?source=MESSAGE.N: the citation that is open beside the conversation. */
export function readSource(value: string | null): { message: string; n: number } | null {
  const match = /^([0-9a-f-]{36})\.(\d{1,3})$/.exec(value ?? '')
  return match === null ? null : { message: match[1] ?? '', n: Number(match[2]) }
}

export function writeSource(message: string, n: number): string {
  return `${message}.${n}`
}
