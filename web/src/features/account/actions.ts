// SPDX-License-Identifier: Apache-2.0
/* What the entries of the audit log say. An action that is not known here is shown by its name. */
import { messages } from '@/i18n'

const actions = messages(
  {
    'account.close': 'account closed',
    'account.erase': 'account erased',
    'account.export': 'data exported',
    'audit.list': 'audit log read',
    'consent.give': 'consent given',
    'consent.withdraw': 'consent withdrawn',
    'contents.conversation_list': 'conversations listed',
    'contents.document_list': 'documents listed',
    'contents.document_text': 'text of a document read',
    'contents.message_list': 'messages of a conversation read',
    'dead.purge': 'dead letters removed',
    'dead.retry': 'dead letters started again',
    'job.cancel': 'job cancelled',
    'job.list': 'jobs listed',
    'job.retry': 'job started again',
    'job.show': 'job looked at',
    'knowledge.list': 'knowledge listed',
    'password.change': 'password changed',
    'password.replace': 'password replaced by the operator',
    'session.end': 'session ended',
    'session.end_all': 'all sessions ended',
    'session.list': 'sessions listed',
    'settings.show': 'settings looked at',
    'statistics.show': 'statistics looked at',
    'token.create': 'access token created',
    'token.revoke': 'access token revoked',
    'user.change': 'account changed',
    'user.create': 'account created',
    'user.disable': 'account disabled',
    'user.enable': 'account enabled',
    'user.erase': 'erasure of the account ordered',
    'user.list': 'accounts listed',
    'user.show': 'account looked at',
    'user.usage': 'usage looked at',
  },
  {
    'account.close': 'conta encerrada',
    'account.erase': 'conta apagada',
    'account.export': 'dados exportados',
    'audit.list': 'registro de auditoria lido',
    'consent.give': 'consentimento concedido',
    'consent.withdraw': 'consentimento revogado',
    'contents.conversation_list': 'conversas listadas',
    'contents.document_list': 'documentos listados',
    'contents.document_text': 'texto de um documento lido',
    'contents.message_list': 'mensagens de uma conversa lidas',
    'dead.purge': 'tarefas mortas removidas',
    'dead.retry': 'tarefas mortas reiniciadas',
    'job.cancel': 'tarefa cancelada',
    'job.list': 'tarefas listadas',
    'job.retry': 'tarefa reiniciada',
    'job.show': 'tarefa consultada',
    'knowledge.list': 'base de conhecimento listada',
    'password.change': 'senha trocada',
    'password.replace': 'senha substituída pelo operador',
    'session.end': 'sessão encerrada',
    'session.end_all': 'todas as sessões encerradas',
    'session.list': 'sessões listadas',
    'settings.show': 'configurações consultadas',
    'statistics.show': 'estatísticas consultadas',
    'token.create': 'token de acesso criado',
    'token.revoke': 'token de acesso revogado',
    'user.change': 'conta alterada',
    'user.create': 'conta criada',
    'user.disable': 'conta desativada',
    'user.enable': 'conta ativada',
    'user.erase': 'exclusão da conta ordenada',
    'user.list': 'contas listadas',
    'user.show': 'conta consultada',
    'user.usage': 'uso consultado',
  },
)

export const auditTexts = actions

export function actionText(texts: Record<string, string>, action: string): string {
  return Object.hasOwn(texts, action) ? (texts[action] ?? action) : action
}

export const actorTexts = messages(
  { administrator: 'administrator', operator: 'operator', user: 'you', system: 'system' },
  { administrator: 'administrador', operator: 'operador', user: 'você', system: 'sistema' },
)
