import type { Adapter, FlowDriver, QueueAdmin, QueueDriver } from '@mq/core'

/** What a storage answers that forgets what it was told: another server takes over that had not got it yet. */
const ANSWERS: Pick<FlowDriver, 'link' | 'tell'> = {
  link: async (edges) => edges.map(() => ({ state: 'pending' })),
  tell: async ({ children }) => children.map(() => true),
}

/** The adapter, with storages that may forget what one queue tells another. */
export class ForgetfulFlows {
  readonly adapter: Adapter
  forgets: keyof typeof ANSWERS | undefined
  forgotten = 0

  constructor(adapter: Adapter) {
    this.adapter = {
      ...adapter,
      open: (environment) => {
        const storage = adapter.open(environment)
        return over(storage, { queue: (name, options) => this.#forgetful(storage.queue(name, options)) })
      },
    }
  }

  #forgetful(driver: QueueDriver & QueueAdmin): QueueDriver & QueueAdmin {
    const flows = driver.flows!
    return over(driver, {
      flows: over(flows, {
        link: (edges) =>
          this.#call(
            'link',
            () => flows.link(edges),
            () => ANSWERS.link(edges),
          ),
        tell: (news) =>
          this.#call(
            'tell',
            () => flows.tell(news),
            () => ANSWERS.tell(news),
          ),
      }),
    })
  }

  #call<T>(verb: keyof typeof ANSWERS, does: () => T, forgets: () => T): T {
    if (this.forgets !== verb) return does()
    this.forgotten++
    return forgets()
  }
}

function over<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(inner, member) {
      const value: unknown = Reflect.get(member in own ? own : inner, member)
      return typeof value === 'function' ? value.bind(inner) : value
    },
  })
}
