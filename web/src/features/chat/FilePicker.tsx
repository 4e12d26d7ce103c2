// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { isPending, useFiles, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, Dialog, Input, LinkButton } from '@/ui'
import styles from './Composer.module.css'
import { chatTexts } from './texts'

export const mostFiles = 100
const shownFiles = 100

export function hostOf(file: FileDocument): string | null {
  const host = (file.metadata as { hostname?: unknown } | null | undefined)?.hostname
  return typeof host === 'string' && host !== '' ? host : null
}

interface FilePickerProps {
  chosen: string[]
  onChange: (chosen: string[]) => void
  onClose: () => void
}

export function FilePicker({ chosen, onChange, onClose }: FilePickerProps) {
  const t = useTexts(chatTexts)
  const format = useFormat()
  const { files } = useFiles()
  const [filter, setFilter] = useState('')
  const words = filter.trim().toLowerCase()
  // An archive has no text of its own; the files that came out of it do.
  const matching = files.filter(
    (file) =>
      file.file_type !== 'archive' &&
      `${file.original_filename} ${hostOf(file) ?? ''}`.toLowerCase().includes(words),
  )
  const shown = matching.slice(0, shownFiles)
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id])
  return (
    <Dialog
      title={t.attachTitle}
      onClose={onClose}
      foot={
        <Button kind="primary" onClick={onClose}>
          {t.done}
        </Button>
      }
    >
      <p className="muted">{t.attachHint}</p>
      {files.length === 0 ? (
        <p>
          {t.noFiles} <LinkButton to="/files">{t.toFiles}</LinkButton>
        </p>
      ) : (
        <Input
          type="search"
          autoFocus
          placeholder={t.filterFiles}
          aria-label={t.filterFiles}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <ul className={styles.picker}>
        {shown.map((file) => (
          <li key={file.id}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(file.id)}
                disabled={!chosen.includes(file.id) && chosen.length >= mostFiles}
                onChange={() => toggle(file.id)}
              />
              <code>{file.original_filename}</code>
              {isPending(file) && <Badge tone="note">{t.analysing}</Badge>}
              <span className="muted">{hostOf(file) ?? format.bytes(file.file_size_bytes)}</span>
            </label>
          </li>
        ))}
      </ul>
      {files.length > 0 && matching.length === 0 && <p>{t.noFileMatches}</p>}
      {matching.length > shown.length && (
        <p className="muted">{t.moreFiles(format.number(matching.length - shown.length))}</p>
      )}
      <p className="muted" role="status">
        {chosen.length >= mostFiles ? t.tooManyFiles : t.chosen(chosen.length)}
      </p>
    </Dialog>
  )
}
