// SPDX-License-Identifier: Apache-2.0
/* Which model is to answer a question again. */
import { useId, useState } from 'react'
import { useTexts } from '@/i18n'
import { Button, Dialog, Field, Input, Select } from '@/ui'
import { useModelsUsed } from './queries'
import { chatTexts } from './texts'
import type { Mode } from './types'

interface AgainDialogProps {
  onAnswer: (order: { mode: Mode; model?: string }) => void
  onClose: () => void
}

export function AgainDialog({ onAnswer, onClose }: AgainDialogProps) {
  const t = useTexts(chatTexts)
  const listId = useId()
  const used = useModelsUsed()
  const [mode, setMode] = useState<Mode>('auto')
  const [model, setModel] = useState('')
  const answer = () => {
    onClose()
    onAnswer(mode === 'model' && model.trim() !== '' ? { mode, model: model.trim() } : { mode })
  }
  return (
    <Dialog
      title={t.again}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button kind="primary" disabled={mode === 'model' && model.trim() === ''} onClick={answer}>
            {t.again}
          </Button>
        </>
      }
    >
      <p className="muted">{t.againHint}</p>
      <Field label={t.mode}>
        <Select value={mode} onChange={(event) => setMode(event.target.value as Mode)}>
          <option value="auto">{t.modeAuto}</option>
          <option value="model">{t.namedModel}</option>
          <option value="sources">{t.modeSources}</option>
        </Select>
      </Field>
      {mode === 'model' && (
        <Field label={t.modelName}>
          <Input
            autoFocus
            list={listId}
            maxLength={100}
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
          <datalist id={listId}>
            {(used.data?.models ?? []).map(
              (each) => typeof each.model === 'string' && <option key={each.model} value={each.model} />,
            )}
          </datalist>
        </Field>
      )}
    </Dialog>
  )
}
