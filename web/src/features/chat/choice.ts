// SPDX-License-Identifier: Apache-2.0
/* What is to answer: the sources, a model if there is a key, or one key and model. Kept in the browser. */
import { useEffect, useState } from 'react'
import type { Schemas } from '@/api/client'
import { useApiKeys, useModelsUsed } from './queries'
import type { Mode } from './types'

export interface Choice {
  mode: Mode
  key_id?: string
  model?: string
}

const key = 'netguru.chat.answerer'

export function readChoice(stored: string | null): Choice {
  try {
    const value = JSON.parse(stored ?? 'null') as Partial<Choice> | null
    if (value?.mode !== 'model' && value?.mode !== 'sources') return { mode: 'auto' }
    const text = (part: unknown) => (typeof part === 'string' && part !== '' ? part : undefined)
    const [keyId, model] = [text(value.key_id), text(value.model)]
    return { mode: value.mode, ...(keyId ? { key_id: keyId } : {}), ...(model ? { model } : {}) }
  } catch {
    return { mode: 'auto' }
  }
}

/** Keys that can be asked with. */
export function usableKeys(keys: Schemas['ApiKey'][]): Schemas['ApiKey'][] {
  return keys.filter((each) => each.is_active && !each.is_expired)
}

export function nameOfKey(each: Schemas['ApiKey']): string {
  const own = each.key_name ?? each.deployment ?? each.model
  const digits = each.last_four ? `…${each.last_four}` : null
  return [each.provider, own, digits].filter(Boolean).join(' · ')
}

export function useChoice() {
  const keys = useApiKeys()
  const used = useModelsUsed()
  const [choice, setChoice] = useState<Choice>(() => readChoice(localStorage.getItem(key)))
  useEffect(() => localStorage.setItem(key, JSON.stringify(choice)), [choice])
  const usable = usableKeys(keys.data?.items ?? [])
  const chosen = usable.find((each) => each.id === choice.key_id)
  // A key that is gone is asked with no more.
  const valid: Choice =
    choice.mode === 'model' && keys.data !== undefined && chosen === undefined ? { mode: 'auto' } : choice
  const models = (used.data?.models ?? [])
    .filter((each) => chosen !== undefined && each.provider === chosen.provider)
    .map((each) => each.model)
    .filter((model) => typeof model === 'string')
  return { choice: valid, setChoice, keys: usable, hasLoaded: keys.data !== undefined, models }
}
