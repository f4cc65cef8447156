import { connect, type Socket } from 'node:net'

export type LinkRole = 'command' | 'subscriber'

/**
 * What may happen to a connection; no FIN or RST is ever sent by these. What is held is not lost but late, as TCP has it:
 * it arrives when the weather changes, or never.
 */
export interface Weather {
  /** Each chunk is held up for so long, each way; up to half as much again, by chance. */
  readonly latencyMs?: number
  /** What the server sends does not arrive. */
  readonly holdReplies?: boolean
  /** What the client sends does not arrive. */
  readonly holdCommands?: boolean
}

/** A cut that waits for its call: it happens once, on the first link that carries it. */
export interface Cut {
  readonly needle: string
  count: number
}

/** One connection through the proxy. Its role is told by what it was heard to say. */
export class ProxiedLink {
  readonly #client: Socket
  readonly #server: Socket
  readonly #toServer: Way
  readonly #toClient: Way
  #heard = ''
  #cut: Cut | undefined
  #withheld = false
  role: LinkRole | undefined
  onEnd = (): void => undefined

  constructor(client: Socket, targetPort: number, random: () => number) {
    this.#client = client
    this.#server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    this.#toServer = new Way(this.#server, random)
    this.#toClient = new Way(client, random)
    client.on('data', (chunk) => {
      this.#listen(chunk)
      this.#toServer.carry(chunk)
    })
    this.#server.on('data', (chunk) => {
      // The call was executed; this is its reply, or one before it: from here on nothing arrives.
      if (this.#withheld) this.reset()
      else this.#toClient.carry(chunk)
    })
    client.on('error', () => client.destroy())
    // What the client sent before it left still arrives, some time.
    client.on('close', () => this.#toServer.end(() => this.#end()))
    // A server that is away, or goes: the client is told as a direct connection would tell it.
    this.#server.on('error', () => this.reset())
    this.#server.on('close', () => this.#end())
  }

  set weather({ latencyMs, holdCommands, holdReplies }: Weather) {
    this.#toServer.set(latencyMs ?? 0, holdCommands ?? false)
    this.#toClient.set(latencyMs ?? 0, holdReplies ?? false)
  }

  /** Only what is said from now on counts. */
  set cut(cut: Cut | undefined) {
    this.#cut = cut
    this.#heard = ''
  }

  /** RST to the client, FIN to the server: what was sent is executed. */
  reset(): void {
    if (!this.#client.destroyed) this.#client.resetAndDestroy()
  }

  #listen(chunk: Buffer): void {
    this.#heard += chunk.toString('latin1')
    if (/\r\ns?subscribe\r\n/i.test(this.#heard)) this.role = 'subscriber'
    else if (/\r\neval(?:sha)?\r\n/i.test(this.#heard)) this.role = 'command'
    const cut = this.#cut
    const awaited = cut !== undefined && cut.count === 0
    if (awaited && this.#heard.includes(cut.needle)) {
      cut.count++
      this.#withheld = true
    }
    // A word may be torn between two chunks.
    this.#heard = this.#heard.slice(-256)
  }

  #end(): void {
    this.#client.destroy()
    this.#server.destroySoon()
    this.onEnd()
  }
}

/** One direction: chunks in their order, each when it is due, none while they are held. */
class Way {
  readonly #to: Socket
  readonly #random: () => number
  readonly #chunks: { readonly chunk: Buffer; readonly dueAt: number }[] = []
  #latencyMs = 0
  #held = false
  #onDrained: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(to: Socket, random: () => number) {
    this.#to = to
    this.#random = random
  }

  set(latencyMs: number, held: boolean): void {
    this.#latencyMs = latencyMs
    this.#held = held
    this.#flush()
  }

  carry(chunk: Buffer): void {
    const { dueAt: lastDueAt } = this.#chunks.at(-1) ?? { dueAt: 0 }
    const lateMs = this.#latencyMs * (1 + this.#random() / 2)
    this.#chunks.push({ chunk, dueAt: Math.max(lastDueAt, performance.now() + lateMs) })
    this.#flush()
  }

  /** `onDrained` when all that was carried has been handed over. */
  end(onDrained: () => void): void {
    this.#onDrained = onDrained
    this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    while (!this.#held && this.#chunks.length > 0) {
      const waitMs = this.#chunks[0]!.dueAt - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs)
        return
      }
      const { chunk } = this.#chunks.shift()!
      if (this.#to.writable) this.#to.write(chunk)
    }
    if (this.#chunks.length === 0) this.#onDrained?.()
  }
}
