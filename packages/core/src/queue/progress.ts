import { Feed } from '../waiting/feed.ts'
import { onAbort } from '../waiting/on-abort.ts'
import { decode } from '../wire/codec.ts'
import type { TaskRef } from '../ports/queue-admin.ts'
import type { OutcomeWatcher } from './outcome-watcher.ts'

/** The progress reports of a task, until it ends. Only the newest report waits for a slow reader. */
export function progressOf(
  ref: TaskRef,
  watcher: () => OutcomeWatcher,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<unknown, undefined> {
  return new Feed<unknown>(async (feed) => {
    signal?.throwIfAborted()
    let last: string | undefined
    const stop = watcher().watch(ref, {
      onProgress: (body) => {
        // A read and a hint may both have it, and each further read has it again.
        if (body === last) return
        last = body
        feed.offer(() => decode(body, 'invalid-payload', 'the progress') ?? null)
      },
      onEnd: () => feed.end(),
      onError: (error) => feed.fail(error),
    })
    const withdraw = onAbort(signal, () => feed.fail(signal?.reason))
    return () => {
      stop()
      withdraw()
    }
  })
}
