import type { QueueSummary } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { hrefOf } from '../state/router.ts'

/** The parts of a queue's page, each with an address; a new one is a line here and a case in the queue's view. */
export const SECTIONS = ['tasks', 'keys', 'schedules', 'limits'] as const
export type Section = (typeof SECTIONS)[number]

export function isSection(text: string | undefined): text is Section {
  return SECTIONS.some((section) => section === text)
}

interface QueueSectionsProps {
  readonly name: string
  readonly open: Section
  readonly queue: QueueSummary | undefined
}

export function QueueSections({ name, open, queue }: QueueSectionsProps) {
  const { sections } = words.value
  const count = queue?.schedules?.count
  return (
    <nav class="tabs sections" aria-label={sections.label}>
      {SECTIONS.map((section) => (
        <a
          key={section}
          href={hrefOf(section === 'tasks' ? ['queues', name] : ['queues', name, section])}
          aria-current={section === open ? 'page' : undefined}
        >
          {sections[section]}
          {section === 'schedules' && count !== undefined && (
            <span class="count">{short(count, languageTag.value)}</span>
          )}
        </a>
      ))}
    </nav>
  )
}
