// SPDX-License-Identifier: Apache-2.0
/* The names that were asked for: by DNS, as hosts of HTTP, as server names of TLS. */
import { Tag } from 'lucide-react'
import { useMemo } from 'react'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, DataTable, EmptyState, Notice, Panel, type Column } from '@/ui'
import styles from './capture.module.css'
import { PacketChips } from './Findings'
import { rcodeName } from './names'
import { captureTexts } from './texts'
import type { CaptureResult, DnsName, Facts, HttpHost, List, TlsName } from './types'

/** The title of a list, with how many of its rows are shown when not all are. */
function useListTitle(): (title: string, list: List<unknown>) => string {
  const t = useTexts(captureTexts)
  const format = useFormat()
  return (title, { rows, count }) =>
    rows.length < count ? `${title} (${t.shown(format.number(rows.length), format.number(count))})` : title
}

function DnsTable({ file, list }: { file: FileDocument; list: List<DnsName> }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const title = useListTitle()
  const columns = useMemo<Column<DnsName>[]>(
    () => [
      {
        key: 'name',
        label: t.name,
        width: 'minmax(14rem, 2fr)',
        cell: (row) => <code>{row.name}</code>,
        sort: (row) => row.name,
      },
      {
        key: 'codes',
        label: t.codes,
        width: 'minmax(9rem, 1fr)',
        cell: (row) => (
          <span className={styles.chips}>
            {Object.entries(row.rcodes).map(([code, count]) => (
              <Badge
                key={code}
                tone={code === '0' ? 'plain' : 'warning'}
              >{`${rcodeName(code)} ${format.number(count)}`}</Badge>
            ))}
          </span>
        ),
      },
      {
        key: 'queries',
        label: t.queries,
        width: '5.5rem',
        numeric: true,
        cell: (row) => format.number(row.requests),
        sort: (row) => row.requests,
      },
      {
        key: 'responses',
        label: t.responses,
        width: '5.5rem',
        numeric: true,
        cell: (row) => format.number(row.responses),
        sort: (row) => row.responses,
      },
      {
        key: 'unanswered',
        label: t.unanswered,
        width: '6.5rem',
        numeric: true,
        cell: (row) =>
          row.unanswered > 0 ? <span className={styles.bad}>{format.number(row.unanswered)}</span> : '',
        sort: (row) => row.unanswered,
      },
      {
        key: 'average',
        label: t.averageLatency,
        width: '5.5rem',
        numeric: true,
        cell: (row) => (row.latency ? format.seconds(row.latency.average_s) : ''),
        sort: (row) => row.latency?.average_s ?? -1,
      },
      {
        key: 'max',
        label: t.maxLatency,
        width: '6rem',
        numeric: true,
        cell: (row) => (row.latency ? format.seconds(row.latency.max_s) : ''),
        sort: (row) => row.latency?.max_s ?? -1,
      },
      {
        key: 'packet',
        label: t.slowestPacket,
        width: '7rem',
        cell: (row) => (
          <PacketChips file={file} packets={row.slowest_packet === undefined ? [] : [row.slowest_packet]} />
        ),
      },
    ],
    [t, format, file],
  )
  return (
    <Panel title={title(t.dnsNames, list)} flush>
      <DataTable
        label={t.dnsNames}
        rows={list.rows}
        columns={columns}
        rowKey={(row) => row.name}
        initialSort={{ key: 'queries', descending: true }}
      />
    </Panel>
  )
}

const classTone = (status: string) => (status === '5xx' ? 'error' : status === '4xx' ? 'warning' : 'plain')

function HttpTable({ facts }: { facts: Facts }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const title = useListTitle()
  const columns = useMemo<Column<HttpHost>[]>(
    () => [
      {
        key: 'name',
        label: t.name,
        width: 'minmax(14rem, 2fr)',
        cell: (row) => <code>{row.name}</code>,
        sort: (row) => row.name,
      },
      {
        key: 'requests',
        label: t.requests,
        width: '6rem',
        numeric: true,
        cell: (row) => format.number(row.requests),
        sort: (row) => row.requests,
      },
      {
        key: 'responses',
        label: t.responses,
        width: '6rem',
        numeric: true,
        cell: (row) => format.number(row.responses),
        sort: (row) => row.responses,
      },
      {
        key: 'statuses',
        label: t.codes,
        width: 'minmax(10rem, 1fr)',
        cell: (row) => (
          <span className={styles.chips}>
            {Object.entries(row.statuses).map(([status, count]) => (
              <Badge key={status} tone={classTone(status)}>{`${status} ${format.number(count)}`}</Badge>
            ))}
          </span>
        ),
      },
    ],
    [t, format],
  )
  const codes = facts.http_statuses
  return (
    <Panel
      title={title(t.httpHosts, facts.http_hosts)}
      flush
      actions={codes.map(({ code, count }) => (
        <Badge
          key={code}
          tone={classTone(`${Math.floor(code / 100)}xx`)}
        >{`${code} × ${format.number(count)}`}</Badge>
      ))}
    >
      {facts.http_hosts.count > 0 && (
        <DataTable
          label={t.httpHosts}
          rows={facts.http_hosts.rows}
          columns={columns}
          rowKey={(row) => row.name}
          initialSort={{ key: 'requests', descending: true }}
        />
      )}
    </Panel>
  )
}

function TlsTable({ list }: { list: List<TlsName> }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const title = useListTitle()
  const columns = useMemo<Column<TlsName>[]>(
    () => [
      {
        key: 'name',
        label: t.name,
        width: 'minmax(14rem, 1fr)',
        cell: (row) => <code>{row.name}</code>,
        sort: (row) => row.name,
      },
      {
        key: 'hellos',
        label: t.hellos,
        width: '8rem',
        numeric: true,
        cell: (row) => format.number(row.requests),
        sort: (row) => row.requests,
      },
    ],
    [t, format],
  )
  return (
    <Panel title={title(t.tlsNames, list)} flush>
      <DataTable
        label={t.tlsNames}
        rows={list.rows}
        columns={columns}
        rowKey={(row) => row.name}
        initialSort={{ key: 'hellos', descending: true }}
      />
    </Panel>
  )
}

export function Names({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const { facts } = capture
  const isEmpty =
    facts === undefined ||
    facts.dns_names.count +
      facts.http_hosts.count +
      facts.tls_server_names.count +
      facts.http_statuses.length ===
      0
  if (isEmpty)
    return (
      <EmptyState icon={<Tag size={28} />} title={t.noNames}>
        {t.noNamesHint}
      </EmptyState>
    )
  return (
    <div className={styles.stack}>
      {facts.other_names > 0 && <Notice>{t.otherNames(format.number(facts.other_names))}</Notice>}
      {facts.dns_untracked > 0 && <Notice>{t.dnsUntracked(format.number(facts.dns_untracked))}</Notice>}
      {facts.dns_names.count > 0 && <DnsTable file={file} list={facts.dns_names} />}
      {facts.http_hosts.count + facts.http_statuses.length > 0 && <HttpTable facts={facts} />}
      {facts.tls_server_names.count > 0 && <TlsTable list={facts.tls_server_names} />}
    </div>
  )
}
