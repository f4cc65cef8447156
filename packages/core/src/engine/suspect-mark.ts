import { toError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import type { Delivery, Execution } from './execution.ts'
import { withEntry, hasEntry } from './memos.ts'
import type { Notes } from './notes.ts'

/** No step has this name: a user's has at least one character. */
const MARK = ''
/** How long a task waits of which nothing could be noted: without a pause it would go round as fast as it can. */
const AGAIN_MS = 1_000

/** It was started together with other suspects, or in a batch that failed, so it runs alone the next time. */
export function isMarked({ memo }: Delivery): boolean {
  return hasEntry(memo, MARK)
}

/**
 * Notes that it is to run alone the next time. Never rejects: without the note it runs as others do, and returns how it
 * is settled then, since its batch may fail again as soon as it has it back.
 */
export async function setMark(
  { held, memos, queue, id }: Execution,
  notes: Notes,
  logger: Logger,
): Promise<Settlement | void> {
  try {
    if (memos === undefined) await notes.begins({ lease: held.task.lease, kind: 'memo', body: marked(held) })
    else await memos.mark(MARK)
  } catch (thrown) {
    logger.warn({ queue, id, err: toError(thrown) }, 'that a task is to run alone could not be stored')
    return laterUncharged(held.task.lease)
  }
}

/** Given back after a pause: what could not be stored may be possible then. */
export function laterUncharged(lease: string): Settlement {
  return { kind: 'retry', lease, delayMs: AGAIN_MS, charge: false }
}

/** Its memos, with the mark that it was. */
export function marked({ memo }: Delivery): string {
  return withEntry(memo, MARK)
}
