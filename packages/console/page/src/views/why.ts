import type { TaskRecord, TaskState, TaskView } from '../api/contract.ts'
import { whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import type { Catalog } from '../language/en.ts'
import type { MarkName } from '../parts/mark.tsx'

/** Why a task does not run, in the reader's language. What only the server knows is in its English sentence. */
export function whyText(
  { task, why }: TaskView,
  { because, states }: Pick<Catalog, 'because' | 'states'>,
  tag: string,
): string {
  const code = why?.because ?? ''
  switch (code) {
    case 'ended':
      return because.ended(task.reason ? `${states[task.state]} (${task.reason})` : states[task.state])
    case 'running':
      return because.running(duration(task.leaseEndsInMs ?? 0, tag))
    case 'delayed':
      return because.delayed(duration(task.dueInMs ?? 0, tag))
    case 'blocked': {
      const { parents } = why ?? {}
      if (parents === undefined) return because.blocked
      const { count, ended, failed, onDead } = parents
      const n = (value: number): string => whole(value, tag)
      return because.blockedOf(n(count - ended), n(count), n(failed), because.onDead[onDead])
    }
    case 'backing-off':
      return because['backing-off'](String(task.failures ?? 1), duration(task.dueInMs ?? 0, tag))
    case 'unknown':
    case 'lease-over':
    case 'recovery-pause':
    case 'paused':
    case 'no-worker':
    case 'suspect':
    case 'self-wait':
    case 'limited':
    case 'behind-others':
    case 'workers-busy':
    case 'next':
      return tag.startsWith('zh') ? because[code] : (why?.text ?? because[code])
    default:
      return why?.text ?? states[task.state]
  }
}

/** A delayed task that waits for others has no time at which it is due. */
export function shownState({ state, blocked }: Pick<TaskRecord, 'state' | 'blocked'>): TaskState | 'blocked' {
  return blocked ? 'blocked' : state
}

const MARKS: Readonly<Record<string, MarkName>> = {
  running: 'running',
  delayed: 'delayed',
  blocked: 'blocked',
  'backing-off': 'warn',
  paused: 'paused',
  'no-worker': 'bad',
  suspect: 'warn',
  'self-wait': 'bad',
  limited: 'warn',
  'lease-over': 'warn',
  'recovery-pause': 'warn',
}

export function whyMark({ task, why }: TaskView): MarkName {
  if (why === undefined || why.because === 'ended') return shownState(task)
  return MARKS[why.because] ?? 'waiting'
}
