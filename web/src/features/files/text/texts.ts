// SPDX-License-Identifier: Apache-2.0
import { messages } from '@/i18n'

export const textTexts = messages(
  {
    lines: 'Lines of the file',
    findingsAt: (titles: string) => `Finding: ${titles}`,
    copyFix: 'Copy the fix',
    find: 'Find text, or addresses in 10.0.0.0/16',
    regex: 'Regular expression',
    regexShort: '.*',
    next: 'Next match (Enter)',
    previous: 'Previous match (Shift Enter)',
    matches: (at: string, count: string) => `${at} of ${count} lines`,
    noMatch: 'no match',
    searching: 'searching…',
    go: 'Go to line',
    goHint: 'Line',
    hide: 'Hide secrets',
    hideHint: (count: number) =>
      count === 1
        ? 'The analysis found a secret in 1 line.'
        : `The analysis found secrets in ${count} lines.`,
    copyLines: 'Copy the marked lines',
    copyLink: 'Copy the link to these lines',
    stored: 'The file is compressed: this is its text as the analysis has stored it, without secrets.',
    incomplete: 'Only its beginning is shown; download the file for the rest.',
    emptyFile: 'The file has no lines.',
    lineCount: (count: string) => `${count} lines`,
  },
  {
    lines: 'Linhas do arquivo',
    findingsAt: (titles) => `Achado: ${titles}`,
    copyFix: 'Copiar a correção',
    find: 'Buscar texto, ou endereços em 10.0.0.0/16',
    regex: 'Expressão regular',
    regexShort: '.*',
    next: 'Próxima ocorrência (Enter)',
    previous: 'Ocorrência anterior (Shift Enter)',
    matches: (at, count) => `${at} de ${count} linhas`,
    noMatch: 'nada encontrado',
    searching: 'buscando…',
    go: 'Ir para a linha',
    goHint: 'Linha',
    hide: 'Ocultar segredos',
    hideHint: (count) =>
      count === 1
        ? 'A análise encontrou um segredo em 1 linha.'
        : `A análise encontrou segredos em ${count} linhas.`,
    copyLines: 'Copiar as linhas marcadas',
    copyLink: 'Copiar o link para estas linhas',
    stored: 'O arquivo está compactado: este é o texto guardado pela análise, sem segredos.',
    incomplete: 'Só o começo aparece aqui; baixe o arquivo para ver o resto.',
    emptyFile: 'O arquivo não tem linhas.',
    lineCount: (count) => `${count} linhas`,
  },
)
