import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { CALM, Link } from './link.ts'
import type { Weather } from './link.ts'

/** A network between the programs and Redis. Its weather holds for connections there are and for those to come. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #links = new Set<Link>()
  #weather: Weather = CALM
  #cut: ((chunk: string) => boolean) | undefined

  private constructor(port: number, random: () => number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const link = new Link(client, port, random, () => this.#links.delete(link))
      link.weather = this.#weather
      link.cut = this.#cut
      this.#links.add(link)
    })
  }

  static async start(port: number, random: () => number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, random)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  set weather(weather: Weather) {
    this.#weather = weather
    for (const link of this.#links) link.weather = weather
  }

  /** Of the connections there are: what is held arrives when the weather changes, even if the client has left by then. */
  holdPresent(weather: Pick<Weather, 'holdCommands' | 'holdReplies'>): void {
    for (const link of this.#links) link.weather = weather
  }

  /** RST to every client. */
  reset(): void {
    for (const link of this.#links) link.reset()
  }

  /** The next script that any client sends is executed, and its reply never arrives: the connection is reset instead. */
  cutNextReply(): { readonly done: () => boolean } {
    let done = false
    const cut = (chunk: string): boolean => {
      if (done || !/\r\nevalsha\r\n/i.test(chunk)) return false
      done = true
      return true
    }
    this.#cut = cut
    for (const link of this.#links) link.cut = cut
    return { done: () => done }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.weather = CALM
    this.reset()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
