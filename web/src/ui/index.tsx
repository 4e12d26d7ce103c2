// SPDX-License-Identifier: Apache-2.0
/* The parts of which every room is built. A room's own parts stand in its folder. */
import { Check, Copy, X } from 'lucide-react'
import {
  Component,
  useEffect,
  useId,
  useRef,
  useState,
  type ButtonHTMLAttributes,
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import { Link } from 'react-router'
import { ApiError } from '@/api/client'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { uiTexts } from './texts'
import styles from './ui.module.css'

export { DataTable, type Column } from './DataTable'
export { ToastProvider, useToast } from './toast'

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}

type ButtonKind = 'plain' | 'primary' | 'danger' | 'quiet'
interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind
  icon?: ReactNode
  /** Shows that what the button has begun goes on; it cannot be pressed meanwhile. */
  busy?: boolean
}

export function Button({ kind = 'plain', icon, busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy}
      aria-busy={busy}
      className={classes(styles.button, kind !== 'plain' && styles[kind], className)}
    >
      {busy ? <span className={styles.spinner} aria-hidden /> : icon}
      {children}
    </button>
  )
}

/** A button with only an icon; `label` is what screen readers and the tooltip say. */
export function IconButton({
  label,
  icon,
  ...rest
}: Omit<ButtonProps, 'children'> & { label: string; icon: ReactNode }) {
  return (
    <Button
      kind="quiet"
      {...rest}
      aria-label={label}
      title={label}
      className={classes(styles.iconOnly, rest.className)}
    >
      {icon}
    </Button>
  )
}

export function LinkButton({
  kind = 'plain',
  icon,
  className,
  children,
  ...rest
}: ComponentProps<typeof Link> & { kind?: ButtonKind; icon?: ReactNode }) {
  return (
    <Link {...rest} className={classes(styles.button, kind !== 'plain' && styles[kind], className)}>
      {icon}
      {children}
    </Link>
  )
}

export type Tone = 'error' | 'warning' | 'note' | 'good' | 'plain'

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classes(styles.badge, tone !== 'plain' && styles[tone])}>{children}</span>
}

export type Severity = 'error' | 'warning' | 'note' | 'info'

export function SeverityBadge({ severity }: { severity: Severity }) {
  const t = useTexts(uiTexts)
  const tone = severity === 'info' ? 'note' : severity
  return <Badge tone={tone}>{t[tone]}</Badge>
}

interface PageProps {
  title: string
  /** Small text below the title. */
  subtitle?: ReactNode
  actions?: ReactNode
  /** The page fills the window and its parts scroll by themselves. */
  full?: boolean
  children: ReactNode
}

/** A whole room: sets the title of the window, and gives the heading. */
export function Page({ title, subtitle, actions, full = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · NetGuru`
  }, [title])
  return (
    <div className={classes(styles.page, full && styles.full)}>
      <div className={styles.pageHead}>
        <div className={styles.titles}>
          <h1>{title}</h1>
          {subtitle !== undefined && <div className="muted">{subtitle}</div>}
        </div>
        {actions !== undefined && <div className={styles.toolbar}>{actions}</div>}
      </div>
      {children}
    </div>
  )
}

interface PanelProps {
  title?: ReactNode
  actions?: ReactNode
  /** The body has no padding, as for a table. */
  flush?: boolean
  className?: string | undefined
  children: ReactNode
}

export function Panel({ title, actions, flush = false, className, children }: PanelProps) {
  return (
    <section className={classes(styles.panel, className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles.panelHead}>
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      <div className={flush ? styles.flush : styles.panelBody}>{children}</div>
    </section>
  )
}

export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={styles.toolbar}>{children}</div>
}

export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string
  hint?: ReactNode
  error?: string | null
  children: ReactNode
}) {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      {children}
      {hint !== undefined && <small className={styles.hint}>{hint}</small>}
      {error != null && (
        <small role="alert" className={classes(styles.badge, styles.error)}>
          {error}
        </small>
      )}
    </label>
  )
}

export function Input(props: ComponentProps<'input'>) {
  return <input {...props} className={classes(styles.input, props.className)} />
}

export function Select(props: ComponentProps<'select'>) {
  return <select {...props} className={classes(styles.input, props.className)} />
}

export function TextArea(props: ComponentProps<'textarea'>) {
  return <textarea {...props} className={classes(styles.input, props.className)} />
}

export function Loading() {
  const t = useTexts(uiTexts)
  return (
    <div className={styles.loading} role="status">
      <span className={styles.spinner} aria-hidden />
      {t.loading}
    </div>
  )
}

export function Notice({
  tone = 'plain',
  children,
}: {
  tone?: 'plain' | 'error' | 'warning'
  children: ReactNode
}) {
  return (
    <div
      className={classes(styles.notice, tone !== 'plain' && styles[tone])}
      role={tone === 'error' ? 'alert' : undefined}
    >
      {children}
    </div>
  )
}

/** What an error says to a person. */
export function useErrorText(): (error: unknown) => string {
  const t = useTexts(uiTexts)
  const format = useFormat()
  return (error) => {
    if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error)
    if (error.status === 0) return t.unreachable
    if (error.status === 429 && error.retryAfter !== null) return t.tooMany(format.seconds(error.retryAfter))
    return error.message
  }
}

/** An error with what to do about it, and the request id by which the operator finds it in the log. */
export function ErrorView({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts(uiTexts)
  const text = useErrorText()(error)
  return (
    <Notice tone="error">
      <div>
        <p>{text}</p>
        {error instanceof ApiError && error.requestId !== null && (
          <small className="muted">
            {t.requestId} <code>{error.requestId}</code>
          </small>
        )}
      </div>
      {retry !== undefined && <Button onClick={retry}>{t.retry}</Button>}
    </Notice>
  )
}

export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  )
}

interface Tab<K extends string> {
  key: K
  label: ReactNode
}

/** A row of tabs after the ARIA pattern: arrows move, the caller shows the panel. */
export function Tabs<K extends string>({
  tabs,
  selected,
  onSelect,
  label,
}: {
  tabs: Tab<K>[]
  selected: K
  onSelect: (key: K) => void
  label: string
}) {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const at = tabs.findIndex((tab) => tab.key === selected)
    const next = (at + step + tabs.length) % tabs.length
    const chosen = tabs[next]
    if (chosen === undefined) return
    onSelect(chosen.key)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus -- the selected tab has the focus
    <div className={styles.tabs} role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          className={styles.tab}
          aria-selected={tab.key === selected}
          tabIndex={tab.key === selected ? 0 : -1}
          onClick={() => onSelect(tab.key)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  )
}

/** A modal dialog of the platform: Escape closes it, and the focus goes back where it was. */
export function Dialog({
  title,
  onClose,
  children,
  foot,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  foot?: ReactNode
}) {
  const t = useTexts(uiTexts)
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={onClose}
      // React's strict mode runs the effect twice: the dialog is open again when it hears of its closing.
      onClose={(event) => {
        if (!event.currentTarget.open) onClose()
      }}
    >
      <div className={styles.dialogHead}>
        <h2 id={id}>{title}</h2>
        <IconButton label={t.close} icon={<X size={16} />} onClick={onClose} />
      </div>
      <div className={styles.dialogBody}>
        {children}
        {foot !== undefined && <div className={styles.dialogFoot}>{foot}</div>}
      </div>
    </dialog>
  )
}

/** A moment: in words relative to now or as date and time; the exact UTC time stands in the tooltip. */
export function Time({ at, relative = false }: { at: string | null | undefined; relative?: boolean }) {
  const format = useFormat()
  if (at == null) return <span className="muted">–</span>
  return (
    <time dateTime={at} title={new Date(at).toISOString()}>
      {relative ? format.ago(at) : format.time(at)}
    </time>
  )
}

/** Pairs of a name and a value. */
export function Facts({ facts }: { facts: [label: string, value: ReactNode][] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([label, value]) => [<dt key={`${label} name`}>{label}</dt>, <dd key={label}>{value}</dd>])}
    </dl>
  )
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const t = useTexts(uiTexts)
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <IconButton
      label={copied ? t.copied : (label ?? t.copy)}
      icon={copied ? <Check size={14} /> : <Copy size={14} />}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    />
  )
}

/** Keeps a failure of one part from taking the page with it. */
export class Boundary extends Component<{ children: ReactNode; message: string }, { error: unknown }> {
  override state = { error: null as unknown }
  static getDerivedStateFromError(error: unknown) {
    return { error }
  }
  override render() {
    if (this.state.error === null) return this.props.children
    return (
      <div className={styles.page}>
        <Notice tone="error">
          <div>
            <p>{this.props.message}</p>
            <code>{this.state.error instanceof Error ? this.state.error.message : ''}</code>
          </div>
        </Notice>
      </div>
    )
  }
}
