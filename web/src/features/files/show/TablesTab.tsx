// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, EmptyState, Notice, Select, type Column } from '@/ui'
import styles from '../page.module.css'
import { columnsOf, rowsOf, type ShowOutput, type TableRow } from './show'
import { showTexts } from './texts'

/* The heads of columns are bold, so `ch` would not be the same for them. */
const characterPx = 7.6

function OutputTable({ output, onLine }: { output: ShowOutput; onLine: (line: number) => void }) {
  const t = useTexts(showTexts)
  const rows = useMemo(() => rowsOf(output), [output])
  const columns = useMemo(
    (): Column<TableRow>[] => [
      {
        key: 'line',
        label: t.line,
        width: '56px',
        numeric: true,
        sort: ({ line }) => line,
        cell: ({ line }) => <span className="muted">{line}</span>,
      },
      ...columnsOf(output, rows).map(({ at, name, width, numeric }): Column<TableRow> => ({
        key: name,
        label: name,
        width: `${Math.round(width * characterPx)}px`,
        numeric,
        sort: ({ cells }) => (numeric ? Number(cells[at] ?? '') : (cells[at] ?? '')),
        cell: ({ cells }) => <span title={cells[at]}>{cells[at]}</span>,
      })),
    ],
    [output, rows, t],
  )
  return (
    <DataTable
      label={output.command}
      rows={rows}
      columns={columns}
      rowKey={({ key }) => String(key)}
      onOpen={({ line }) => onLine(line)}
      height="100%"
    />
  )
}

interface TablesTabProps {
  outputs: ShowOutput[]
  onLine: (line: number) => void
}

export function TablesTab({ outputs, onLine }: TablesTabProps) {
  const t = useTexts(showTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const first = Math.max(
    0,
    outputs.findIndex(({ rows }) => rows !== undefined),
  )
  const asked = Number(search.get('output') ?? first)
  const at = outputs[asked] === undefined ? first : asked
  const output = outputs[at]
  if (output === undefined) return <p className={styles.nothing}>{t.none}</p>
  const shown = output.rows?.length ?? 0
  const all = output.row_count ?? 0
  return (
    <>
      <div className={styles.tabHead}>
        <Select
          aria-label={t.command}
          value={String(at)}
          onChange={(event) => {
            const value = event.target.value
            setSearch(
              (now) => {
                now.set('output', value)
                return now
              },
              { replace: true },
            )
          }}
        >
          {outputs.map(({ command, line, row_count }, number) => (
            <option key={line} value={number}>
              {command} · {row_count === undefined ? t.noTable : t.rows(format.number(row_count))}
            </option>
          ))}
        </Select>
        {output.platform !== undefined && <span className="muted">{output.platform}</span>}
      </div>
      {output.problem !== undefined && <Notice tone="warning">{t.notWhole(output.problem)}</Notice>}
      {shown < all && <Notice>{t.cut(format.number(shown), format.number(all))}</Notice>}
      {output.rows === undefined ? (
        <EmptyState title={t.noTable}>{t.noTemplate}</EmptyState>
      ) : (
        <OutputTable key={at} output={output} onLine={onLine} />
      )}
    </>
  )
}
