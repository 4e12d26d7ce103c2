// SPDX-License-Identifier: Apache-2.0
/* Questions that fit the user's own files. */
import type { FileDocument } from '@/api/queries'
import { hostOf } from './FilePicker'
import type { chatTexts } from './texts'

type Texts = (typeof chatTexts)['en']

export function examplesFor(files: FileDocument[], t: Texts): string[] {
  const ready = files.filter((file) => file.status === 'completed')
  const hosts = [...new Set(ready.map(hostOf).filter((host) => host !== null))].sort()
  const named = (type: string) => ready.find((file) => file.file_type === type)?.original_filename
  const [first, second] = hosts
  const last = hosts.at(-1)
  const edge = hosts.find((host) => /edge|core|border|pe\d/i.test(host)) ?? first
  const access = hosts.find((host) => /acc|sw/i.test(host))
  const pair = hosts.find(
    (host) => host !== edge && edge !== undefined && host.slice(0, -1) === edge.slice(0, -1),
  )
  const [log, capture, pdf] = [named('log'), named('pcap'), named('pdf')]
  const questions = [
    edge === undefined ? null : t.exampleNeighbours(pair ?? edge),
    log === undefined ? null : t.exampleLog(log),
    capture === undefined ? null : t.exampleCapture(capture),
    edge !== undefined && pair !== undefined ? t.exampleDifference(edge, pair) : null,
    first !== undefined && last !== undefined && first !== last ? t.examplePath(first, last) : null,
    edge === undefined ? null : t.exampleBgp(edge),
    access === undefined && second === undefined ? null : t.exampleVlans(access ?? second ?? ''),
    pdf === undefined ? null : t.exampleDocument(pdf),
  ]
  return questions.filter((question) => question !== null).slice(0, 4)
}
