// SPDX-License-Identifier: Apache-2.0
import { messages } from '@/i18n'

export const showTexts = messages(
  {
    command: 'Command',
    rows: (rows: string) => (rows === '1' ? '1 row' : `${rows} rows`),
    noTable: 'no table',
    noTemplate: 'No template knows this output, so there is no table of it. Its text can be searched.',
    notWhole: (why: string) => `The table is not whole: ${why}`,
    cut: (shown: string, all: string) => `The first ${shown} of ${all} rows are shown.`,
    none: 'No command was found in the file: a table needs a prompt (core1#show ip route) or a name that says the command (show_ip_route.txt).',
    line: 'Line',
  },
  {
    command: 'Comando',
    rows: (rows) => (rows === '1' ? '1 linha' : `${rows} linhas`),
    noTable: 'sem tabela',
    noTemplate: 'Nenhum template conhece esta saída; por isso não há tabela. O texto pode ser pesquisado.',
    notWhole: (why) => `A tabela está incompleta: ${why}`,
    cut: (shown, all) => `São mostradas as primeiras ${shown} de ${all} linhas.`,
    none: 'Nenhum comando foi encontrado no arquivo: uma tabela precisa de um prompt (core1#show ip route) ou de um nome que diga o comando (show_ip_route.txt).',
    line: 'Linha',
  },
)
