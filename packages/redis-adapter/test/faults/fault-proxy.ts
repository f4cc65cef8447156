import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { ProxiedLink, type Cut, type LinkRole, type Weather } from './proxied-link.ts'

export const BLACKHOLE: Weather = { holdReplies: true, holdCommands: true }

/**
 * A network between a client and a Redis server on this machine. Its weather holds for connections there are, and for
 * those to come; a single connection may have its own.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #targetPort: number
  readonly #links = new Set<ProxiedLink>()
  readonly #random: () => number
  #weather: Weather = {}
  #cut: Cut | undefined
  /** Connections accepted since the start. */
  accepted = 0

  private constructor(targetPort: number, random: () => number) {
    this.#targetPort = targetPort
    this.#random = random
    this.#server = createServer({ allowHalfOpen: false, noDelay: true }, (client) => {
      this.accepted++
      const link = new ProxiedLink(client, this.#targetPort, this.#random)
      link.weather = this.#weather
      link.cut = this.#cut
      this.#links.add(link)
      link.onEnd = () => this.#links.delete(link)
    })
  }

  static async start(targetPort: number, random: () => number = Math.random): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, random)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Open connections, those of one role only. */
  links(role?: LinkRole): readonly ProxiedLink[] {
    return [...this.#links].filter((link) => role === undefined || link.role === role)
  }

  /** For all connections, now and later. */
  setWeather(weather: Weather): void {
    this.#weather = weather
    for (const link of this.#links) link.weather = weather
  }

  /** The next call that carries `needle` is executed, but its reply never comes: the connection is reset. */
  cutReplyOf(needle: string): { readonly cuts: () => number } {
    const cut = { needle, count: 0 }
    this.#cut = cut
    for (const link of this.#links) link.cut = cut
    return { cuts: () => cut.count }
  }

  /** RST to the clients. */
  reset(role?: LinkRole): void {
    for (const link of this.links(role)) link.reset()
  }

  async close(): Promise<void> {
    this.setWeather({})
    for (const link of this.#links) link.reset()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
