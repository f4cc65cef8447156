import { limited } from '../waiting/limit.ts'
import { pause as wait } from '../waiting/pause.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import {
  checkBoolean,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
  invalidOption,
  showWord,
} from '../define/check-call.ts'
import { MAX_BATCH, MAX_REASON, MAX_DELAY_MS } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import { MAX_PARTITIONS } from '../ports/layout.ts'
import type { Division } from '../partitions/dividing.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import { explain } from './explain.ts'
import { refOf } from '../wire/header.ts'
import type { Queue } from './queue.ts'
import { createLiveLimits, readKeys } from './queue-sharing.ts'
import { readHistory } from './read-history.ts'
import { createTaskPages } from './task-pages.ts'
import { workLeft } from './work-left.ts'

/** The pauses between two reads of the counts while a queue drains, ms: short at first, then longer. */
const FIRST_LOOK_MS = 20
const LOOK_MS = 1_000

export interface QueueControlParts {
  readonly name: string
  readonly admin: QueueAdmin
  readonly services: Services
  readonly assertOpen: () => void
  readonly onObliterated: () => Promise<void>
  /** Undefined: it has no partitions. */
  readonly divide: ((partitions: number) => Promise<Division>) | undefined
}

export type QueueControl = Pick<
  Queue,
  | 'pause'
  | 'resume'
  | 'drain'
  | 'purge'
  | 'obliterate'
  | 'repartition'
  | 'explain'
  | 'stats'
  | 'tasks'
  | 'history'
  | 'limits'
  | 'keys'
>

/** What an operator can do to a whole queue. None of it is on the hot path. */
export function createQueueControl({
  name,
  admin,
  services,
  assertOpen,
  onObliterated,
  divide,
}: QueueControlParts): QueueControl {
  const { clock, operationTimeoutMs: timeoutMs } = services
  const repeat = <T>(call: (tries: number) => Promise<T>): Promise<T> => repeatUntilKnown(services, call, { timeoutMs })

  /** A first try whose reply was lost may have changed it: then it counts as changed. */
  const turn = async (kind: 'pause' | 'resume'): Promise<boolean> => {
    assertOpen()
    let repeated = false
    const { changed } = await repeat((tries) => {
      repeated = tries > 0
      return admin.apply({ kind })
    })
    return changed > 0 || repeated
  }

  const sharing = { name, admin, repeat, assertOpen }

  return {
    limits: createLiveLimits(sharing),
    keys: (options) => readKeys(sharing, options),

    stats: async () => {
      assertOpen()
      return repeat(() => admin.stats())
    },

    history: async (options) => {
      assertOpen()
      if (admin.history === undefined) throw new MqError('unsupported', 'this adapter keeps no history of a queue')
      return readHistory(options, (query) => repeat(() => admin.history!(query)))
    },

    tasks: (options) => {
      assertOpen()
      return createTaskPages({ admin, repeat, assertOpen }, options)
    },

    pause: () => turn('pause'),
    resume: () => turn('resume'),

    async drain(options = {}) {
      assertOpen()
      options = checkOptions('drain', options, ['signal', 'timeoutMs'])
      const { signal, timeoutMs: limitMs } = options
      checkSignal('signal', signal)?.throwIfAborted()
      if (limitMs !== undefined) checkInteger('timeoutMs', limitMs, 0, MAX_DELAY_MS)
      const enough = new AbortController()
      const untilEmpty = async (): Promise<void> => {
        for (let pauseMs = FIRST_LOOK_MS; !enough.signal.aborted; pauseMs = Math.min(2 * pauseMs, LOOK_MS)) {
          assertOpen()
          if (workLeft(await repeat(() => admin.stats())) === 0) return
          await wait(clock, pauseMs, enough.signal)
        }
      }
      const onTimeout = (): Error => new MqError('wait-timeout', `queue ${name} did not drain within ${limitMs} ms`)
      await limited(untilEmpty(), { clock, signal, timeoutMs: limitMs, onTimeout }, () => enough.abort())
    },

    async obliterate(options = {}) {
      assertOpen()
      options = checkOptions('obliterate', options, ['force'])
      const force = checkBoolean('force', options.force ?? false)
      const { inUse } = await repeat(() => admin.apply({ kind: 'obliterate', force }))
      if (inUse === undefined) return onObliterated()
      const why = inUse === 'tasks' ? 'tasks of it run' : 'workers wait for its work'
      throw new MqError('queue-in-use', `queue ${name} is in use: ${why}`, { details: { inUse } })
    },

    async repartition(partitions, options: { readonly preview?: boolean } = {}) {
      assertOpen()
      const { preview } = checkOptions('repartition', options, ['preview'])
      if (preview !== true) {
        const why = 'it is a preview, of which docs/partitions.md says what it does not keep yet'
        throw invalidOption('preview', `repartition needs { preview: true }: ${why}`, preview)
      }
      checkInteger('partitions', partitions, 2, MAX_PARTITIONS)
      if (divide === undefined) throw new MqError('unsupported', `queue ${name} has no partitions`)
      return repeat(() => divide(partitions))
    },

    async purge(options = {}) {
      assertOpen()
      options = checkOptions('purge', options, ['state', 'reason', 'signal'])
      const { state, reason = 'purged', signal } = options
      if (!['waiting', 'delayed', undefined].includes(state)) {
        throw invalidOption('state', `purge.state must be 'waiting' or 'delayed', not ${showWord(state)}`, state)
      }
      checkText('reason', reason, 0, MAX_REASON)
      checkSignal('signal', signal)
      // No more tasks than there were at the call, since producers may add faster than this removes. Delayed tasks
      // first, since they may become waiting ones meanwhile.
      const there = await repeat(() => admin.stats())
      let purged = 0
      for (const each of state === undefined ? (['delayed', 'waiting'] as const) : [state]) {
        let more = true
        for (let left = there[each]; more && left > 0;) {
          signal?.throwIfAborted()
          const command = { kind: 'purge', state: each, reason, limit: Math.min(left, MAX_BATCH) } as const
          const reply = await repeat(() => admin.apply(command))
          purged += reply.changed
          left -= reply.changed
          more = reply.more === true
        }
      }
      return purged
    },

    async explain(id) {
      assertOpen()
      const ref = refOf(id)
      const facts = await repeat(() => admin.inspect(ref))
      const isBlocked = facts.reading.state === 'delayed' && facts.reading.blocked
      const family = isBlocked
        ? await repeat(async () => admin.flows?.family({ task: ref, from: 0, limit: MAX_BATCH }))
        : undefined
      return explain(facts, services.selfWaits.stillness(name), family)
    },
  }
}
