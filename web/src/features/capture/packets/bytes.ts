// SPDX-License-Identifier: Apache-2.0
/* The bytes of a packet, and which field holds a byte. */
import { spanOf, type Field, type Layer, type Packet, type Span } from './types'

export function bytesOf(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(packet.bytes.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(packet.bytes.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

export function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

export function printed(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
}

/** A node of the tree of layers: a layer, or a field of it. */
export interface Node {
  id: string
  layer: Layer
  field: Field | null
  span: Span | null
}

export function nodesOf(packet: Packet): Node[] {
  return packet.layers.flatMap((layer, i) => [
    { id: `${i}`, layer, field: null, span: spanOf(layer) },
    ...layer.fields.map((field, j) => ({ id: `${i}.${j}`, layer, field, span: spanOf(field) })),
  ])
}

export function contains(span: Span | null, at: number): boolean {
  return span !== null && at >= span.offset && at < span.offset + span.length
}

/** The node with the fewest bytes around that one; of equal ones the innermost. */
export function nodeAt(nodes: Node[], at: number): Node | null {
  let best: Node | null = null
  for (const node of nodes) {
    if (!contains(node.span, at)) continue
    if (best === null || (node.span?.length ?? 0) <= (best.span?.length ?? 0)) best = node
  }
  return best
}

/** The display filter of Wireshark for a field; null where its value is no literal of one. */
export function filterOf(field: Field): string | null {
  if (!/^[\w.:-]+$/.test(field.value)) return null
  return `${field.name} == ${field.value}`
}
