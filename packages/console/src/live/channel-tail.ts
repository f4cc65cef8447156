import type { Gap, Message, MessageSource } from '@mq/core'
import type { Redact } from '../access/redaction.ts'
import type { Role } from '../access/role.ts'
import { queueOfOutcomes } from '../api/directory.ts'
import { outcomeView } from '../views/outcome-view.ts'
import { showTo } from '../views/show.ts'
import { eventText } from './event-text.ts'
import type { Reader } from './reader.ts'

const MOST_KEPT = 100
const MOST_KEPT_BYTES = 1_048_576
/** A larger message is announced without its payload. */
const LARGEST_SHOWN_BYTES = 65_536

interface Kept {
  readonly id: string
  readonly event: 'message' | 'gap'
  readonly bytes: number
  readonly textFor: (role: Role) => Buffer
}

/** The last messages of a channel, and those who watch it. One subscription serves all of them. */
export class ChannelTail {
  readonly #channel: MessageSource
  readonly #redact: Redact
  readonly #readers = new Map<Reader, Role>()
  readonly #kept: Kept[] = []
  #keptBytes = 0

  constructor(channel: MessageSource, redact: Redact) {
    this.#channel = channel
    this.#redact = redact
  }

  get size(): number {
    return this.#readers.size
  }

  /** Resolves when messages that are published from now on will arrive. */
  async follow(signal: AbortSignal, onEnd: () => void): Promise<void> {
    await this.#channel.subscribe((message) => this.#take(message), { onGap: (gap) => this.#miss(gap), onEnd, signal })
  }

  /** `seen`: the id of the last event that it has got. A reader that comes for the first time gets nothing old. */
  join(reader: Reader, role: Role, seen: string | undefined): void {
    if (seen !== undefined) this.#catchUp(reader, role, seen)
    this.#readers.set(reader, role)
    reader.once('close', () => this.#readers.delete(reader))
  }

  bye(): void {
    for (const reader of this.#readers.keys()) reader.bye('closing')
  }

  #catchUp(reader: Reader, role: Role, seen: string): void {
    const at = this.#kept.findIndex(({ id }) => id === seen)
    if (at < 0) reader.add(eventText({ event: 'gap', data: {} }))
    for (const kept of this.#kept.slice(at + 1)) reader.add(kept.textFor(role))
  }

  #take({ epoch, n, payload, headers }: Message<unknown>): void {
    const id = `${epoch}-${n}`
    const bytes = Buffer.byteLength(JSON.stringify(payload) ?? '')
    if (bytes > LARGEST_SHOWN_BYTES) return this.#announce(id, { epoch, n, tooLarge: true, bytes }, headers)
    this.#keep(id, 'message', bytes, (role) => ({
      epoch,
      n,
      payload: this.#payload(payload, role),
      headers: this.#shown(headers, 'headers', role),
    }))
  }

  /** Apart from the others, because a function that is made where the payload is known would keep it, too. */
  #announce(id: string, facts: object, headers: unknown): void {
    this.#keep(id, 'message', 0, (role) => ({ ...facts, headers: this.#shown(headers, 'headers', role) }))
  }

  #payload(payload: unknown, role: Role): unknown {
    const queue = queueOfOutcomes(this.#channel.name)
    if (queue === undefined) return this.#shown(payload, 'message', role)
    return outcomeView(payload, showTo({ redact: this.#redact, role, queue }))
  }

  #shown(value: unknown, field: 'message' | 'headers', role: Role): unknown {
    return this.#redact(value, { channel: this.#channel.name, field, role })
  }

  #miss({ size }: Gap): void {
    this.#keep(`gap-${this.#kept.at(-1)?.id ?? ''}`, 'gap', 0, () => ({ size }))
  }

  #keep(id: string, event: Kept['event'], bytes: number, dataFor: (role: Role) => unknown): void {
    const texts = new Map<Role, Buffer>()
    const textFor = (role: Role): Buffer => {
      const text = texts.get(role) ?? eventText({ event, id, data: dataFor(role) })
      texts.set(role, text)
      return text
    }
    this.#kept.push({ id, event, bytes, textFor })
    this.#keptBytes += bytes
    while (this.#kept.length > MOST_KEPT || this.#keptBytes > MOST_KEPT_BYTES) {
      this.#keptBytes -= this.#kept.shift()?.bytes ?? 0
    }
    for (const [reader, role] of this.#readers) reader.add(textFor(role))
  }
}
