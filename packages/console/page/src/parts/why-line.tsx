import type { ComponentChildren } from 'preact'
import { Mark } from './mark.tsx'
import type { MarkName } from './mark.tsx'

interface WhyLineProps {
  readonly mark: MarkName
  /** What it answers. */
  readonly title: string
  readonly text: string
  readonly children?: ComponentChildren
}

/** Why something does not go on, in one sentence; read aloud when it changes. */
export function WhyLine({ mark, title, text, children }: WhyLineProps) {
  return (
    <section class="why" aria-live="polite">
      <Mark name={mark} />
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
        {children}
      </div>
    </section>
  )
}
