// SPDX-License-Identifier: Apache-2.0
/* Groups of findings; only those in sight are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { Network } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { Link } from 'react-router'
import { filePath, packetPath, topologyPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, CopyButton, SeverityBadge } from '@/ui'
import styles from './findings.module.css'
import { levels, type FindingPlace, type Group, type Level, type Listed } from './list'
import { findingTexts } from './texts'

/** A place; of several in one file only the first says its name. */
function Place({ place, named }: { place: FindingPlace; named: boolean }) {
  const t = useTexts(findingTexts)
  const format = useFormat()
  if (place.packet !== null) {
    const packet = format.number(place.packet)
    return (
      <Link to={packetPath(place.id, place.packet)} aria-label={t.packet(place.name, packet)}>
        {named ? t.packet(place.name, packet) : packet}
      </Link>
    )
  }
  if (place.line === null) return <Link to={filePath(place.id)}>{place.name}</Link>
  const label = t.line(place.name, String(place.line))
  return (
    <Link to={filePath(place.id, { from: place.line })} aria-label={label}>
      {named ? label : `:${place.line}`}
    </Link>
  )
}

function Finding({ finding }: { finding: Listed }) {
  const t = useTexts(findingTexts)
  return (
    <div className={styles.finding}>
      <SeverityBadge severity={finding.severity} />
      <div className={styles.what}>
        <p>{finding.title}</p>
        {finding.detail !== null && <p className="muted">{finding.detail}</p>}
        {finding.fix !== null && (
          <div className={styles.fix}>
            <code>{finding.fix}</code>
            <CopyButton text={finding.fix} label={t.copyFix} />
          </div>
        )}
        <div className={styles.places}>
          <code className="muted">{finding.kind}</code>
          {finding.network && <Badge>{t.network}</Badge>}
          {finding.places.map((place, at) => (
            <Place key={at} place={place} named={place.id !== finding.places[at - 1]?.id} />
          ))}
          {finding.edge !== null && (
            <Link to={topologyPath(undefined, finding.edge)} title={t.topologyHint}>
              <Network size={13} aria-hidden /> {t.topology}
            </Link>
          )}
        </div>
      </div>
    </div>
  )
}

type Row = { group: Group } | { finding: Listed }

export function FindingList({ groups }: { groups: Group[] }) {
  const t = useTexts(findingTexts)
  const format = useFormat()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(
    () =>
      groups.flatMap((group): Row[] => [{ group }, ...group.findings.map((finding): Row => ({ finding }))]),
    [groups],
  )
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => ('group' in (rows[at] as Row) ? 34 : 74),
    overscan: 8,
    initialRect: { width: 900, height: 700 },
  })
  return (
    <div ref={scroller} className={styles.list} role="region" aria-label={t.list} tabIndex={0}>
      <div className={styles.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index] as Row
          return (
            <div
              key={'group' in row ? `group ${row.group.name}` : `${index} ${row.finding.key}`}
              ref={virtual.measureElement}
              data-index={index}
              className={styles.row}
              style={{ transform: `translateY(${start}px)` }}
            >
              {'group' in row ? (
                <h2 className={styles.groupHead}>
                  {levels.includes(row.group.name as Level) ? t[row.group.name as Level] : row.group.name}
                  <span className="muted">{format.number(row.group.findings.length)}</span>
                </h2>
              ) : (
                <Finding finding={row.finding} />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
