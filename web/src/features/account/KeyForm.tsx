// SPDX-License-Identifier: Apache-2.0
/* A new key, with the fields that its provider needs. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Schemas } from '@/api/client'
import { useTexts } from '@/i18n'
import { Button, Dialog, ErrorView, Field, Input, Select } from '@/ui'
import styles from './account.module.css'
import { endOfDay, fieldError, isFieldError } from './fields'
import { accountTexts } from './texts'

export type Provider = Schemas['ApiKey']['provider']
type Extra = 'endpoint' | 'deployment' | 'api_version' | 'base_url' | 'model'

export const providers: Record<Provider, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  azure: 'Azure OpenAI',
  local: 'Local (Ollama, vLLM, llama.cpp)',
}

interface ExtraField {
  name: Extra
  required: boolean
  example: string
}

export const extraFields: Record<Provider, ExtraField[]> = {
  openai: [],
  anthropic: [],
  azure: [
    { name: 'endpoint', required: true, example: 'https://NAME.openai.azure.com' },
    { name: 'deployment', required: true, example: 'gpt-4.1' },
    { name: 'api_version', required: false, example: '2024-10-21' },
  ],
  local: [
    { name: 'base_url', required: true, example: 'http://127.0.0.1:11434' },
    { name: 'model', required: false, example: 'llama3.1' },
  ],
}

export interface KeyInput {
  provider: Provider
  key: string
  name: string
  expires: string
  extra: Partial<Record<Extra, string>>
}

/** Only what was filled in and belongs to the provider is sent. */
export function bodyOf({ provider, key, name, expires, extra }: KeyInput) {
  const end = expires === '' ? null : endOfDay(expires)
  const extras = extraFields[provider].flatMap(({ name: field }): [Extra, string][] => {
    const value = extra[field]?.trim() ?? ''
    return value === '' ? [] : [[field, value]]
  })
  return {
    provider,
    ...(key.trim() === '' ? {} : { key: key.trim() }),
    ...(name.trim() === '' ? {} : { key_name: name.trim() }),
    ...(end === null ? {} : { expires_at: end }),
    ...(Object.fromEntries(extras) as Partial<Record<Extra, string>>),
  }
}

export function KeyForm({ onClose }: { onClose: () => void }) {
  const t = useTexts(accountTexts)
  const queries = useQueryClient()
  const [input, setInput] = useState<KeyInput>({
    provider: 'openai',
    key: '',
    name: '',
    expires: '',
    extra: {},
  })
  const change = (part: Partial<KeyInput>) => setInput((now) => ({ ...now, ...part }))
  const create = useMutation({
    mutationFn: () => api.POST('/api/v1/users/me/api-keys', { body: bodyOf(input) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['api-keys'] })
      onClose()
    },
  })
  const extras = extraFields[input.provider]
  const shown = ['key', 'key_name', 'expires_at', ...extras.map((field) => field.name)]
  return (
    <Dialog title={t.addKey} onClose={onClose}>
      <form
        className={styles.form}
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field label={t.provider}>
          <Select
            value={input.provider}
            onChange={(event) => change({ provider: event.target.value as Provider })}
          >
            {Object.entries(providers).map(([provider, name]) => (
              <option key={provider} value={provider}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          label={input.provider === 'local' ? t.keyOptional : t.key}
          hint={t.keyHint}
          error={fieldError(create.error, 'key')}
        >
          <Input
            type="password"
            required={input.provider !== 'local'}
            autoComplete="off"
            spellCheck={false}
            maxLength={1024}
            value={input.key}
            onChange={(event) => change({ key: event.target.value })}
          />
        </Field>
        {extras.map((field) => (
          <Field
            key={field.name}
            label={field.required ? t[field.name] : t.optional(t[field.name])}
            error={fieldError(create.error, field.name)}
          >
            <Input
              required={field.required}
              spellCheck={false}
              placeholder={field.example}
              value={input.extra[field.name] ?? ''}
              onChange={(event) => change({ extra: { ...input.extra, [field.name]: event.target.value } })}
            />
          </Field>
        ))}
        <Field label={t.optional(t.keyName)} error={fieldError(create.error, 'key_name')}>
          <Input
            value={input.name}
            maxLength={100}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
        <Field label={t.optional(t.expiryDay)} error={fieldError(create.error, 'expires_at')}>
          <Input
            type="date"
            value={input.expires}
            onChange={(event) => change({ expires: event.target.value })}
          />
        </Field>
        {create.isError && !isFieldError(create.error, shown) && <ErrorView error={create.error} />}
        <div>
          <Button type="submit" kind="primary" busy={create.isPending}>
            {t.save}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
