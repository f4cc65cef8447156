/** Counts how often each of the tasks 0 … size − 1 was handled. */
export class Audit {
  readonly size: number
  readonly #times: Uint8Array
  #strangers = 0
  #total = 0

  constructor(size: number) {
    this.size = size
    this.#times = new Uint8Array(size)
  }

  /** How often anything was handled. */
  get total(): number {
    return this.#total
  }

  handled(n: number): void {
    this.#total++
    const times = this.#times[n]
    if (times === undefined) this.#strangers++
    else if (times < 255) this.#times[n] = times + 1
  }

  /** Throws an AuditError unless each task was handled exactly once. */
  verify(): void {
    const lost = this.#where((times) => times === 0)
    if (lost.length > 0) throw this.#error(lost)
    this.verifyNoneTwice()
  }

  /** For a scenario that stops while tasks wait. */
  verifyNoneTwice(): void {
    if (this.#strangers > 0 || this.#times.some((times) => times > 1)) throw this.#error([])
  }

  #error(lost: readonly number[]): AuditError {
    return new AuditError({
      size: this.size,
      lost,
      doubled: this.#where((times) => times > 1),
      strangers: this.#strangers,
    })
  }

  #where(matches: (times: number) => boolean): number[] {
    const found: number[] = []
    this.#times.forEach((times, n) => void (matches(times) && found.push(n)))
    return found
  }
}

export interface AuditFindings {
  readonly size: number
  readonly lost: readonly number[]
  readonly doubled: readonly number[]
  readonly strangers: number
}

/** A contender did not hand out each task once: its speed is of no interest. */
export class AuditError extends Error {
  readonly findings: AuditFindings

  constructor(findings: AuditFindings) {
    const { size, lost, doubled, strangers } = findings
    super(`of ${size} tasks lost ${show(lost)}, handled twice or more ${show(doubled)}, never enqueued ${strangers}`)
    this.name = 'AuditError'
    this.findings = findings
  }
}

function show(numbers: readonly number[]): string {
  if (numbers.length === 0) return '0'
  return `${numbers.length} (${numbers.slice(0, 5).join(', ')}${numbers.length > 5 ? ', …' : ''})`
}
