import type { Adapter } from '@mq/core/adapter'

export interface Mortal {
  readonly adapter: Adapter
  /** From now on it does nothing, as a process that was killed: no call arrives, and nobody hears its hints. */
  kill(): Promise<void>
}

/** A process at the storage of `adapter`, which other participants share. */
export function mortal(adapter: Adapter): Mortal {
  let isDead = false
  const subscriptions: { close(): Promise<void> }[] = []

  function watched<T extends object>(storage: T): T {
    return new Proxy(storage, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function')
          return typeof member === 'object' && member !== null ? watched(member) : member
        return (...args: unknown[]) => {
          if (isDead) return new Promise(() => undefined)
          const result: unknown = member.apply(target, args)
          if (key === 'listen')
            void (result as Promise<{ close(): Promise<void> }>).then((it) => subscriptions.push(it))
          return key === 'queue' ? watched(result as object) : result
        }
      },
    })
  }
  return {
    adapter: { ...adapter, open: (environment) => watched(adapter.open(environment)) },
    async kill() {
      isDead = true
      for (const subscription of subscriptions) await subscription.close()
    },
  }
}
