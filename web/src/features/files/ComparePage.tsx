// SPDX-License-Identifier: Apache-2.0
/* Two files line by line; the two stand in the address. */
import { useQuery } from '@tanstack/react-query'
import { ArrowLeftRight, Equal, GitCompareArrows } from 'lucide-react'
import { useMemo } from 'react'
import { Link, useSearchParams } from 'react-router'
import { comparePath } from '@/app/paths'
import { useFiles, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { EmptyState, ErrorView, IconButton, Loading, Page, Panel, Select, Time } from '@/ui'
import styles from './compare/compare.module.css'
import { diffLines } from './compare/diff'
import { DiffView } from './compare/DiffView'
import { compare } from './compare/rows'
import { compareTexts } from './compare/texts'
import { devicesOf, hostnameOf, isText } from './files'
import { useText } from './TextFile'

interface ChoiceProps {
  label: string
  files: FileDocument[]
  value: string
  /** The device whose files come first. */
  hostname: string | null
  onChoose: (id: string) => void
}

function Choice({ label, files, value, hostname, onChoose }: ChoiceProps) {
  const t = useTexts(compareTexts)
  const format = useFormat()
  const versions = hostname === null ? [] : files.filter((file) => hostnameOf(file) === hostname)
  const others = files.filter((file) => !versions.includes(file))
  const option = (file: FileDocument) => (
    <option key={file.id} value={file.id}>
      {`${file.original_filename} · ${format.time(file.created_at)}`}
    </option>
  )
  return (
    <label>
      <span>{label}</span>
      <Select value={value} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{t.choose}</option>
        {versions.length > 0 && hostname !== null && (
          <optgroup label={t.versionsOf(hostname)}>{versions.map(option)}</optgroup>
        )}
        {versions.length > 0 ? (
          <optgroup label={t.others}>{others.map(option)}</optgroup>
        ) : (
          others.map(option)
        )}
      </Select>
    </label>
  )
}

function Suggestions({ files }: { files: FileDocument[] }) {
  const t = useTexts(compareTexts)
  const several = devicesOf(files).filter(({ versions }) => versions.length > 1)
  return (
    <Panel>
      <EmptyState icon={<GitCompareArrows size={36} />} title={t.chooseTitle}>
        {t.chooseText}
      </EmptyState>
      {several.length > 0 && (
        <div className={styles.suggestions}>
          <h2>{t.suggestions}</h2>
          <ul className={styles.suggestions}>
            {several.slice(0, 50).map(({ hostname, versions: [newer, older] }) =>
              newer === undefined || older === undefined ? null : (
                <li key={hostname}>
                  <Link to={comparePath(older.id, newer.id)}>{hostname}</Link>
                  <span className="muted">{t.of(older.original_filename, newer.original_filename)}</span>
                  <span className="muted">
                    <Time at={newer.created_at} relative />
                  </span>
                </li>
              ),
            )}
          </ul>
        </div>
      )}
    </Panel>
  )
}

function Difference({ a, b }: { a: string; b: string }) {
  const t = useTexts(compareTexts)
  const textA = useText(a)
  const textB = useText(b)
  const linesA = textA.data?.lines
  const linesB = textB.data?.lines
  const difference = useQuery({
    queryKey: ['difference', a, b],
    enabled: linesA !== undefined && linesB !== undefined,
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }) =>
      compare(await diffLines(linesA ?? [], linesB ?? [], signal), linesB?.length ?? 0),
  })
  const error = textA.error ?? textB.error ?? difference.error
  if (error !== null)
    return (
      <ErrorView
        error={error}
        retry={() => {
          void textA.refetch()
          void textB.refetch()
        }}
      />
    )
  if (textA.data === undefined || textB.data === undefined || difference.data === undefined)
    return <Loading />
  if (difference.data.changes.length === 0)
    return (
      <EmptyState icon={<Equal size={36} />} title={t.same}>
        {a === b ? t.sameFile : t.sameText}
      </EmptyState>
    )
  return (
    <DiffView a={{ id: a, text: textA.data }} b={{ id: b, text: textB.data }} comparison={difference.data} />
  )
}

export function Component() {
  const t = useTexts(compareTexts)
  const [search, setSearch] = useSearchParams()
  const { files: all, isPending, error, refetch } = useFiles()
  const files = useMemo(() => all.filter(isText), [all])
  const a = search.get('a') ?? ''
  const b = search.get('b') ?? ''
  const [fileA, fileB] = [a, b].map((id) => files.find((file) => file.id === id))
  const set = (next: { a: string; b: string }) => setSearch(next, { replace: true })
  const hostnameA = fileA === undefined ? null : hostnameOf(fileA)
  const hostnameB = fileB === undefined ? null : hostnameOf(fileB)
  const names = [fileA, fileB].map((file) => file?.original_filename)
  return (
    <Page full title={names[0] !== undefined && names[1] !== undefined ? t.of(names[0], names[1]) : t.title}>
      {error !== null && <ErrorView error={error} retry={() => void refetch()} />}
      {files.length === 0 ? (
        isPending ? (
          error === null && <Loading />
        ) : (
          <EmptyState title={t.noFiles} action={<Link to="/files">{t.toFiles}</Link>} />
        )
      ) : (
        <>
          <div className={styles.choice}>
            <Choice
              label={t.before}
              files={files}
              value={a}
              hostname={hostnameB ?? hostnameA}
              onChoose={(id) => set({ a: id, b })}
            />
            <IconButton
              label={t.swap}
              icon={<ArrowLeftRight size={16} />}
              disabled={a === '' && b === ''}
              onClick={() => set({ a: b, b: a })}
            />
            <Choice
              label={t.after}
              files={files}
              value={b}
              hostname={hostnameA ?? hostnameB}
              onChoose={(id) => set({ a, b: id })}
            />
          </div>
          {a === '' || b === '' ? (
            <Suggestions files={files} />
          ) : (
            <section className={styles.panel}>
              <Difference key={`${a} ${b}`} a={a} b={b} />
            </section>
          )}
        </>
      )}
    </Page>
  )
}
