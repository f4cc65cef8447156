import type { Hint } from '@mq/core/adapter'
import { parseOutcome } from '@mq/core/adapter'
import { parseGrant } from './scripts/queue/parse-turn.ts'

/**
 * Messages to participants: a letter, the queue's name, and after a newline the details. w work, g work and a
 * task of it (worker, lease and fence by bars, a newline, the record), r room, e ended, p
 * progress, c cancelled, s paused (stop), d a schedule was set (due),
 * m sealed (moved).
 */
export function parseHint(text: string): Hint | undefined {
  const newline = text.indexOf('\n')
  const body = newline === -1 ? '' : text.slice(newline + 1)
  const bar = body.indexOf('|')
  switch (text[0]) {
    case 'w':
      return { kind: 'work' }
    case 'g': {
      const [, worker = '', lease, fence, record] = /^([^\n]*)\|(\d+#\d+)\|(\d+)\n(.*)$/s.exec(body) ?? []
      if (lease === undefined || fence === undefined || record === undefined) return { kind: 'work' }
      return { kind: 'grant', worker, task: parseGrant(lease, fence, record) }
    }
    case 'd':
      return { kind: 'scheduled' }
    case 'm':
      return { kind: 'sealed' }
    case 's':
      return { kind: 'paused' }
    case 'r':
      return { kind: 'room' }
    case 'e': {
      const ended = parseOutcome(body)
      return ended && { kind: 'ended', ...ended }
    }
    case 'p':
      return { kind: 'progress', n: body.slice(0, bar), body: body.slice(bar + 1) }
    case 'c':
      return { kind: 'cancel', lease: body.slice(0, bar), reason: body.slice(bar + 1) }
    default:
      return undefined
  }
}
