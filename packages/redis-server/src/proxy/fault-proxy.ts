import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { BLACKHOLE, CALM, Link, roleOf } from './link.ts'
import type { Cut, LinkRole, Weather } from './link.ts'

const ANY_SCRIPT = /\r\nevalsha\r\n/i

/**
 * A network between clients and a Redis on this machine. Its weather holds for connections there are and for those to
 * come.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #links = new Set<Link>()
  #weather: Weather = CALM
  #isCutOff: ((role: string | undefined) => boolean) | undefined
  #cut: Cut | undefined
  /** Connections since the start. */
  accepted = 0

  private constructor(port: number, random: () => number, recognize: (heard: string) => string | undefined) {
    this.#server = createServer({ noDelay: true }, (client) => {
      this.accepted++
      const link = new Link(client, {
        port,
        random,
        recognize,
        onRecognized: () => this.#isCutOff && (link.weather = this.#weatherOf(link)),
        onEnd: () => this.#links.delete(link),
      })
      link.weather = this.#weatherOf(link)
      link.cut = this.#cut
      this.#links.add(link)
    })
  }

  /** In front of the server on `port`. `recognize`: what a connection is, by what it sent. */
  static async start(
    port: number,
    random: () => number = Math.random,
    recognize: (heard: string) => string | undefined = roleOf,
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, random, recognize)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Open connections, those of one role only; each may have weather of its own. */
  links(role?: LinkRole): readonly Link[] {
    return [...this.#links].filter((link) => role === undefined || link.role === role)
  }

  set weather(weather: Weather) {
    this.#weather = weather
    for (const link of this.#links) link.weather = weather
  }

  /**
   * Nothing arrives, either way, on the connections for which it says so, now and later, by what they are known to be.
   * Undefined: on all it does again.
   */
  set cutOff(isCutOff: ((role: string | undefined) => boolean) | undefined) {
    this.#isCutOff = isCutOff
    for (const link of this.#links) link.weather = this.#weatherOf(link)
  }

  #weatherOf({ role }: Pick<Link, 'role'>): Weather {
    return this.#isCutOff?.(role) ? BLACKHOLE : this.#weather
  }

  /**
   * Of the connections there are: what is held arrives when the weather changes, even if the client has left by then.
   */
  holdPresent(weather: Pick<Weather, 'holdCommands' | 'holdReplies'>): void {
    for (const link of this.#links) link.weather = weather
  }

  /** RST to the clients. */
  reset(role?: LinkRole): void {
    for (const link of this.links(role)) link.reset()
  }

  /**
   * The next call that matches, of any client, is executed, and its reply never arrives: the connection is reset
   * instead.
   */
  cutNextReply(call: RegExp = ANY_SCRIPT): { readonly done: () => boolean } {
    const cut = { call, isDone: false }
    this.#cut = cut
    for (const link of this.#links) link.cut = cut
    return { done: () => cut.isDone }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isCutOff = undefined
    this.weather = CALM
    this.reset()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
