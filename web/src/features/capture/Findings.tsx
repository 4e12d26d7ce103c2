// SPDX-License-Identifier: Apache-2.0
/* What is wrong, the worst first; many of one kind are folded. The sentences are the server's. */
import { CircleCheck } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link } from 'react-router'
import { packetPath } from '@/app/paths'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, CopyButton, EmptyState, Notice, Panel, SeverityBadge } from '@/ui'
import styles from './capture.module.css'
import { concerned, hasStates, usePlace } from './places'
import { captureTexts, kindTexts } from './texts'
import type { CaptureResult, Finding } from './types'

export function useKindName(): (id: string) => string {
  const t = useTexts(kindTexts)
  return (id) => (id in t ? t[id as keyof typeof t] : id)
}

/** Numbers of packets, each with its address. */
export function PacketChips({ file, packets }: { file: FileDocument; packets: number[] }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  if (packets.length === 0) return null
  return (
    <span className={styles.chips}>
      {packets.map((packet) => (
        <Link
          key={packet}
          className={styles.chip}
          to={packetPath(file.id, packet)}
          aria-label={t.packet(format.number(packet))}
        >
          {packet}
        </Link>
      ))}
    </span>
  )
}

export function FindingRow({
  file,
  finding,
  withStates,
  withLink = true,
}: {
  file: FileDocument
  finding: Finding
  withStates: boolean
  withLink?: boolean
}) {
  const t = useTexts(captureTexts)
  const place = usePlace()
  const filter = withLink ? concerned(finding, withStates) : null
  return (
    <li className={styles.finding} data-severity={finding.severity}>
      <SeverityBadge severity={finding.severity} />
      <div className={styles.findingBody}>
        <p lang="en" className={styles.findingTitle}>
          {finding.title}
        </p>
        {finding.detail !== '' && (
          <p lang="en" className="muted">
            {finding.detail}
          </p>
        )}
        <div className={styles.evidence}>
          {finding.packets.length > 0 && (
            <span className={styles.chips}>
              <span className="muted">{t.packetsLabel}</span>
              <PacketChips file={file} packets={finding.packets} />
            </span>
          )}
          {filter !== null && (
            <Link to={place.to({ part: 'conversations', filter, packet: null })}>{t.itsConversations}</Link>
          )}
          {finding.filter !== '' && (
            <span className={styles.code}>
              <code>{finding.filter}</code>
              <CopyButton text={finding.filter} label={t.copyFilter} />
            </span>
          )}
        </div>
      </div>
    </li>
  )
}

interface Group {
  id: string
  findings: Finding[]
}

/** Findings of one kind and severity together, in the order of the first of each. */
export function groupFindings(findings: Finding[]): Group[] {
  const groups = new Map<string, Group>()
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.id}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { id: finding.id, findings: [finding] })
    else group.findings.push(finding)
  }
  return [...groups.values()]
}

const shownOfKind = 3

function KindGroup({ file, group, withStates }: { file: FileDocument; group: Group; withStates: boolean }) {
  const t = useTexts(captureTexts)
  const kindName = useKindName()
  const [open, setOpen] = useState(false)
  const shown =
    open || group.findings.length <= shownOfKind + 1 ? group.findings : group.findings.slice(0, shownOfKind)
  const more = group.findings.length - shownOfKind
  return (
    <div className={styles.group}>
      <h3 className={styles.kind}>{kindName(group.id)}</h3>
      <ul>
        {shown.map((finding, i) => (
          <FindingRow key={i} file={file} finding={finding} withStates={withStates} />
        ))}
      </ul>
      {more > 1 && (
        <Button kind="quiet" className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t.fewer : t.moreOfKind(more)}
        </Button>
      )}
    </div>
  )
}

export function Findings({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const { findings } = capture
  const groups = useMemo(() => groupFindings(findings ?? []), [findings])
  const withStates = useMemo(() => hasStates(capture), [capture])
  if (findings === undefined) return <Notice>{t.notJudged}</Notice>
  const count = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length
  const [errors, warnings, notes] = [count('error'), count('warning'), count('note')]
  const others = capture.other_findings ?? 0
  return (
    <Panel
      title={t.whatIsWrong}
      flush
      actions={
        <>
          {errors > 0 && <Badge tone="error">{t.errors(errors)}</Badge>}
          {warnings > 0 && <Badge tone="warning">{t.warnings(warnings)}</Badge>}
          {notes > 0 && <Badge tone="note">{t.notes(notes)}</Badge>}
        </>
      }
    >
      {findings.length === 0 && <EmptyState icon={<CircleCheck size={28} />} title={t.nothingWrong} />}
      {groups.map((group) => (
        <KindGroup
          key={`${group.findings[0]?.severity} ${group.id}`}
          file={file}
          group={group}
          withStates={withStates}
        />
      ))}
      {others > 0 && <p className={styles.foot}>{t.otherFindings(format.number(others))}</p>}
    </Panel>
  )
}
