import { argumentsOf, lengthOf } from '../arguments.ts'
import type { EnqueueBatch, NewTask } from '@mq/core/adapter'
import type { Values } from '../arguments.ts'
import { familyText } from '../flows/family-text.ts'
import { ENDS } from '../parts/ends.ts'
import { BLOCKED } from '../parts/flow.ts'
import { keyId } from '../parts/keys.ts'

/**
 * `lane`: and of the batch before it, if that is under way, a newline, its lane, a newline, its seq. `capacity`: or ''. `roomTopic`: for the
 * hint of room. `specials`: count of the special tasks. `seals`: the partition is sealed from now on.
 */
export const BATCH = {
  lane: 'text',
  seq: 'number',
  atomic: 'flag',
  capacity: 'number',
  roomTopic: 'text',
  specials: 'number',
  seals: 'flag',
} as const

const { seals: _, ...others } = BATCH
/** The first of BATCH, as ticks read it: they seal nothing. */
export const BATCH_OF_TICKS: Omit<typeof BATCH, 'seals'> = others

/**
 * Of each special task. `i`: its index, from 1. `id`: or "~key" or ''. `how`: "r" if it replaces, and the window in ms of a key; of one that runs after others "f",
 * its family (as of familyText), a newline; and of a task with a key "k", its
 * weight, "c" and how many of its key may wait, if that is bounded, a vertical bar, its key as it is stored.
 */
export const SPECIAL = { i: 'number', delay: 'number', id: 'text', how: 'text' } as const

/** A batch by its lane and number. */
export type BatchId = Pick<EnqueueBatch, 'lane' | 'seq'>

export function enqueueArguments(
  batch: EnqueueBatch,
  after: BatchId | undefined,
  topic: string,
  ends: Values<typeof ENDS>,
): (string | number)[] {
  const specials = specialsOf(batch.tasks, batch.keyCapacity)
  const args = argumentsOf(BATCH, {
    lane: after === undefined ? batch.lane : `${batch.lane}\n${after.lane}\n${after.seq}`,
    seq: batch.seq,
    atomic: batch.atomic,
    capacity: batch.capacity ?? '',
    roomTopic: batch.awaitRoom ? topic : '',
    specials: specials.length / lengthOf(SPECIAL),
    seals: batch.seals === true,
  })
  args.push(...argumentsOf(ENDS, ends))
  args.push(...specials)
  for (const task of batch.tasks) args.push(recordOf(task))
  return args
}

/** SPECIAL of each task that is one. */
export function specialsOf(tasks: readonly Special[], keyCapacity?: number): (string | number)[] {
  const bound = keyCapacity === undefined ? '' : `c${keyCapacity}`
  const specials: (string | number)[] = []
  for (let i = 0; i < tasks.length; i++) {
    const { id, dedupe, delayMs, after, replace, key, weight = 1 } = tasks[i]!
    if (id === undefined && dedupe === undefined && delayMs === 0 && key === undefined && after === undefined) continue
    const window = dedupe ? Math.ceil(dedupe.windowMs) : ''
    const named = dedupe ? `~${dedupe.key}` : (id ?? '')
    // As SPECIAL says: this is done for each task, and `argumentsOf` makes three objects.
    const whose = key === undefined ? '' : `k${weight}${bound}|${keyId(key)}`
    const family = after === undefined ? '' : `f${familyText(after, delayMs)}\n`
    specials.push(
      i + 1,
      after === undefined ? delayMs : BLOCKED,
      named,
      `${replace ? 'r' : ''}${window}${family}${whose}`,
    )
  }
  return specials
}

type Special = Pick<NewTask, 'delayMs'> &
  Partial<Pick<NewTask, 'id' | 'dedupe' | 'replace' | 'key' | 'weight' | 'after'>>

/** A task as the script gets it. */
export function recordOf({ level, header, payload }: Pick<NewTask, 'level' | 'header' | 'payload'>): string {
  return `${level}${header}\n${payload}`
}
