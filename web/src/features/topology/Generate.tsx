// SPDX-License-Identifier: Apache-2.0
/* Asks the server to draw a topology, and waits for the job. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { topologyPath } from '@/app/paths'
import { api, data } from '@/api/client'
import { useTask, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, Dialog, ErrorView, Field, Input, Notice, useToast } from '@/ui'
import styles from './Dialogs.module.css'
import { hostOf, isAnalysedConfiguration } from './queries'
import { topologyTexts } from './texts'

const shownFiles = 200

interface ChooseProps {
  files: FileDocument[]
  chosen: Set<string>
  onChoose: (chosen: Set<string>) => void
}

function Choose({ files, chosen, onChoose }: ChooseProps) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const [text, setText] = useState('')
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return files.filter((file) => `${file.original_filename} ${hostOf(file)}`.toLowerCase().includes(wanted))
  }, [files, text])
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChoose(next)
  }
  return (
    <>
      <Input
        aria-label={t.filterFiles}
        placeholder={t.filterFiles}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className={styles.files}>
        {found.slice(0, shownFiles).map((file) => (
          <label key={file.id} className={styles.choice}>
            <input type="checkbox" checked={chosen.has(file.id)} onChange={() => toggle(file.id)} />
            <span>{file.original_filename}</span>
            <span className="muted">{hostOf(file)}</span>
          </label>
        ))}
        {found.length > shownFiles && (
          <p className="muted">{`+${format.number(found.length - shownFiles)}`}</p>
        )}
      </div>
      <small className="muted">{t.chosen(format.number(chosen.size))}</small>
    </>
  )
}

/** Follows the job; calls with the new topology when it is there. */
function useJob(task: string | undefined, onDone: (topology: string) => void) {
  const client = useQueryClient()
  const query = useTask(task)
  const done = query.data?.status === 'completed' ? (query.data.result as { topology_id?: string }) : null
  const topology = done?.topology_id
  useEffect(() => {
    if (topology === undefined) return
    void client.invalidateQueries({ queryKey: ['topologies'] })
    void client.invalidateQueries({ queryKey: ['findings'] })
    onDone(topology)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each topology
  }, [topology])
  return query
}

export function GenerateDialog({ files, onClose }: { files: FileDocument[]; onClose: () => void }) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const navigate = useNavigate()
  const toast = useToast()
  const configurations = useMemo(() => files.filter(isAnalysedConfiguration), [files])
  const [title, setTitle] = useState('')
  const [isChosen, setIsChosen] = useState(false)
  const [chosen, setChosen] = useState<Set<string>>(new Set())
  const begin = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/v1/topology/generate', {
          body: {
            ...(title.trim() === '' ? {} : { title: title.trim() }),
            ...(isChosen ? { document_ids: [...chosen] } : {}),
          },
        }),
      ),
  })
  const job = useJob(begin.data?.task_id, (topology) => {
    toast(t.generated)
    onClose()
    void navigate(topologyPath(topology))
  })
  const hasFailed = job.data?.status === 'failed'
  const isBusy = begin.isPending || (begin.data !== undefined && !hasFailed && job.error === null)
  return (
    <Dialog
      title={t.generateTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button
            kind="primary"
            busy={isBusy}
            disabled={configurations.length === 0 || (isChosen && chosen.size === 0)}
            onClick={() => begin.mutate()}
          >
            {t.generate}
          </Button>
        </>
      }
    >
      <p className="muted">{t.generateText}</p>
      <Field label={t.topologyTitle} hint={t.titleHint}>
        <Input value={title} maxLength={255} onChange={(event) => setTitle(event.target.value)} />
      </Field>
      <fieldset className={styles.set}>
        <legend>{t.from}</legend>
        <label className={styles.choice}>
          <input type="radio" name="from" checked={!isChosen} onChange={() => setIsChosen(false)} />
          <span>{t.fromAll(format.number(configurations.length))}</span>
        </label>
        <label className={styles.choice}>
          <input type="radio" name="from" checked={isChosen} onChange={() => setIsChosen(true)} />
          <span>{t.fromChosen}</span>
        </label>
        {isChosen && <Choose files={configurations} chosen={chosen} onChoose={setChosen} />}
      </fieldset>
      {isBusy && (
        <p role="status" className="muted">
          {`${t.generating} ${format.percent((job.data?.progress ?? 0) / 100)}`}
        </p>
      )}
      {begin.error !== null && <ErrorView error={begin.error} />}
      {job.error !== null && <ErrorView error={job.error} retry={() => void job.refetch()} />}
      {hasFailed && (
        <Notice tone="error">
          <div>
            <p>{t.generateFailed}</p>
            <p>{job.data?.error_message}</p>
          </div>
        </Notice>
      )}
    </Dialog>
  )
}
