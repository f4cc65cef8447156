import type { AttemptError, TimelineEntry } from '../api/contract.ts'
import { preview } from '../format/preview.ts'
import { whole } from '../format/number.ts'
import { clock } from '../format/time.ts'
import { languageTag, wordFor, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Mark } from '../parts/mark.tsx'
import type { MarkName } from '../parts/mark.tsx'
import { When } from '../parts/when.tsx'
import { storageNow } from '../state/clock.ts'

/** What the attempts died of, the last one first. */
export function TaskErrors({ errors }: { readonly errors: readonly AttemptError[] }) {
  const { task: text } = words.value
  return (
    <ol class="errors">
      {errors.toReversed().map(({ at, attempt, name, code, message, stack }, i) => (
        <li key={i}>
          <header>
            {attempt !== undefined && <b>{text.attempt(String(attempt))}</b>}
            {at !== undefined && <When at={at} />}
          </header>
          <p class="mono message">
            {name !== undefined && <b>{name}</b>}
            {code !== undefined && ` [${code}]`}
            {name !== undefined && ': '}
            {message ?? text.withheld}
          </p>
          {stack !== undefined && (
            <details>
              <summary>{text.stack}</summary>
              <pre class="code" tabIndex={0}>
                {stack}
              </pre>
              <CopyButton text={stack} what={text.stack} />
            </details>
          )}
        </li>
      ))}
    </ol>
  )
}

interface TaskLogsProps {
  readonly logs: readonly { readonly at: number; readonly line: unknown }[]
  readonly dropped: number
}

export function TaskLogs({ logs, dropped }: TaskLogsProps) {
  const { task: text } = words.value
  const now = storageNow()
  const tag = languageTag.value
  return (
    <div class="json">
      <div class="json-tools">
        <CopyButton text={logs.map(({ line }) => textOf(line)).join('\n')} what={text.logs} />
      </div>
      {dropped > 0 && <p class="faint">{text.logsDropped(whole(dropped, tag))}</p>}
      <div class="logs code" tabIndex={0} role="region" aria-label={text.logs}>
        <ol>
          {logs.map(({ at, line }, i) => (
            <li key={i}>
              <time>{clock(at, now, tag)}</time>
              <span>{textOf(line)}</span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  )
}

/** What redaction leaves of a line may be of any kind. */
function textOf(line: unknown): string {
  return typeof line === 'string' ? line : preview(line)
}

const MARKS: Readonly<Record<string, MarkName>> = {
  enqueued: 'waiting',
  due: 'delayed',
  failed: 'warn',
  completed: 'completed',
  dead: 'dead',
  cancelled: 'cancelled',
  expired: 'expired',
}

/** What happened to it and when, and what comes next. */
export function TaskTimeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  const { what: names } = words.value.task
  return (
    <ol class="timeline">
      {entries.map(({ at, what, ...more }, i) => (
        <li key={i}>
          <Mark name={MARKS[what] ?? 'plain'} />
          <div>
            <b>{wordFor(names, what) ?? what}</b> <When at={at} />
            <p class="faint mono">
              {Object.entries(more)
                .map(([name, value]) => (name === 'text' ? preview(value) : `${name} ${preview(value)}`))
                .join(' · ')}
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}
