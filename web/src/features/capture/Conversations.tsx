// SPDX-License-Identifier: Apache-2.0
/* All conversations that the analysis has kept, filtered and sorted, and one of them in detail. */
import { Cable, Download } from 'lucide-react'
import { useDeferredValue, useMemo } from 'react'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { classes, DataTable, EmptyState, IconButton, Notice, Panel } from '@/ui'
import styles from './capture.module.css'
import { useConversationColumns } from './columns'
import { ConversationPanel } from './ConversationPanel'
import { conversationsAsCsv, saveText } from './csv'
import { compile } from './filter/evaluate'
import { FilterBar, readFilter } from './FilterBar'
import { conversationKey, findConversation, findingsByConversation, hasStates, usePlace } from './places'
import { captureTexts } from './texts'
import { TimelinePanel } from './TimelinePanel'
import type { CaptureResult, Conversation } from './types'

/* The list fills the window below what stands above it. */
const tableHeight = () => Math.max(420, window.innerHeight - 320)

function Totals({ rows, shown }: { rows: Conversation[]; shown: Conversation[] }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const bytes = shown.reduce((sum, row) => sum + row.bytes_a_to_b + row.bytes_b_to_a, 0)
  const packets = shown.reduce((sum, row) => sum + row.packets_a_to_b + row.packets_b_to_a, 0)
  return (
    <span className={styles.totals} role="status">
      {t.shown(format.number(shown.length), format.number(rows.length))}
      <span className="muted">{` · ${format.number(packets)} ${t.packets.toLowerCase()} · ${format.bytes(bytes)}`}</span>
    </span>
  )
}

export function Conversations({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const place = usePlace()
  const { go } = place
  const { rows, count, other_packets, other_bytes } = capture.conversations
  const findings = useMemo(() => findingsByConversation(capture), [capture])
  const withStates = useMemo(() => hasStates(capture), [capture])
  const columns = useConversationColumns(capture, findings)
  const wanted = useDeferredValue(place.filter)
  const shown = useMemo(() => {
    const { filter } = readFilter(wanted)
    return filter === null ? rows : rows.filter(compile(filter))
  }, [rows, wanted])
  const setFilter = useMemo(() => (filter: string) => go({ part: 'conversations', filter }, true), [go])
  const opened = place.conversation === null ? undefined : findConversation(rows, place.conversation)
  const openedKey = opened === undefined ? null : conversationKey(opened)
  if (count === 0)
    return (
      <EmptyState icon={<Cable size={28} />} title={t.noConversations}>
        {t.noConversationsHint}
      </EmptyState>
    )
  return (
    <div className={styles.stack}>
      <TimelinePanel capture={capture} />
      {place.conversation !== null && opened === undefined && (
        <Notice tone="warning">{t.notKept(place.conversation)}</Notice>
      )}
      <div className={classes(styles.beside, opened !== undefined && styles.withPanel)}>
        <Panel flush className={styles.listPanel}>
          <div className={styles.listHead}>
            <FilterBar value={place.filter} onChange={setFilter} withClosing={withStates} />
            <Totals rows={rows} shown={shown} />
            <IconButton
              label={t.downloadCsv}
              icon={<Download size={15} />}
              onClick={() => saveText(`${file.original_filename}.csv`, conversationsAsCsv(shown))}
            />
          </div>
          {shown.length === 0 ? (
            <EmptyState title={t.nonePass} />
          ) : (
            <DataTable
              label={t.conversations}
              rows={shown}
              columns={columns}
              rowKey={conversationKey}
              height={Math.min(tableHeight(), (shown.length + 1) * 28 + 18)}
              selected={(row) => conversationKey(row) === openedKey}
              onOpen={(row) =>
                go({ part: 'conversations', conversation: conversationKey(row) }, opened !== undefined)
              }
            />
          )}
          {(count > rows.length || other_packets > 0) && (
            <p className={styles.foot}>
              {count > rows.length && t.keptLargest(format.number(rows.length), format.number(count))}{' '}
              {other_packets > 0 && t.beyondTable(format.number(other_packets), format.bytes(other_bytes))}
            </p>
          )}
        </Panel>
        {opened !== undefined && (
          <ConversationPanel
            key={openedKey}
            file={file}
            row={opened}
            findings={findings.get(openedKey ?? '') ?? []}
            onClose={() => go({ part: 'conversations', conversation: null })}
          />
        )}
      </div>
    </div>
  )
}
