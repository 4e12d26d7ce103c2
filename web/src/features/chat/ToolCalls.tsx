// SPDX-License-Identifier: Apache-2.0
/* The calls of tools that a model has made for an answer, folded. */
import { Wrench } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, ErrorView, Loading } from '@/ui'
import styles from './ToolCalls.module.css'
import { useMessage } from './queries'
import { chatTexts } from './texts'
import type { Call, Step } from './types'

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

/** The arguments on one line: names and values without the marks of JSON. */
export function inShort(json: string): string {
  try {
    const value = JSON.parse(json) as unknown
    if (typeof value !== 'object' || value === null) return json
    return Object.entries(value)
      .map(([name, part]) => `${name}=${typeof part === 'string' ? part : JSON.stringify(part)}`)
      .join(' ')
  } catch {
    return json
  }
}

export function costOf(answer: string): { ms: number; bytes: number; tokens: number } | null {
  const match = /"cost":\s*\{"ms":\s*(\d+),\s*"bytes":\s*(\d+),\s*"tokens":\s*(\d+)\}/.exec(answer)
  if (match === null) return null
  return { ms: Number(match[1]), bytes: Number(match[2]), tokens: Number(match[3]) }
}

function CallView({ call, answer }: { call: Call; answer: string | undefined }) {
  const t = useTexts(chatTexts)
  const format = useFormat()
  const cost = answer === undefined ? null : costOf(answer)
  return (
    <details className={styles.call}>
      <summary>
        <code className={styles.name}>{call.name}</code>
        <span className={styles.arguments}>{inShort(call.arguments)}</span>
        {call.ok === null && <Badge tone="note">{t.toolRunning}</Badge>}
        {call.ok === false && <Badge tone="error">{t.toolFailed}</Badge>}
        {cost !== null && (
          <span className={styles.cost}>
            {t.toolCost(format.seconds(cost.ms / 1000), format.bytes(cost.bytes), format.number(cost.tokens))}
          </span>
        )}
      </summary>
      {call.problem !== undefined && <p>{call.problem}</p>}
      <h4>{t.toolArguments}</h4>
      <pre tabIndex={0}>{pretty(call.arguments)}</pre>
      {answer !== undefined && (
        <>
          <h4>{t.toolAnswer}</h4>
          <pre tabIndex={0}>{pretty(answer)}</pre>
        </>
      )}
    </details>
  )
}

function Stored({ message }: { message: string }) {
  const steps = useMessage(message, true)
  if (steps.isPending) return <Loading />
  if (steps.isError) return <ErrorView error={steps.error} retry={() => void steps.refetch()} />
  return (
    <>
      {(steps.data.steps ?? []).map((step: Step, at) => (
        <CallView key={at} call={step} answer={step.answer} />
      ))}
    </>
  )
}

interface ToolCallsProps {
  message: string
  /** What the events have told; the answers of the tools are with the stored message only. */
  calls: Call[]
  count: number
  isFinal: boolean
}

export function ToolCalls({ message, calls, count, isFinal }: ToolCallsProps) {
  const t = useTexts(chatTexts)
  const [isOpen, setIsOpen] = useState(false)
  if (count === 0) return null
  const last = calls[calls.length - 1]
  return (
    <details className={styles.calls} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <Wrench size={13} aria-hidden />
        {t.toolCalls(count)}
        {!isFinal && last !== undefined && (
          <span className={styles.arguments}>
            {last.name} {inShort(last.arguments)}
          </span>
        )}
      </summary>
      {isOpen &&
        (isFinal ? (
          <Stored message={message} />
        ) : (
          calls.map((call) => <CallView key={call.id} call={call} answer={undefined} />)
        ))}
    </details>
  )
}
