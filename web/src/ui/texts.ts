// SPDX-License-Identifier: Apache-2.0
import { messages } from '@/i18n'

export const uiTexts = messages(
  {
    loading: 'Loading…',
    retry: 'Try again',
    close: 'Close',
    cancel: 'Cancel',
    undo: 'Undo',
    requestId: 'Request id',
    unreachable: 'The server cannot be reached. Check that NetGuru runs and that you are connected.',
    tooMany: (seconds: string) => `Too many requests. Try again in ${seconds}.`,
    broken: 'This part of the page has failed.',
    rows: (count: string) => `${count} rows`,
    error: 'error',
    warning: 'warning',
    note: 'note',
    copy: 'Copy',
    copied: 'Copied',
  },
  {
    loading: 'Carregando…',
    retry: 'Tentar de novo',
    close: 'Fechar',
    cancel: 'Cancelar',
    undo: 'Desfazer',
    requestId: 'Id da requisição',
    unreachable:
      'Não foi possível alcançar o servidor. Verifique se o NetGuru está em execução e se há conexão.',
    tooMany: (seconds) => `Requisições demais. Tente de novo em ${seconds}.`,
    broken: 'Esta parte da página falhou.',
    rows: (count) => `${count} linhas`,
    error: 'erro',
    warning: 'aviso',
    note: 'nota',
    copy: 'Copiar',
    copied: 'Copiado',
  },
)
