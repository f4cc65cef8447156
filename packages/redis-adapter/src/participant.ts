import type { RedisClient } from './client.ts'
import { deniedInScript } from './denied.ts'
import { isNoScript } from './errors.ts'
import { failedInScript } from './failed-in-script.ts'
import type { Executor, Router } from './cluster/router.ts'
import type { Topics } from './topics.ts'
import { KeyCache } from './key-cache.ts'
import { hintTopic, participantTopic } from './keys.ts'
import type { Place } from './keys.ts'
import type { Link } from './link.ts'
import { listenToAll } from './listen-to-all.ts'
import type { Leave } from './listen-to-all.ts'
import type { ReplicatedServer } from './replicas.ts'
import type { Script } from './script.ts'
import { ORDERED } from './scripts/registry/give-order.ts'

type Listener = (text: string) => void

type Arguments = readonly (string | number)[]
/** Of a script, or what makes them when it is known by which run of a server it will be executed. */
export type ScriptArguments = Arguments | ((runId: string) => Arguments)

/** A command that is sent when a participant closes, and a key of it. */
export interface Farewell {
  readonly key: string
  readonly command: readonly [string, ...(string | number)[]]
}

/** The connections of a participant: to a server alone, and to the nodes of a cluster, once it is known to be one. */
export interface Ways {
  readonly command: Link
  readonly router: Router
  readonly topics: Topics
  /** The server alone; its run: a channel's numbering may be lost between two. */
  readonly server: ReplicatedServer
}

/** This process at the storage: it runs scripts, and has a topic of its own for the hints that it waits for. */
export class Participant {
  readonly prefix: string
  readonly db: number
  readonly topics: Topics
  /** Unique. */
  readonly name: string
  readonly topic: string
  readonly #router: Router
  readonly #server: ReplicatedServer
  readonly keys: KeyCache
  readonly #command: Link
  /** Listeners, by the letter that messages begin with and the name that follows. */
  readonly #listeners = new Map<string, Set<Listener>>()
  #own: Promise<Leave> | undefined
  readonly #leaving: (() => Farewell | undefined)[] = []
  constructor({ prefix, db }: Place, name: string, { command, router, topics, server }: Ways) {
    this.name = name
    this.#router = router
    this.#server = server
    this.prefix = prefix
    this.db = db
    this.topics = topics
    this.keys = new KeyCache(prefix)
    this.topic = participantTopic(prefix, this.name)
    this.#command = command
  }

  /** The topic of its hints about a queue, or a group. In a cluster it is in their slot, which knows who listens. */
  hintsOf(queue: string): string {
    return this.#router.begun ? this.hintsInSlot(queue) : this.topic
  }

  hintsInSlot(queue: string): string {
    return hintTopic(this.prefix, queue, this.name)
  }

  /** One round trip; two when the server has forgotten the script (restart, SCRIPT FLUSH, failover). */
  evaluate(script: Script, keys: readonly string[], args: ScriptArguments): Promise<unknown> {
    return this.#run(script.name, keys[0]!, (at) => send(at, script, keys, args))
  }

  /** The keys of a script must be in one slot; known once it is connected. */
  get clustered(): boolean {
    return this.#router.begun
  }

  /** One command, which no script is, in the slot of `key`. */
  call(verb: string, key: string, args: readonly (string | number)[] = []): Promise<unknown> {
    return this.#run(verb.toUpperCase(), key, (at) => callAt(at, verb, [key, ...args]))
  }

  #run<T>(what: string, key: string, command: (at: Executor) => Promise<T>): Promise<T> {
    if (this.#router.begun) return this.#router.run(what, key, command)
    return this.#command.run(what, (client) => command(this.#alone(client)))
  }

  #alone(client: RedisClient): Executor {
    return { client, runId: this.#server.runId, server: this.#server, isAsking: false }
  }

  /** The same for calls of producers: resolves when the required number of replicas have the write. */
  evaluateDurably(script: Script, keys: readonly string[], args: ScriptArguments): Promise<unknown> {
    return this.#server.replicas ? this.#confirmed(script, keys, args) : this.evaluate(script, keys, args)
  }

  async #confirmed(script: Script, keys: readonly string[], args: ScriptArguments): Promise<unknown> {
    /** The server that answered, and its run. */
    let [server, runId] = [this.#server, '']
    const reply = await this.#run(script.name, keys[0]!, (at) => {
      server = at.server
      runId = at.runId
      return send(at, script, keys, args)
    })
    await server.replicas?.confirm(script.name, runId)
    return reply
  }

  /**
   * Commands that are sent to the server when this participant closes. They are optional: without them the server
   * forgets the data later.
   */
  onLeave(farewell: () => Farewell | undefined): void {
    this.#leaving.push(farewell)
  }

  /** Does not wait: an orderly close of the connection sends these commands first. */
  leave(): void {
    for (const farewell of this.#leaving.splice(0)) {
      const said = farewell()
      if (said === undefined) continue
      const [verb, ...args] = said.command
      this.#run(verb, said.key, (at) => callAt(at, verb, args)).catch(() => undefined)
    }
  }

  /**
   * Messages about a queue, or a group, on this participant's topic. `onInterruption`: some may have been lost, where
   * that topic is not on the connection of plain ones.
   */
  hearQueue(queue: string, listener: Listener, onInterruption: () => void): Promise<Leave> {
    const inSlot = {
      onMessage: (text: string) => {
        if (keyOf(text) === `q${queue}`) listener(text)
      },
      onInterruption,
    }
    return listenToAll([
      this.#hear(`q${queue}`, listener),
      this.topics.listenInCluster(this.hintsInSlot(queue), inSlot),
    ])
  }

  /** Markers of a channel, or of a pattern; no channel has the name of a pattern. */
  hearChannel(channel: string, listener: Listener): Promise<Leave> {
    return this.#hear(`m${channel}`, listener)
  }

  /** That an order was given for a worker of this process. */
  hearOrders(listener: () => void): Promise<Leave> {
    return this.#hear(ORDERED, listener)
  }

  async #hear(key: string, listener: Listener): Promise<Leave> {
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
    for (const listener of this.#listeners.get(keyOf(text)) ?? []) listener(text)
  }
}

/** By which a message's listeners are found. */
function keyOf(text: string): string {
  if (text === ORDERED) return ORDERED
  const newline = text.indexOf('\n')
  const name = text.slice(1, newline === -1 ? undefined : newline)
  return text[0] === 'm' ? `m${name}` : `q${name}`
}

async function send(at: Executor, script: Script, keys: readonly string[], args: ScriptArguments): Promise<unknown> {
  const rest = [keys.length, ...keys, ...(typeof args === 'function' ? args(at.runId) : args)]
  try {
    return await callAt(at, 'evalsha', [script.sha, ...rest])
  } catch (thrown) {
    if (!isNoScript(thrown)) throw explained(thrown, script, at.client)
  }
  try {
    return await callAt(at, 'eval', [script.lua, ...rest])
  } catch (thrown) {
    throw explained(thrown, script, at.client)
  }
}

/** A node to which the slot is moving has to be told so before each command. */
function callAt({ client, isAsking }: Executor, verb: string, args: Arguments): Promise<unknown> {
  if (isAsking) client.call('asking', []).catch(() => undefined)
  return client.call(verb, [...args])
}

function explained(thrown: unknown, script: Script, client: RedisClient): unknown {
  return deniedInScript(thrown, script, client) ?? failedInScript(thrown, script) ?? thrown
}
