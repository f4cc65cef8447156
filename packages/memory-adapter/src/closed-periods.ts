import { RECORD_LENGTH } from '@mq/core/adapter'

/** A record with the number of its period in two bytes. */
const ENTRY = RECORD_LENGTH + 2
const AGES = 65_536
const FIRST_SIZE = 16

export interface ClosedPeriod {
  readonly number: number
  readonly record: string
}

/** The periods of a queue's history that are over, in a ring of bytes that grows up to what is kept. */
export class ClosedPeriods {
  readonly #kept: number
  #bytes = new Uint8Array(0)
  /** Where the oldest is, in entries. */
  #first = 0
  #count = 0
  #newest = 0

  /** `kept`: how many periods back from the newest, those that are missing counted; below 65,536. */
  constructor(kept: number) {
    this.#kept = kept
  }

  get count(): number {
    return this.#count
  }

  /** `number` is larger than any before. What is older than what is kept goes. */
  push(number: number, record: string): void {
    if (number - this.#newest >= this.#kept) this.#count = 0
    while (this.#count > 0 && number - this.#numberAt(0) >= this.#kept) {
      this.#first = (this.#first + 1) % this.#size
      this.#count--
    }
    if (this.#count === this.#size) this.#grow()
    const at = this.#offset(this.#count++)
    this.#bytes[at] = number >> 8
    this.#bytes[at + 1] = number
    for (let i = 0; i < RECORD_LENGTH; i++) this.#bytes[at + 2 + i] = record.charCodeAt(i)
    this.#newest = number
  }

  /** The newest first, without the `skip` newest. */
  page(skip: number, limit: number): ClosedPeriod[] {
    const length = Math.max(0, Math.min(limit, this.#count - skip))
    return Array.from({ length }, (_, i) => {
      const index = this.#count - 1 - skip - i
      const at = this.#offset(index) + 2
      return {
        number: this.#numberAt(index),
        record: String.fromCharCode(...this.#bytes.subarray(at, at + RECORD_LENGTH)),
      }
    })
  }

  clear(): void {
    this.#bytes = new Uint8Array(0)
    this.#first = 0
    this.#count = 0
  }

  get #size(): number {
    return this.#bytes.length / ENTRY
  }

  #offset(index: number): number {
    return ((this.#first + index) % this.#size) * ENTRY
  }

  #numberAt(index: number): number {
    const at = this.#offset(index)
    const low = this.#bytes[at]! * 256 + this.#bytes[at + 1]!
    return this.#newest - ((((this.#newest - low) % AGES) + AGES) % AGES)
  }

  #grow(): void {
    const size = this.#size
    const grown = new Uint8Array(Math.min(this.#kept, Math.max(FIRST_SIZE, size * 2)) * ENTRY)
    for (let i = 0; i < this.#count; i++) {
      const at = this.#offset(i)
      grown.set(this.#bytes.subarray(at, at + ENTRY), i * ENTRY)
    }
    this.#bytes = grown
    this.#first = 0
  }
}
