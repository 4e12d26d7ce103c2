// SPDX-License-Identifier: Apache-2.0
/* What an account without files is told: the three steps that give a first result. */
import { FileUp, MessagesSquare, Network } from 'lucide-react'
import { useTexts } from '@/i18n'
import { LinkButton } from '@/ui'
import styles from './HomePage.module.css'
import { homeTexts } from './texts'

export function FirstSteps() {
  const t = useTexts(homeTexts)
  const steps = [
    { icon: <FileUp size={20} />, title: t.step1, text: t.step1Text, to: '/files', action: t.step1Do },
    { icon: <Network size={20} />, title: t.step2, text: t.step2Text, to: '/topology', action: t.step2Do },
    { icon: <MessagesSquare size={20} />, title: t.step3, text: t.step3Text, to: '/chat', action: t.step3Do },
  ]
  return (
    <section aria-labelledby="first-steps" className={styles.first}>
      <h2 id="first-steps">{t.welcome}</h2>
      <ol className={styles.steps}>
        {steps.map((step, at) => (
          <li key={step.to}>
            <div className={styles.stepHead}>
              {step.icon}
              <h3>{`${at + 1}. ${step.title}`}</h3>
            </div>
            <p className="muted">{step.text}</p>
            <LinkButton to={step.to} kind={at === 0 ? 'primary' : 'plain'}>
              {step.action}
            </LinkButton>
          </li>
        ))}
      </ol>
    </section>
  )
}
