// SPDX-License-Identifier: Apache-2.0
import { Download } from 'lucide-react'
import { useState } from 'react'
import { getRaw } from '@/api/client'
import { useTexts } from '@/i18n'
import { useErrorText, useToast } from '@/ui'
import { toCsv, toDot, toDrawio, toGraphml } from './exports'
import type { Model, Snapshot } from './graph'
import { pngOf } from './picture'
import { Popover } from './Popover'
import { topologyTexts } from './texts'

type Format = 'svg' | 'png' | 'json' | 'graphml' | 'dot' | 'drawio' | 'csv'

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

const text = (content: string, type: string) => new Blob([content], { type: `${type};charset=utf-8` })

async function contentOf(format: Format, snapshot: Snapshot): Promise<Blob> {
  const svg = async () => (await getRaw(`/api/v1/topology/${snapshot.id}/svg`)).text()
  switch (format) {
    case 'svg':
      return text(await svg(), 'image/svg+xml')
    case 'png':
      return pngOf(await svg())
    case 'json':
      return text(JSON.stringify(snapshot, null, 2), 'application/json')
    case 'graphml':
      return text(toGraphml(snapshot), 'application/xml')
    case 'dot':
      return text(toDot(snapshot), 'text/vnd.graphviz')
    case 'drawio':
      return text(toDrawio(snapshot), 'application/xml')
    case 'csv':
      return text(toCsv(snapshot), 'text/csv')
  }
}

/** A title as the name of a file. */
export const fileName = (title: string) =>
  title.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80) || 'topology'

export function ExportMenu({ model }: { model: Model }) {
  const t = useTexts(topologyTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const [busy, setBusy] = useState(false)
  const { snapshot } = model
  const formats: [Format, string][] = [
    ['svg', t.exportSvg],
    ['png', t.exportPng],
    ['drawio', t.exportDrawio],
    ['graphml', t.exportGraphml],
    ['dot', t.exportDot],
    ['csv', t.exportCsv],
    ['json', t.exportJson],
  ]
  const run = (format: Format) => {
    setBusy(true)
    contentOf(format, snapshot)
      .then((content) => save(content, `${fileName(snapshot.title)}.${format}`))
      .catch((error: unknown) => toast(t.exportFailed(errorText(error))))
      .finally(() => setBusy(false))
  }
  return (
    <Popover menu name={t.export} icon={<Download size={15} />} label={t.export} busy={busy}>
      {(close) =>
        formats.map(([format, label]) => (
          <button
            key={format}
            type="button"
            onClick={() => {
              close()
              run(format)
            }}
          >
            {label}
          </button>
        ))
      }
    </Popover>
  )
}
