// SPDX-License-Identifier: Apache-2.0
/* The files that an archive became, and what was left out of it. */
import { Link } from 'react-router'
import { filePath } from '@/app/paths'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { Badge, DataTable, Notice, Panel, type Column } from '@/ui'
import { KindIcon, MemberStateView, useKindName } from '../parts'
import { useNarrow } from '@/ui/useNarrow'
import { byReason, countsOf, type LeftOut, type Member } from './archive'
import styles from './archive.module.css'
import { archiveTexts } from './texts'

const rowHeight = 28
const headHeight = 46
const mostRows = 20

function LeftOutList({ leftOut, count }: { leftOut: LeftOut[]; count: number }) {
  const t = useTexts(archiveTexts)
  const groups = byReason(leftOut)
  const full = groups.some(([reason]) => reason === 'quota' || reason === 'jobs')
  return (
    <Panel title={t.leftOut(count)}>
      <dl className={styles.left}>
        {groups.map(([reason, items]) => (
          <div key={reason}>
            <dt>{reason === 'kind' ? t.kind_unknown : t[reason]}</dt>
            <dd>
              <ul>
                {items.map(({ name, message }, index) => (
                  <li key={`${index} ${name}`} title={message ?? undefined}>
                    {name}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
      {leftOut.length < count && <p className="muted">{t.onlyFirst(leftOut.length)}</p>}
      {full && <p className="muted">{t.again}</p>}
    </Panel>
  )
}

export function ArchiveView({ file }: { file: FileDocument }) {
  const t = useTexts(archiveTexts)
  const kindName = useKindName()
  const counts = countsOf(file)
  const { members = [], left_out: leftOut = [] } = file.archive ?? {}
  const narrow = useNarrow()
  const kindColumn: Column<Member> = {
    key: 'kind',
    label: t.kind,
    width: 'minmax(90px, 1fr)',
    sort: ({ file_type: kind }) => kind,
    cell: ({ file_type: kind }) => kindName(kind),
  }
  const columns: Column<Member>[] = [
    {
      key: 'name',
      label: t.name,
      width: 'minmax(150px, 2.5fr)',
      sort: ({ name }) => name,
      cell: ({ id, name, file_type: kind }) => (
        <span className={styles.name}>
          <KindIcon kind={kind} />
          <Link to={filePath(id)} title={name}>
            {name}
          </Link>
        </span>
      ),
    },
    ...(narrow ? [] : [kindColumn]),
    {
      key: 'state',
      label: t.state,
      width: 'minmax(110px, 1.2fr)',
      sort: ({ status }) => status,
      cell: (member) => (
        <span className={styles.name}>
          <MemberStateView member={member} />
          {!member.is_new && (
            <span title={t.knownHint}>
              <Badge tone="note">{t.known}</Badge>
            </span>
          )}
        </span>
      ),
    },
  ]
  return (
    <>
      {counts?.incomplete != null && (
        <Notice tone="warning">
          <div>
            <strong>{t.incomplete}</strong>
            <p>{counts.incomplete}</p>
          </div>
        </Notice>
      )}
      <Panel flush title={t.files}>
        {members.length === 0 ? (
          <p className={styles.none}>{t.none}</p>
        ) : (
          <DataTable
            label={t.files}
            rows={members}
            columns={columns}
            rowKey={({ id }) => id}
            height={Math.min(mostRows, members.length) * rowHeight + headHeight}
          />
        )}
      </Panel>
      {counts !== null && counts.leftOut > 0 && <LeftOutList leftOut={leftOut} count={counts.leftOut} />}
    </>
  )
}
