import { setTimeout as delay } from 'node:timers/promises'
import type { ProducerClient } from '../contenders/contender.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Dice } from '../seeded.ts'
import type { Payload } from './payload.ts'

export interface MixedLife {
  readonly payload: Pick<Payload, 'asks' | 'fails'>
  readonly priority: number | undefined
  readonly dedupe: { readonly key: string; readonly windowMs: number } | undefined
  /** How it is changed while it waits: another priority, due later, due now. */
  readonly changes: readonly (number | 'later' | 'now')[]
  /** So long after its receipt: it may wait, run or be over by then. */
  readonly cancelAfterMs: number | undefined
}

/** Longer than a producer repeats itself. */
const WINDOW_MS = 120_000
/** As often as a task may fail. */
const FATAL = 5

/** What a task of a busy queue may go through, besides being done. */
export function mixedLife(task: number, dice: Dice): MixedLife {
  const fate = dice.next()
  return {
    payload: {
      ...(fate < 0.2 && { asks: 'again' }),
      ...(fate >= 0.2 && fate < 0.35 && { asks: 'bury' }),
      ...(fate >= 0.35 && fate < 0.4 && { fails: FATAL }),
    },
    priority: dice.next() < 0.7 ? dice.between(0, 9) : undefined,
    dedupe: dice.next() < 0.25 ? { key: `key-${task}`, windowMs: WINDOW_MS } : undefined,
    cancelAfterMs: dice.next() < 0.25 ? dice.between(0, 120) : undefined,
    changes: dice.next() < 0.3 ? [dice.between(0, 9), 'later', dice.between(0, 9), 'now'] : [],
  }
}

/** It may have begun, and the answer may be lost: after any change the task is done once, and is not lost. */
export async function changeOften(
  { n, id }: { readonly n: string; readonly id: string | undefined },
  changes: MixedLife['changes'],
  client: ProducerClient,
): Promise<void> {
  for (const change of changes) await client.change?.(n, id, change).catch(() => undefined)
}

export async function cancelLater(
  { task, n, id }: { readonly task: number; readonly n: string; readonly id: string | undefined },
  afterMs: number,
  client: ProducerClient,
  recorder: Recorder,
): Promise<void> {
  await delay(afterMs)
  recorder.write({ ev: 'cancel.invoke', task, n })
  try {
    const answer = await client.cancel!(n, id)
    recorder.write({ ev: answer === 'cancelled' ? 'cancel.ok' : 'cancel.too-late', task, n })
  } catch {
    recorder.write({ ev: 'cancel.unknown', task, n })
  }
}
