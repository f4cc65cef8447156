import type { Adapter, NotedWorker, Storage } from '@mq/core/adapter'

export interface Mortal {
  readonly adapter: Adapter
  /** From now on it does nothing, as a process that was killed: no call arrives, and nobody hears its hints. */
  kill(): Promise<void>
}

/** Calls that answer what has calls of its own. */
const DRIVERS: ReadonlySet<string> = new Set(['queue', 'channel', 'group'])

type Call = (...args: unknown[]) => unknown

/** The same object, each of whose methods may be answered otherwise; and those of what it has. */
function changed<T extends object>(target: T, change: (name: string, call: Call) => Call): T {
  return new Proxy(target, {
    get(_, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member === 'function') return change(String(key), (member as Call).bind(target))
      return typeof member === 'object' && member !== null ? changed(member, change) : member
    },
  })
}

/** A process at the storage of `adapter`, which other participants share. */
export function mortal(adapter: Adapter): Mortal {
  let isDead = false
  const subscriptions: { close(): Promise<void> }[] = []

  function change(name: string, call: Call): Call {
    return (...args) => {
      if (isDead) return new Promise(() => undefined)
      const result = call(...args)
      if (name === 'listen') void (result as Promise<{ close(): Promise<void> }>).then((it) => subscriptions.push(it))
      return DRIVERS.has(name) ? changed(result as object, change) : result
    }
  }
  return {
    adapter: { ...adapter, open: (environment) => changed(adapter.open(environment), change) },
    async kill() {
      isDead = true
      for (const subscription of subscriptions) await subscription.close()
    },
  }
}

/** The same storage, which says of each worker whether its process is connected. */
export function saying(adapter: Adapter, isConnected: () => boolean): Adapter {
  const change = (name: string, call: Call): Call => {
    if (name !== 'workers') return call
    return async () => ((await call()) as NotedWorker[]).map((each) => ({ ...each, connected: isConnected() }))
  }
  return { ...adapter, open: (environment): Storage => changed(adapter.open(environment), change) }
}
