import { closeWhenOpen } from '../storage-calls/close-when-open.ts'
import type { Services } from '../services/services.ts'
import { reportUnlessClosed } from '../services/report-unless-closed.ts'
import type { Hint } from '../ports/hint.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'

/** Receives the hints. */
export interface Listener {
  hear(hint: Hint): void
}

/** The subscription by which hints reach a worker. */
export class Listening {
  readonly #driver: Pick<QueueDriver, 'listen'>
  readonly #services: Services
  #opening: Promise<Subscription | void> = Promise.resolve()
  #subscription: Subscription | undefined

  constructor(driver: Pick<QueueDriver, 'listen'>, services: Services) {
    this.#driver = driver
    this.#services = services
  }

  /** Hints can arrive. */
  get live(): boolean {
    return this.#subscription?.live === true
  }

  start(listener: Listener): void {
    this.#opening = this.#driver
      .listen((hint) => listener.hear(hint))
      .then((subscription) => {
        this.#subscription = subscription
        // The first turn was sent before hints could arrive: the storage may not know its worker as idle.
        listener.hear({ kind: 'reconnected' })
        return subscription
      })
      .catch((thrown: unknown) => reportUnlessClosed(thrown, this.#services))
  }

  close(): Promise<void> {
    return closeWhenOpen(this.#opening, this.#services)
  }
}
