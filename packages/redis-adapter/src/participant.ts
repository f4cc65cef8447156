import type { RedisClient } from './client.ts'
import { deniedInScript } from './denied.ts'
import { isNoScript } from './errors.ts'
import { failedInScript } from './failed-in-script.ts'
import type { Topics } from './topics.ts'
import { KeyCache } from './key-cache.ts'
import { participantTopic } from './keys.ts'
import type { Place } from './keys.ts'
import type { Link } from './link.ts'
import type { Replicas } from './replicas.ts'
import type { Script } from './script.ts'
import { ORDERED } from './scripts/registry/give-order.ts'

type Listener = (text: string) => void

/** This process at the storage: it runs scripts, and has a topic of its own for the hints that it waits for. */
export class Participant {
  readonly prefix: string
  readonly db: number
  readonly topics: Topics
  /** Unique. */
  readonly name: string
  readonly topic: string
  readonly keys: KeyCache
  readonly #command: Link
  readonly #replicas: Replicas | undefined
  /** Listeners, by the letter that messages begin with and the name that follows. */
  readonly #listeners = new Map<string, Set<Listener>>()
  #own: Promise<() => Promise<void>> | undefined
  readonly #leaving: (() => readonly (string | number)[] | undefined)[] = []
  /**
   * Identifies the run of the server: a channel's numbering may be lost between two runs. Empty when it is not known.
   */
  runId = ''

  constructor({ prefix, db }: Place, name: string, command: Link, topics: Topics, replicas?: Replicas) {
    this.name = name
    this.#replicas = replicas
    this.prefix = prefix
    this.db = db
    this.topics = topics
    this.keys = new KeyCache(prefix)
    this.topic = participantTopic(prefix, this.name)
    this.#command = command
  }

  /** One round trip; two when the server has forgotten the script (restart, SCRIPT FLUSH, failover). */
  evaluate(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#command.run(script.name, (client) => send(client, script, keys, args))
  }

  /** The same for calls of producers: resolves when the required number of replicas have the write. */
  evaluateDurably(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const replicas = this.#replicas
    return replicas ? this.#confirmed(replicas, script, keys, args) : this.evaluate(script, keys, args)
  }

  async #confirmed(
    replicas: Replicas,
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    /** The run id of the server that answered. */
    let runId = ''
    const reply = await this.#command.run(script.name, (client) => {
      runId = this.runId
      return send(client, script, keys, args)
    })
    await replicas.confirm(script.name, runId)
    return reply
  }

  /**
   * Commands that are sent to the server when this participant closes. They are optional: without them the server
   * forgets the data later.
   */
  onLeave(command: () => readonly (string | number)[] | undefined): void {
    this.#leaving.push(command)
  }

  /** Does not wait: an orderly close of the connection sends these commands first. */
  leave(): void {
    for (const command of this.#leaving.splice(0)) {
      const [verb, ...args] = command() ?? []
      if (verb !== undefined) {
        this.#command.run(String(verb), (client) => client.call(String(verb), args)).catch(() => undefined)
      }
    }
  }

  /** Messages about a queue, on this participant's topic. */
  hearQueue(queue: string, listener: Listener): Promise<() => Promise<void>> {
    return this.#hear(`q${queue}`, listener)
  }

  /** Markers of a channel, or of a pattern; no channel has the name of a pattern. */
  hearChannel(channel: string, listener: Listener): Promise<() => Promise<void>> {
    return this.#hear(`m${channel}`, listener)
  }

  /** That an order was given for a worker of this process. */
  hearOrders(listener: () => void): Promise<() => Promise<void>> {
    return this.#hear(ORDERED, listener)
  }

  async #hear(key: string, listener: Listener): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(key) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(key, listeners)
    const leave = async (): Promise<void> => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key)
    }
    this.#own ??= this.topics.listen(this.topic, {
      onMessage: (text) => this.#dispatch(text),
      onInterruption: () => undefined,
    })
    try {
      await this.#own
    } catch (thrown) {
      this.#own = undefined
      await leave()
      throw thrown
    }
    return leave
  }

  #dispatch(text: string): void {
    if (text === ORDERED) return this.#call(ORDERED, text)
    const newline = text.indexOf('\n')
    const name = text.slice(1, newline === -1 ? undefined : newline)
    const key = text[0] === 'm' ? `m${name}` : `q${name}`
    this.#call(key, text)
  }

  #call(key: string, text: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener(text)
  }
}

async function send(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.call('evalsha', [script.sha, keys.length, ...keys, ...args])
  } catch (thrown) {
    if (!isNoScript(thrown)) throw explained(thrown, script, client)
  }
  try {
    return await client.call('eval', [script.lua, keys.length, ...keys, ...args])
  } catch (thrown) {
    throw explained(thrown, script, client)
  }
}

function explained(thrown: unknown, script: Script, client: RedisClient): unknown {
  return deniedInScript(thrown, script, client) ?? failedInScript(thrown, script) ?? thrown
}
