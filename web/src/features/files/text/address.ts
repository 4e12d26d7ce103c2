// SPDX-License-Identifier: Apache-2.0
/* Addresses and prefixes of IPv4 and IPv6 as numbers, to find what lies in a prefix. */

export interface Prefix {
  bits: 32 | 128
  length: number
  /** The address without its host part. */
  network: bigint
}

function parse4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return value
}

function parse6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  let value = 0n
  for (const part of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[\da-f]{1,4}$/i.test(part)) return null
    value = (value << 16n) | BigInt(`0x${part}`)
  }
  return value
}

/** An address with or without a length; without one it is a prefix of its own. */
export function parsePrefix(text: string): Prefix | null {
  const [address = '', length, ...rest] = text.trim().split('/')
  if (rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null
  const bits = address.includes(':') ? 128 : 32
  const value = bits === 128 ? parse6(address) : parse4(address)
  const wanted = length === undefined ? bits : Number(length)
  if (value === null || wanted > bits) return null
  const host = BigInt(bits - wanted)
  return { bits, length: wanted, network: (value >> host) << host }
}

export function contains(prefix: Prefix, inside: Prefix): boolean {
  const host = BigInt(prefix.bits - prefix.length)
  return (
    prefix.bits === inside.bits &&
    inside.length >= prefix.length &&
    inside.network >> host === prefix.network >> host
  )
}

const candidates =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-f:]*:[\da-f:]*:)[\da-f:]{3,39})(?:\/\d{1,3})?(?![\w:]|\.\d)/gi

export interface Range {
  from: number
  to: number
}

/** Where a line names an address or a prefix that lies in the given one. */
export function addressesIn(line: string, prefix: Prefix): Range[] {
  const found: Range[] = []
  for (const match of line.matchAll(candidates)) {
    const text = match[0]
    const inside = parsePrefix(text)
    if (inside !== null && contains(prefix, { ...inside, length: Math.max(inside.length, prefix.length) }))
      if (inside.length >= prefix.length) found.push({ from: match.index, to: match.index + text.length })
  }
  return found
}
