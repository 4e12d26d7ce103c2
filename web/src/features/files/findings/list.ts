// SPDX-License-Identifier: Apache-2.0
/* All findings, those of the network and those of each file, in one list, and its groups. */
import type { FileDocument, NetworkFinding } from '@/api/queries'
import type { Severity } from '@/ui'
import { hostnameOf } from '../files'
import type { FileFinding } from '../results'
import { rankOf } from '../text/marks'

export interface FindingPlace {
  id: string
  name: string
  line: number | null
  packet: number | null
}

export interface Listed {
  key: string
  severity: Severity
  kind: string
  title: string
  detail: string | null
  fix: string | null
  places: FindingPlace[]
  /** The edge of the topology that it is about. */
  edge: string | null
  /** The devices it concerns, or the names of the files that name none. */
  devices: string[]
  network: boolean
}

/** A finding of a topology's metadata: the only place that names its edge. */
export interface DrawnFinding {
  kind: string
  message: string
  edge?: string
}

const shownPlaces = 12

function deviceOf(byId: ReadonlyMap<string, FileDocument>, id: string, name: string): string {
  const file = byId.get(id)
  return (file === undefined ? null : hostnameOf(file)) ?? name
}

export function ofNetwork(
  findings: NetworkFinding[],
  drawn: DrawnFinding[],
  byId: ReadonlyMap<string, FileDocument>,
): Listed[] {
  const edges = new Map(drawn.map((one) => [`${one.kind} ${one.message}`, one.edge ?? null]))
  return findings.map((finding, at) => ({
    key: `network ${at}`,
    severity: finding.severity,
    kind: finding.kind,
    title: finding.message,
    detail: null,
    fix: finding.fix ?? null,
    places: finding.at.map(({ document_id, document, line }) => ({
      id: document_id,
      name: document,
      line,
      packet: null,
    })),
    edge: edges.get(`${finding.kind} ${finding.message}`) ?? null,
    devices: [...new Set(finding.at.map((place) => deviceOf(byId, place.document_id, place.document)))],
    network: true,
  }))
}

export function ofFile(file: FileDocument, findings: FileFinding[]): Listed[] {
  const name = file.original_filename
  return findings.map((finding, at) => {
    const lines = [...new Set([finding.line, ...(finding.lines ?? []), finding.other_line])].filter(
      (line) => line !== undefined,
    )
    const places = [
      ...lines.map((line) => ({ id: file.id, name, line, packet: null })),
      ...(finding.packets ?? []).map((packet) => ({ id: file.id, name, line: null, packet })),
    ]
    return {
      key: `${file.id} ${at}`,
      severity: finding.severity,
      kind: finding.id,
      title: finding.title,
      detail: finding.detail ?? null,
      fix: finding.fix ?? null,
      places:
        places.length === 0
          ? [{ id: file.id, name, line: null, packet: null }]
          : places.slice(0, shownPlaces),
      edge: null,
      devices: [hostnameOf(file) ?? name],
      network: false,
    }
  })
}

export type GroupBy = 'severity' | 'device' | 'kind'
export type Level = 'error' | 'warning' | 'note'

export const levels: Level[] = ['error', 'warning', 'note']
/** The analyses of files say note where those of the network say info. */
export const levelOf = (severity: Severity): Level => (severity === 'info' ? 'note' : severity)

export function matchesText(finding: Listed, text: string): boolean {
  const inside = [
    finding.title,
    finding.detail,
    finding.fix,
    finding.kind,
    ...finding.devices,
    ...finding.places.map(({ name }) => name),
  ]
    .join('\n')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => inside.includes(word))
}

export interface Group {
  name: string
  findings: Listed[]
}

/** The groups in their order; the findings of each, the worst first. One of two devices is in both groups. */
export function groupsOf(findings: Listed[], by: GroupBy): Group[] {
  const groups = new Map<string, Listed[]>()
  for (const finding of findings) {
    const names =
      by === 'device' ? finding.devices : [by === 'kind' ? finding.kind : levelOf(finding.severity)]
    for (const name of names) {
      const there = groups.get(name)
      if (there === undefined) groups.set(name, [finding])
      else there.push(finding)
    }
  }
  const order = (a: string, b: string) =>
    by === 'severity'
      ? levels.indexOf(a as Level) - levels.indexOf(b as Level)
      : a.localeCompare(b, undefined, { numeric: true })
  return [...groups]
    .sort(([a], [b]) => order(a, b))
    .map(([name, list]) => ({
      name,
      findings: list.sort((a, b) => rankOf(a.severity) - rankOf(b.severity)),
    }))
}
