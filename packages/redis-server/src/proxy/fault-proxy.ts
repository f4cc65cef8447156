import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { CALM, Link } from './link.ts'
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
  #cut: Cut | undefined
  /** Connections since the start. */
  accepted = 0

  private constructor(port: number, random: () => number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      this.accepted++
      const link = new Link(client, port, random, () => this.#links.delete(link))
      link.weather = this.#weather
      link.cut = this.#cut
      this.#links.add(link)
    })
  }

  /** In front of the server on `port`. */
  static async start(port: number, random: () => number = Math.random): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, random)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
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
    this.weather = CALM
    this.reset()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
