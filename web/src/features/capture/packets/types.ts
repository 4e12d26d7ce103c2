// SPDX-License-Identifier: Apache-2.0
/* Packets as the API gives them; docs/capture-analysis.md explains the members. */
import type { Schemas } from '@/api/client'

export type PacketList = Schemas['PacketList']
export type PacketRow = PacketList['items'][number]
export type Packet = Schemas['Packet']
export type Layer = Packet['layers'][number]
export type Field = Layer['fields'][number]

/** Some bytes of a packet. */
export interface Span {
  offset: number
  length: number
}

/** The bytes of a layer or a field; null for what was reassembled from several packets. */
export function spanOf(part: { offset?: number | null; length?: number | null }): Span | null {
  const { offset, length } = part
  return offset == null || length == null || length === 0 ? null : { offset, length }
}
