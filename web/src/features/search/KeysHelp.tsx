// SPDX-License-Identifier: Apache-2.0
import { Fragment } from 'react'
import { useAccount } from '@/api/session'
import { messages, useTexts } from '@/i18n'
import { Dialog } from '@/ui'
import { roomKeys } from './keys'
import styles from './Palette.module.css'

const texts = messages(
  {
    title: 'Keys',
    everywhere: 'Everywhere',
    palette: 'Palette: rooms, files, devices, commands',
    help: 'These keys',
    close: 'Close a dialog',
    go: 'Go to',
    '/': 'Overview',
    '/files': 'Files',
    '/findings': 'Findings',
    '/topology': 'Topology',
    '/chat': 'Chat',
    '/search': 'Search',
    '/usage': 'Usage',
    '/account': 'Account',
    '/admin': 'Administration',
    lists: 'In tables',
    move: 'Row by row',
    page: 'Page by page',
    ends: 'First and last row',
    open: 'Open the row',
    tabs: 'In rows of tabs: the tab before and after',
    where: 'Single letters work outside of fields. They can be switched off at Account, Appearance.',
  },
  {
    title: 'Teclas',
    everywhere: 'Em toda parte',
    palette: 'Paleta: páginas, arquivos, equipamentos, comandos',
    help: 'Estas teclas',
    close: 'Fechar um diálogo',
    go: 'Ir para',
    '/': 'Visão geral',
    '/files': 'Arquivos',
    '/findings': 'Achados',
    '/topology': 'Topologia',
    '/chat': 'Conversa',
    '/search': 'Busca',
    '/usage': 'Uso',
    '/account': 'Conta',
    '/admin': 'Administração',
    lists: 'Nas tabelas',
    move: 'Linha a linha',
    page: 'Página a página',
    ends: 'Primeira e última linha',
    open: 'Abrir a linha',
    tabs: 'Nas abas: a anterior e a próxima',
    where: 'As letras soltas funcionam fora dos campos. Podem ser desligadas em Conta, Aparência.',
  },
)

function Keys({ rows }: { rows: [keys: string[], text: string][] }) {
  return (
    <dl className={styles.keys}>
      {rows.map(([keys, text]) => (
        <Fragment key={text}>
          <dt>
            {keys.map((key, at) => (
              <Fragment key={key}>
                {at > 0 && ' '}
                <kbd>{key}</kbd>
              </Fragment>
            ))}
          </dt>
          <dd>{text}</dd>
        </Fragment>
      ))}
    </dl>
  )
}

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const t = useTexts(texts)
  const account = useAccount()
  const rooms = Object.entries(roomKeys).filter(
    ([, to]) => to !== '/admin' || account.data?.is_superuser === true,
  )
  return (
    <Dialog title={t.title} onClose={onClose}>
      <h3>{t.everywhere}</h3>
      <Keys
        rows={[
          [['Ctrl', 'K'], t.palette],
          [['?'], t.help],
          [['Esc'], t.close],
        ]}
      />
      <h3>{t.go}</h3>
      <Keys rows={rooms.map(([key, to]) => [['g', key], t[to]])} />
      <h3>{t.lists}</h3>
      <Keys
        rows={[
          [['↑', '↓'], t.move],
          [['Page Up', 'Page Down'], t.page],
          [['Home', 'End'], t.ends],
          [['Enter'], t.open],
          [['←', '→'], t.tabs],
        ]}
      />
      <p className="muted">{t.where}</p>
    </Dialog>
  )
}
