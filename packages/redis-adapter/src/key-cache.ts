import { keysFor } from './script.ts'
import type { Script } from './script.ts'

/** The keys of one queue take 2 KB for each script that it uses. */
const MOST_QUEUES = 500

/** The keys of the queues that were used for the first time last, so that the handle of an unused queue holds none. */
export class KeyCache {
  readonly #prefix: string
  readonly #byQueue = new Map<string, Map<Script, readonly string[]>>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The number of queues whose keys are kept. */
  get size(): number {
    return this.#byQueue.size
  }

  of(script: Script, queue: string): readonly string[] {
    const byScript = this.#byQueue.get(queue) ?? this.#begin(queue)
    const known = byScript.get(script)
    if (known !== undefined) return known
    const keys = keysFor(script, this.#prefix, queue)
    byScript.set(script, keys)
    return keys
  }

  #begin(queue: string): Map<Script, readonly string[]> {
    if (this.#byQueue.size === MOST_QUEUES) {
      const [oldest] = this.#byQueue.keys()
      this.#byQueue.delete(oldest!)
    }
    const byScript = new Map<Script, readonly string[]>()
    this.#byQueue.set(queue, byScript)
    return byScript
  }
}
