import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface StreamedEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: any
}

/** Follows a stream of an app that listens, as a browser would. */
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

  /** `path`: below the API. It is left when the test is over. */
  static async open(app: FastifyInstance, path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const { port } = app.server.address() as AddressInfo
    const leave = new AbortController()
    const url = `http://127.0.0.1:${port}/console/api/v1${path}`
    const stream = new EventStream(await fetch(url, { headers, signal: leave.signal }), leave)
    onTestFinished(() => stream.close())
    return stream
  }

  of(event: string): any[] {
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
