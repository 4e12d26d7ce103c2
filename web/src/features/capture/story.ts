// SPDX-License-Identifier: Apache-2.0
/* What happened in a conversation, in sentences that each tell figures of the analysis. */
import type { Format } from '@/i18n/format'
import { endName } from './names'
import type { captureTexts } from './texts'
import type { Conversation } from './types'

type Texts = (typeof captureTexts)['en']

function opening(row: Conversation, a: string, b: string, t: Texts, format: Format): string[] {
  const start = row.start_s === 0 ? t.storyWithFirst : t.storyAfter(format.seconds(row.start_s))
  const { tcp } = row
  if (tcp === undefined) return [t.storySeen(row.transport.toUpperCase(), a, b, start)]
  if ((tcp.syn ?? 0) > 0 && tcp.client === 'b')
    return opening({ ...row, tcp: { ...tcp, client: 'a' } }, b, a, t, format)
  const said =
    (tcp.syn ?? 0) > 0 || tcp.initial_rtt_s !== undefined
      ? t.storyOpened(a, b, start)
      : t.storySeen('TCP', a, b, start)
  if (tcp.initial_rtt_s !== undefined) return [said, t.storyHandshake(format.seconds(tcp.initial_rtt_s))]
  return tcp.syn === 0 ? [said, t.storyNoHandshake] : [said]
}

function ending(row: Conversation, a: string, b: string, t: Texts): string[] {
  const { state, closed_by: by } = row.tcp ?? {}
  return state === undefined ? [] : [t[`story_${state}`](by === 'b' ? b : a)]
}

export function story(row: Conversation, t: Texts, format: Format): string[] {
  const [a, b] = [endName(row.address_a, row.port_a), endName(row.address_b, row.port_b)]
  const { tcp = {} } = row
  const say = (count: number | undefined, text: (count: string) => string) =>
    (count ?? 0) > 0 ? [text(format.number(count ?? 0))] : []
  const sent = format.bytes(row.bytes_a_to_b)
  return [
    ...opening(row, a, b, t, format),
    row.packets_b_to_a > 0
      ? t.storyVolume(a, sent, format.bytes(row.bytes_b_to_a), format.seconds(row.duration_s))
      : t.storyOneWay(a, sent),
    ...(tcp.first_byte === undefined ? [] : [t.storyFirstByte(format.seconds(tcp.first_byte.average_s))]),
    ...say(tcp.retransmission, t.storyRetransmitted),
    ...say(tcp.out_of_order, t.storyReordered),
    ...say(tcp.zero_window, t.storyZero),
    ...say(tcp.ack_lost_segment, t.storyLostCapture),
    ...ending(row, a, b, t),
  ]
}
