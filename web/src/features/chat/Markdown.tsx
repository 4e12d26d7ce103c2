// SPDX-License-Identifier: Apache-2.0
/*
 * An answer as Markdown. HTML and images stay text. Only addresses of this page are links; of any other
 * the address is shown, so that nobody is led where he does not look. `[n]` becomes the chip of a
 * citation, if the answer has a citation of that number.
 */
import { createContext, memo, useContext, useMemo, type ComponentProps, type ReactNode } from 'react'
import Parser, { type Components } from 'react-markdown'
import { Link } from 'react-router'
import remarkGfm from 'remark-gfm'
import { useTexts } from '@/i18n'
import { CopyButton } from '@/ui'
import { splitBlocks } from './blocks'
import styles from './Markdown.module.css'
import { chatTexts } from './texts'
import type { Citation } from './types'

interface Node {
  type: string
  value?: string
  children?: Node[]
  data?: { hName: string; hProperties: Record<string, string> }
}

/** Replaces `[n]` in the text, but not in code, by elements that Cite draws. */
function markCitations(numbers: ReadonlySet<number>) {
  const walk = (node: Node): void => {
    if (node.children === undefined || node.type === 'link') return
    node.children = node.children.flatMap((child) => {
      if (child.type !== 'text' || child.value === undefined) {
        walk(child)
        return [child]
      }
      const parts = child.value.split(/\[(\d{1,3})\]/)
      return parts.flatMap((part, at): Node[] => {
        if (at % 2 === 0) return part === '' ? [] : [{ type: 'text', value: part }]
        if (!numbers.has(Number(part))) return [{ type: 'text', value: `[${part}]` }]
        return [{ type: 'citation', children: [], data: { hName: 'cite', hProperties: { title: part } } }]
      })
    })
  }
  return () => walk
}

function textOf(children: ReactNode): string {
  if (typeof children === 'string') return children
  if (typeof children === 'number') return String(children)
  if (Array.isArray(children)) return children.map((child: ReactNode) => textOf(child)).join('')
  if (typeof children === 'object' && children !== null && 'props' in children)
    return textOf((children.props as { children?: ReactNode }).children)
  return ''
}

function Anchor({ href = '', children }: ComponentProps<'a'>) {
  if (/^\/(?!\/|\\|%5c)/i.test(href)) return <Link to={href}>{children}</Link>
  const label = textOf(children)
  return (
    <>
      {children}
      {href !== '' && !href.startsWith('#') && href !== label && href !== `mailto:${label}` && (
        <span className={styles.address}> ({href})</span>
      )}
    </>
  )
}

function Code({ children }: ComponentProps<'pre'>) {
  const t = useTexts(chatTexts)
  const text = textOf(children).replace(/\n$/, '')
  const className =
    typeof children === 'object' && children !== null && 'props' in children
      ? ((children.props as { className?: string }).className ?? '')
      : ''
  const language = /language-([\w+#.-]+)/.exec(className)?.[1] ?? ''
  return (
    <div className={styles.code}>
      <div className={styles.codeTools}>
        <span>{language === 'text' ? '' : language}</span>
        <CopyButton text={text} label={t.copyCode} />
      </div>
      {/* It scrolls, so it is reached by keyboard. */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  )
}

interface Citing {
  onCite: (n: number) => void
  cited: number | null
}
/** By context, so that the parts of the text stay the same components when a source is opened. */
const CitingContext = createContext<Citing>({ onCite: () => {}, cited: null })

function Chip({ n }: { n: number }) {
  const t = useTexts(chatTexts)
  const { onCite, cited } = useContext(CitingContext)
  return (
    <button
      type="button"
      className={styles.chip}
      data-cite={n}
      aria-label={t.openSource(n)}
      aria-pressed={n === cited}
      onClick={() => onCite(n)}
    >
      {n}
    </button>
  )
}

const parts: Components = {
  cite: ({ title }) => <Chip n={Number(title)} />,
  a: ({ href, children }) => <Anchor href={href}>{children}</Anchor>,
  img: ({ alt, src }) => (
    <span className={styles.address}>
      {alt} ({typeof src === 'string' ? src : ''})
    </span>
  ),
  pre: ({ children }) => <Code>{children}</Code>,
  table: ({ children }) => (
    <div className={styles.table} tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => <span aria-hidden>{checked === true ? '☑' : '☐'}</span>,
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
  h4: ({ children }) => <h4>{children}</h4>,
  h5: ({ children }) => <h4>{children}</h4>,
  h6: ({ children }) => <h4>{children}</h4>,
}

interface BlockProps {
  text: string
  plugins: ComponentProps<typeof Parser>['remarkPlugins']
}

const Block = memo(function Block({ text, plugins }: BlockProps) {
  return (
    <Parser remarkPlugins={plugins} components={parts}>
      {text}
    </Parser>
  )
})

interface MarkdownProps {
  text: string
  citations: Citation[]
  onCite: (n: number) => void
  /** The citation that is open beside the conversation. */
  cited: number | null
}

export function Markdown({ text, citations, onCite, cited }: MarkdownProps) {
  const numbers = citations.map((citation) => citation.n).join(',')
  const plugins = useMemo(
    () => [remarkGfm, markCitations(new Set(numbers === '' ? [] : numbers.split(',').map(Number)))],
    [numbers],
  )
  const citing = useMemo(() => ({ onCite, cited }), [onCite, cited])
  const blocks = useMemo(() => splitBlocks(text), [text])
  return (
    <CitingContext value={citing}>
      <div className={styles.markdown}>
        {blocks.map((block, at) => (
          <Block key={at} text={block} plugins={plugins} />
        ))}
      </div>
    </CitingContext>
  )
}
