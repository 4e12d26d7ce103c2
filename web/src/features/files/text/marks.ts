// SPDX-License-Identifier: Apache-2.0
/* Findings by the lines at which they are. */
import type { NetworkFinding } from '@/api/queries'
import type { Severity } from '@/ui'
import type { FileFinding } from '../results'

export interface Mark {
  /** The same for all places of one finding. */
  key: string
  kind: string
  severity: Severity
  title: string
  detail: string | null
  fix: string | null
  /** The first is where it opens. */
  lines: number[]
  /** It concerns other devices too. */
  network: boolean
}

const order: Severity[] = ['error', 'warning', 'note', 'info']
export const rankOf = (severity: Severity) => order.indexOf(severity)

export function marksOf(findings: FileFinding[], network: NetworkFinding[], documentId: string): Mark[] {
  const own = findings.map((finding, at): Mark => {
    const lines = [finding.line, ...(finding.lines ?? []), finding.other_line]
    return {
      key: `f${at}`,
      kind: finding.id,
      severity: finding.severity,
      title: finding.title,
      detail: finding.detail ?? null,
      fix: finding.fix ?? null,
      lines: [...new Set(lines.filter((line) => line !== undefined))],
      network: false,
    }
  })
  const shared = network.flatMap((finding, at): Mark[] => {
    const lines = finding.at.filter(({ document_id }) => document_id === documentId).map(({ line }) => line)
    if (lines.length === 0) return []
    return [
      {
        key: `n${at}`,
        kind: finding.kind,
        severity: finding.severity,
        title: finding.message,
        detail: null,
        fix: finding.fix ?? null,
        lines,
        network: true,
      },
    ]
  })
  return [...own, ...shared].sort((a, b) => rankOf(a.severity) - rankOf(b.severity))
}

/** The marks of each line, the worst first. */
export function byLine(marks: Mark[]): Map<number, Mark[]> {
  const lines = new Map<number, Mark[]>()
  for (const mark of marks)
    for (const line of mark.lines) {
      const there = lines.get(line)
      if (there === undefined) lines.set(line, [mark])
      else there.push(mark)
    }
  return lines
}
