import type { Clock } from '../clock.ts'
import type { Subscription } from '../ports/subscription.ts'
import { pause } from '../waiting/pause.ts'

/** A connection that is just being made is there soon. */
const FIRST_MS = 20
const MOST_MS = 1_000

export interface ListenLaterParts {
  readonly clock: Clock
  readonly closed: AbortSignal | undefined
  /** Rejects while it is not known what there is to listen to: whoever uses the queue gets the error. */
  readonly sure: () => Promise<void> | undefined
  readonly listen: () => Promise<Subscription>
  /** Hints arrive from now on. */
  readonly onOpen: () => void
}

/** A subscription to what is not known yet: it is opened when it is, and nothing is heard until then. */
export function listenLater({ clock, closed, sure, listen, onOpen }: ListenLaterParts): Subscription {
  let opened: Subscription | undefined
  let isClosed = false
  const open = async (): Promise<void> => {
    for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, MOST_MS)) {
      await pause(clock, pauseMs, closed)
      if (isClosed || closed?.aborted) return
      try {
        await sure()
        opened = await listen()
        break
      } catch {
        // Not yet.
      }
    }
    if (isClosed) await opened.close()
    else onOpen()
  }
  void open()
  return {
    get live() {
      return opened?.live === true
    },
    async close() {
      isClosed = true
      await opened?.close()
    },
  }
}
