import { Batcher } from '../storage-calls/batcher.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import type { Services } from '../services/services.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import { MqError, toError } from '../errors.ts'
import type { Note } from '../ports/note.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { TaskLog } from './task-log.ts'

/** A log has 400 KB at the most to send. */
const MAX_LOGS = 10

/**
 * Sends what running tasks report: the newest progress of each, and what they log, one call at a time. What cannot be
 * sent is dropped.
 */
export class Notes {
  readonly #driver: Pick<QueueDriver, 'note'>
  readonly #services: Services
  readonly #newest = new Map<string, string>()
  /** Those with lines to send. */
  readonly #logs = new Set<TaskLog>()
  #sending = false
  /** Made when first needed: most workers never need it. */
  #starts: Batcher<Note, boolean> | undefined

  constructor(driver: Pick<QueueDriver, 'note'>, services: Services) {
    this.#driver = driver
    this.#services = services
  }

  report(lease: string, body: string): void {
    this.#newest.set(lease, body)
    if (!this.#sending) void this.#send()
  }

  /** Sends the lines of this log soon. */
  logged(log: TaskLog): void {
    this.#logs.add(log)
    if (!this.#sending) void this.#send()
  }

  /**
   * It takes no line any more. Sends its lines now, also while another call is under way, unless nobody will read them:
   * of a completed task nothing is kept, and nothing is taken from a worker that lost its lease. Returns when none is
   * under way any more; undefined: none is. Never rejects.
   */
  ended(log: TaskLog, isUnread: boolean): Promise<void> | undefined {
    if (this.#logs.delete(log) && !isUnread) void this.#sendAll([], [log])
    return log.sending
  }

  /**
   * Stores the memo of a task; repeated until it is confirmed. Throws `lease-lost` when another worker has the task by
   * now, `unavailable` when the storage did not confirm in time: then it may be stored or not.
   */
  async keepMemo(lease: string, body: string): Promise<void> {
    const { operationTimeoutMs: timeoutMs } = this.#services
    const note = { lease, kind: 'memo', body } as const
    const [kept] = await repeatUntilKnown(this.#services, () => this.#driver.note([note]), { timeoutMs })
    if (!kept) throw new MqError('lease-lost', 'the lease was lost before a memo was stored')
  }

  /**
   * Called before a task runs that lost a lease: if it loses another one, the storage must know whether the task had
   * started, to charge it or not. Returns whether its lease is still held.
   */
  async begins(note: Note): Promise<boolean> {
    const { operationTimeoutMs: timeoutMs, clock } = this.#services
    this.#starts ??= new Batcher({
      clock,
      timeoutMs,
      lanes: 1,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      send: (notes) => repeatUntilKnown(this.#services, () => this.#driver.note(notes), { timeoutMs }),
    })
    return this.#starts.add(note, note.body.length)
  }

  async #send(): Promise<void> {
    this.#sending = true
    // Simultaneous reports are sent together, and before the settlement of a task that ends now.
    await Promise.resolve()
    while (this.#newest.size + this.#logs.size > 0) {
      const notes = [...this.#newest].slice(0, MAX_BATCH).map(([lease, body]) => {
        this.#newest.delete(lease)
        return { lease, kind: 'progress', body } as const
      })
      const logs = [...this.#logs].slice(0, Math.min(MAX_BATCH - notes.length, MAX_LOGS))
      for (const log of logs) this.#logs.delete(log)
      await this.#sendAll(notes, logs)
    }
    this.#sending = false
  }

  /** Never rejects. */
  async #sendAll(reports: readonly Note[], logs: readonly TaskLog[]): Promise<void> {
    const taken = logs.flatMap((log) => {
      const note = log.take()
      return note === undefined ? [] : [{ log, note }]
    })
    const sent = this.#store([...reports, ...taken.map(({ note }) => note)], taken)
    for (const { log } of taken) log.sent(sent)
    await sent
  }

  async #store(
    notes: readonly Note[],
    taken: readonly { readonly log: TaskLog; readonly note: Note }[],
  ): Promise<void> {
    try {
      await this.#driver.note(notes)
    } catch (thrown) {
      for (const { log, note } of taken) log.lost(note)
      const error = toError(thrown)
      const fields = { count: notes.length, code: MqError.is(error) ? error.code : undefined }
      this.#services.logger.warn(fields, 'progress reports and lines of logs dropped')
    }
  }
}
