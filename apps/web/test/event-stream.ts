import type { AddressInfo } from 'node:net'
import type { WebApp } from '../src/web-app.ts'

export interface StreamedEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: unknown
}

/** Follows `/events` of an app that listens, as a browser would. */
export class EventStream {
  readonly response: Response
  readonly events: StreamedEvent[] = []
  /** Resolves when the server ended the stream, or this left. */
  readonly ended: Promise<void>
  readonly #leave: AbortController

  private constructor(response: Response, leave: AbortController) {
    this.response = response
    this.#leave = leave
    this.ended = this.#read()
  }

  static async open(app: WebApp, headers: Record<string, string> = {}): Promise<EventStream> {
    const { port } = app.server.address() as AddressInfo
    const leave = new AbortController()
    const response = await fetch(`http://127.0.0.1:${port}/events`, { headers, signal: leave.signal })
    return new EventStream(response, leave)
  }

  of(event: string): unknown[] {
    return this.events.filter((each) => each.event === event).map(({ data }) => data)
  }

  async close(): Promise<void> {
    this.#leave.abort()
    await this.ended
  }

  async #read(): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of this.response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
    } catch (error) {
      if (!this.#leave.signal.aborted) throw error
    }
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const [event, data] = [field('event'), field('data')]
    if (event !== undefined) this.events.push({ event, id: field('id'), data: JSON.parse(data ?? 'null') })
  }
}
