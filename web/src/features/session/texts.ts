// SPDX-License-Identifier: Apache-2.0
import { messages } from '@/i18n'

export const sessionTexts = messages(
  {
    claim: 'Configurations, logs and captures, analysed and explained.',
    demo: 'Look around with the demo account',
    or: 'or',
    email: 'E-mail',
    password: 'Password',
    passwordHint: 'At least 8 characters. A short sentence is easy to keep in mind and hard to guess.',
    name: 'Name (optional)',
    signIn: 'Sign in',
    register: 'Create the account',
    noAccount: 'No account yet? Create one',
    haveAccount: 'I have an account',
    language: 'Language',
  },
  {
    claim: 'Configurações, logs e capturas, analisados e explicados.',
    demo: 'Conhecer com a conta de demonstração',
    or: 'ou',
    email: 'E-mail',
    password: 'Senha',
    passwordHint: 'Pelo menos 8 caracteres. Uma frase curta é fácil de lembrar e difícil de adivinhar.',
    name: 'Nome (opcional)',
    signIn: 'Entrar',
    register: 'Criar a conta',
    noAccount: 'Ainda não tem conta? Crie uma',
    haveAccount: 'Já tenho conta',
    language: 'Idioma',
  },
)
