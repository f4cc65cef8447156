import type { HandleEvents } from '../engine/worker-parts.ts'
import { createScheduleBook } from './create-schedule-book.ts'
import type { OpenScheduleBook, ScheduleBookParts } from './create-schedule-book.ts'
import type { BookEntry, BookPage, BookPlace, BookReading, BookSet, DueInBook } from './schedule-book.ts'
import type {
  KeptSchedule,
  KeptTask,
  ScheduleBook,
  ScheduledTaskOptions,
  TickInBook,
  TickOutcome,
} from './schedule-book.ts'

/** What a queue's handle has for it. */
export interface BookParts<In> extends Pick<ScheduleBookParts<In>, 'definition' | 'driver' | 'services'> {
  readonly events: HandleEvents
}

/** Made by the first call that needs it. A class, because functions of its own would make each handle larger. */
export class LazySchedules<In> implements ScheduleBook<In> {
  readonly queue: string
  readonly #parts: BookParts<In>
  readonly #assertOpen: () => void
  #made: OpenScheduleBook<In> | undefined

  constructor(parts: BookParts<In>, assertOpen: () => void) {
    this.queue = parts.definition.name
    this.#parts = parts
    this.#assertOpen = assertOpen
  }

  async prepare(name: string, payload: In, options?: ScheduledTaskOptions, spreadMs?: number): Promise<KeptTask> {
    return this.#book().prepare(name, payload, options, spreadMs)
  }

  async read(name: string): Promise<BookReading> {
    return this.#book().read(name)
  }

  async page(query: { readonly after?: BookPlace | undefined; readonly limit: number }): Promise<BookPage> {
    return this.#book().page(query)
  }

  async due(limit: number): Promise<DueInBook> {
    return this.#book().due(limit)
  }

  async set(schedule: BookEntry, before?: Pick<KeptSchedule, 'revision' | 'dueAt'>): Promise<BookSet> {
    return this.#book().set(schedule, before)
  }

  guessAt(): number | undefined {
    return this.#book().guessAt()
  }

  optionsOf(task: KeptTask): ScheduledTaskOptions {
    return this.#book().optionsOf(task)
  }

  async remove(name: string): Promise<boolean> {
    return this.#book().remove(name)
  }

  async tick(ticks: readonly TickInBook[]): Promise<readonly TickOutcome[]> {
    return this.#book().tick(ticks)
  }

  async listen(listener: () => void): Promise<{ close(): Promise<void> }> {
    return this.#book().listen(listener)
  }

  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#book().pause(ms, signal)
  }

  report(error: Error): void {
    this.#book().report(error)
  }

  note(facts: Readonly<Record<string, unknown>>, text: string): void {
    this.#book().note(facts, text)
  }

  /** The storage forgot the lane with the queue. */
  obliterated(): void {
    this.#made?.obliterated()
  }

  async end(endAt: number): Promise<void> {
    await this.#made?.end(endAt)
  }

  #book(): OpenScheduleBook<In> {
    if (this.#made) return this.#made
    this.#assertOpen()
    const { definition, driver, services, events } = this.#parts
    const onUsed = (): void => events.onUsed(this.queue)
    return (this.#made = createScheduleBook({ definition, driver, services, assertOpen: this.#assertOpen, onUsed }))
  }
}
