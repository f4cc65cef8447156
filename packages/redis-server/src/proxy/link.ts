import { connect, type Socket } from 'node:net'

/** What may happen to data on its way: it is late or never arrives, and neither FIN nor RST reports it. */
export interface Weather {
  /** Each way; up to half as much again, by chance. */
  readonly latencyMs?: number
  readonly holdReplies?: boolean
  readonly holdCommands?: boolean
}

export const CALM: Weather = {}
export const BLACKHOLE: Weather = { holdReplies: true, holdCommands: true }

/** What a connection is for, by the commands that it sent. */
export type LinkRole = 'command' | 'subscriber' | 'replica'

/** The reply of the first call that matches is replaced by a reset, on whichever connection it is. */
export interface Cut {
  readonly call: RegExp
  isDone: boolean
}

const SUBSCRIBES = /\r\n[ps]?subscribe\r\n/i
const CALLS = /\r\neval(?:sha)?\r\n/i
const FOLLOWS = /\r\n(?:replconf|psync)\r\n/i
/** A word may be split between two chunks. */
const REMEMBERED = 256

/** By what a connection sent so far. Undefined: not known yet. */
export function roleOf(heard: string): LinkRole | undefined {
  if (SUBSCRIBES.test(heard)) return 'subscriber'
  if (FOLLOWS.test(heard)) return 'replica'
  return CALLS.test(heard) ? 'command' : undefined
}

export interface LinkParts {
  /** Of the server. */
  readonly port: number
  readonly random: () => number
  /** Who or what a connection is, by what it sent. */
  readonly recognize: (heard: string) => string | undefined
  /** Before anything more of it goes on. */
  readonly onRecognized: (link: Link) => void
  readonly onEnd: (link: Link) => void
}

/** One connection through the proxy. */
export class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #toServer: Way
  readonly #toClient: Way
  #heard = ''
  #cut: Cut | undefined
  #withheld = false
  readonly #parts: LinkParts
  role: string | undefined

  constructor(client: Socket, parts: LinkParts) {
    const { port, random } = parts
    this.#parts = parts
    this.#client = client
    this.#server = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#toServer = new Way(this.#server, random)
    this.#toClient = new Way(client, random)
    client.on('data', (chunk) => {
      if (this.role === undefined || this.#cut?.isDone === false) this.#listen(chunk.toString('latin1'))
      this.#toServer.carry(chunk)
    })
    this.#server.on('data', (chunk) => {
      // The command was executed: here is its answer, or one before it. From now on nothing arrives.
      if (this.#withheld) this.reset()
      else this.#toClient.carry(chunk)
    })
    const end = (): void => {
      client.destroy()
      this.#server.destroySoon()
      parts.onEnd(this)
    }
    client.on('error', () => client.destroy())
    // What the client sent before it left still arrives, later.
    client.on('close', () => this.#toServer.afterAll(end))
    // A server that is away, or ends: the client notices it as on a direct connection.
    this.#server.on('error', () => this.reset())
    this.#server.on('close', () => this.#toClient.afterAll(end))
  }

  set weather({ latencyMs = 0, holdCommands = false, holdReplies = false }: Weather) {
    this.#toServer.set(latencyMs, holdCommands)
    this.#toClient.set(latencyMs, holdReplies)
  }

  /** Only commands from now on count. */
  set cut(cut: Cut | undefined) {
    this.#cut = cut
    this.#heard = ''
  }

  /** RST to the client, FIN to the server: what was sent is executed. */
  reset(): void {
    if (!this.#client.destroyed) this.#client.resetAndDestroy()
  }

  #listen(chunk: string): void {
    const heard = this.#heard + chunk
    if (this.role === undefined) {
      this.role = this.#parts.recognize(heard)
      if (this.role !== undefined) this.#parts.onRecognized(this)
    }
    const cut = this.#cut
    if (cut?.isDone === false && cut.call.test(heard)) {
      cut.isDone = true
      this.#withheld = true
    }
    this.#heard = heard.slice(-REMEMBERED)
  }
}

/** One direction: chunks in their order, each when it is due, none while they are held. */
class Way {
  readonly #to: Socket
  readonly #random: () => number
  readonly #chunks: { readonly chunk: Buffer; readonly dueAt: number }[] = []
  #latencyMs = 0
  #held = false
  #timer: NodeJS.Timeout | undefined
  #afterAll: (() => void) | undefined

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
    const dueAt = performance.now() + this.#latencyMs * (1 + this.#random() / 2)
    this.#chunks.push({ chunk, dueAt: Math.max(dueAt, this.#chunks.at(-1)?.dueAt ?? 0) })
    this.#flush()
  }

  afterAll(then: () => void): void {
    this.#afterAll = then
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
    if (this.#chunks.length === 0 || this.#to.destroyed) this.#afterAll?.()
  }
}
