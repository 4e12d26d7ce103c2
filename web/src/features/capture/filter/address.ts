// SPDX-License-Identifier: Apache-2.0
/* IP addresses and prefixes, as one number each. */

export interface Prefix {
  family: 4 | 6
  bits: bigint
  /** How many of the first bits count. */
  length: number
}

function parseFour(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let bits = 0n
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null
    bits = (bits << 8n) | BigInt(part)
  }
  return bits
}

function groupsOf(text: string): bigint[] | null {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const four = i === parts.length - 1 && part.includes('.') ? parseFour(part) : null
    if (four !== null) groups.push(four >> 16n, four & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

function parseSix(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = groupsOf(halves[0] ?? '')
  const tail = groupsOf(halves[1] ?? '')
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  return [...head, ...Array.from({ length: missing }, () => 0n), ...tail].reduce(
    (bits, group) => (bits << 16n) | group,
    0n,
  )
}

/** Reads "10.0.0.0/8", "2001:db8::1" and so on; null if it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const [address = '', length, ...rest] = text.split('/')
  if (rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null
  const family = address.includes(':') ? 6 : 4
  const bits = family === 6 ? parseSix(address) : parseFour(address)
  const full = family === 6 ? 128 : 32
  const given = length === undefined ? full : Number(length)
  return bits === null || given > full ? null : { family, bits, length: given }
}

export function isWithin(prefix: Prefix, address: string): boolean {
  const found = parsePrefix(address)
  if (found === null || found.family !== prefix.family) return false
  const unused = BigInt((prefix.family === 6 ? 128 : 32) - prefix.length)
  return found.bits >> unused === prefix.bits >> unused
}
