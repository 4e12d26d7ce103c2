// SPDX-License-Identifier: Apache-2.0
/* The room of all files: uploading, finding, comparing and deleting them. */
import { Download, GitCompareArrows, MessagesSquare, Trash2, Upload } from 'lucide-react'
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { chatPath, comparePath } from '@/app/paths'
import { download } from '@/api/client'
import { useFiles, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import {
  Button,
  EmptyState,
  ErrorView,
  Input,
  Loading,
  Page,
  Panel,
  Select,
  Tabs,
  useErrorText,
  useToast,
} from '@/ui'
import { filterOf, isText, kinds, matches } from './files'
import { useDeletions } from './list/deletion'
import { Devices } from './list/Devices'
import { FileTable } from './list/FileTable'
import styles from './list/list.module.css'
import { listTexts } from './list/texts'
import { KindIcon, useKindName } from './parts'
import { partTexts } from './parts.texts'
import { PickButtons } from './upload/PickButtons'
import { UploadPanel } from './upload/UploadPanel'
import { uploads, useDrop, useUploads } from './upload/useUploads'

/** What can be dropped, for a user who has nothing yet. */
function Teach() {
  const t = useTexts(listTexts)
  const kindName = useKindName()
  const hints: [string, string][] = [
    ['config', t.hintConfig],
    ['log', t.hintLog],
    ['pcap', t.hintPcap],
    ['text', t.hintText],
  ]
  return (
    <dl className={styles.teach}>
      {hints.map(([kind, hint]) => [
        <dt key={`${kind} name`}>
          <KindIcon kind={kind} /> {kindName(kind)}
        </dt>,
        <dd key={kind}>{hint}</dd>,
      ])}
      <dt />
      <dd>{t.hintPacked}</dd>
    </dl>
  )
}

interface SelectionBarProps {
  shown: FileDocument[]
  chosen: FileDocument[]
  onSelectAll: (selected: boolean) => void
  onDelete: () => void
}

function SelectionBar({ shown, chosen, onSelectAll, onDelete }: SelectionBarProps) {
  const t = useTexts(listTexts)
  const navigate = useNavigate()
  const toast = useToast()
  const errorText = useErrorText()
  const [a, b] = [...chosen].sort((x, y) => x.created_at.localeCompare(y.created_at))
  const comparable = chosen.length === 2 && chosen.every(isText)
  const save = async () => {
    for (const file of chosen)
      await download(`/api/v1/files/${file.id}/download`, file.original_filename).catch((error: unknown) =>
        toast(t.notDownloaded(file.original_filename, errorText(error))),
      )
  }
  return (
    <div className={styles.selection}>
      <label>
        <input
          type="checkbox"
          checked={chosen.length > 0 && chosen.length === shown.length}
          ref={(box) => {
            if (box !== null) box.indeterminate = chosen.length > 0 && chosen.length < shown.length
          }}
          onChange={(event) => onSelectAll(event.target.checked)}
        />
        {chosen.length === 0 ? t.selectAll : t.selected(chosen.length)}
      </label>
      {chosen.length > 0 && (
        <>
          <Button
            icon={<GitCompareArrows size={14} />}
            disabled={!comparable}
            title={comparable ? undefined : t.compareHint}
            onClick={() => {
              if (a !== undefined && b !== undefined) void navigate(comparePath(a.id, b.id))
            }}
          >
            {t.compare}
          </Button>
          {chosen.length === 1 && chosen[0]?.file_type !== 'archive' && (
            <Button
              icon={<MessagesSquare size={14} />}
              onClick={() => void navigate(`${chatPath()}?file=${chosen[0]?.id}`)}
            >
              {t.ask}
            </Button>
          )}
          <Button icon={<Download size={14} />} onClick={() => void save()}>
            {t.download}
          </Button>
          <Button kind="danger" icon={<Trash2 size={14} />} onClick={onDelete}>
            {t.remove}
          </Button>
        </>
      )}
    </div>
  )
}

export function Component() {
  const t = useTexts(listTexts)
  const words = useTexts(partTexts)
  const kindName = useKindName()
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const { files: all, error, isPending, hasNextPage, refetch } = useFiles()
  const { hidden, remove } = useDeletions()
  const { choose, drop } = useUploads()
  const over = useDrop(drop)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const filter = useDeferredValue(useMemo(() => filterOf(search), [search]))
  const files = useMemo(() => all.filter(({ id }) => !hidden.has(id)), [all, hidden])
  const shown = useMemo(() => files.filter((file) => matches(file, filter)), [files, filter])
  const chosen = useMemo(() => shown.filter(({ id }) => selected.has(id)), [shown, selected])
  const view = search.get('view') === 'devices' ? 'devices' : 'files'

  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value === '') now.delete(name)
        else now.set(name, value)
        return now
      },
      { replace: true },
    )
  const select = useCallback(
    (id: string, on: boolean) =>
      setSelected((now) => {
        const next = new Set(now)
        if (on) next.add(id)
        else next.delete(id)
        return next
      }),
    [],
  )
  const empty = files.length === 0 && !isPending && error === null
  return (
    <Page
      title={t.title}
      subtitle={
        empty || isPending
          ? undefined
          : t.filesCount(
              format.number(shown.length),
              `${format.number(files.length)}${hasNextPage ? '…' : ''}`,
            )
      }
      actions={<PickButtons choose={choose} />}
    >
      {over && (
        <div className={styles.drop}>
          <div>
            <Upload size={32} aria-hidden />
            {t.dropHere}
          </div>
        </div>
      )}
      <UploadPanel queue={uploads} files={all} />
      {error !== null && <ErrorView error={error} retry={() => void refetch()} />}
      {isPending ? (
        error === null && <Loading />
      ) : empty ? (
        <Panel>
          <EmptyState icon={<Upload size={36} />} title={t.emptyTitle}>
            {t.emptyText}
          </EmptyState>
          <Teach />
        </Panel>
      ) : (
        <Panel flush>
          <div className={styles.filters}>
            <Input
              type="search"
              aria-label={t.filter}
              placeholder={t.filter}
              value={search.get('q') ?? ''}
              onChange={(event) => set('q', event.target.value)}
            />
            <Select
              aria-label={t.kind}
              value={filter.kind}
              onChange={(event) => set('kind', event.target.value)}
            >
              <option value="">{t.allKinds}</option>
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {kindName(kind)}
                </option>
              ))}
            </Select>
            <Select
              aria-label={t.state}
              value={filter.state}
              onChange={(event) => set('state', event.target.value)}
            >
              <option value="">{t.allStates}</option>
              {(['completed', 'pending', 'failed'] as const).map((state) => (
                <option key={state} value={state}>
                  {words[state]}
                </option>
              ))}
            </Select>
            <Tabs
              label={t.view}
              tabs={[
                { key: 'files', label: t.viewFiles },
                { key: 'devices', label: t.viewDevices },
              ]}
              selected={view}
              onSelect={(key) => set('view', key === 'files' ? '' : key)}
            />
          </div>
          {shown.length === 0 ? (
            <EmptyState title={t.noMatch} action={<Link to="/files">{t.clearFilter}</Link>} />
          ) : view === 'devices' ? (
            <Devices files={shown} />
          ) : (
            <>
              <SelectionBar
                shown={shown}
                chosen={chosen}
                onSelectAll={(on) => setSelected(new Set(on ? shown.map(({ id }) => id) : []))}
                onDelete={() => {
                  remove(chosen.map(({ id }) => id))
                  setSelected(new Set())
                }}
              />
              <FileTable files={shown} selected={selected} onSelect={select} />
            </>
          )}
        </Panel>
      )}
    </Page>
  )
}
