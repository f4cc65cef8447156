import type { Contender } from '../contenders/contender.ts'
import { findServer } from './all.ts'
import type { Durability, Place, RunningServer, ServerName } from './server.ts'

/** The servers of one run, each started once for all contenders that use it. */
export class ServerPark implements AsyncDisposable {
  readonly #durability: Durability
  readonly #running = new Map<ServerName, RunningServer>()

  constructor(durability: Durability) {
    this.#durability = durability
  }

  /** Starts what they need. Answers who has to stay away, with the reason: its server could not be had. */
  async open(contenders: readonly Contender[]): Promise<ReadonlyMap<string, string>> {
    const absent = new Map<string, string>()
    const missing = new Map<ServerName, string>()
    for (const contender of contenders) {
      const name = serverOf(contender)
      const reason = missing.get(name) ?? (await this.#start(name)) ?? (await contender.unavailable?.())
      if (reason === undefined) continue
      if (!this.#running.has(name)) missing.set(name, reason)
      absent.set(contender.name, reason)
    }
    return absent
  }

  readonly placeOf = (contender: Contender): Place => this.#running.get(serverOf(contender))!.place

  /** Name and version of each, with its settings. */
  get titles(): readonly string[] {
    return [...this.#running].map(([name, { title }]) => `${title}: ${findServer(name).settings[this.#durability]}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#running.values()) await server[Symbol.asyncDispose]()
  }

  /** Answers why not. */
  async #start(name: ServerName): Promise<string | undefined> {
    if (this.#running.has(name)) return undefined
    try {
      this.#running.set(name, await findServer(name).start(this.#durability))
      return undefined
    } catch (error) {
      return `${name} cannot be had here: ${String((error as Error).message).split('\n')[0]}`
    }
  }
}

function serverOf({ server = 'redis' }: Contender): ServerName {
  return server
}
