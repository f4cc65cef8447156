import type { SharedClock } from '../history/recorder.ts'
import type { Order, Report } from './settings.ts'

/** The process that a program runs in, as far as the program may use it. */
export interface Host {
  readonly now: SharedClock
  tell(report: Report): void
  onOrder(listener: (order: Order) => void): void
  onTerminate(listener: () => void): void
  /** At once, as `process.exit`. */
  exit(code: number): never
  usage(): { readonly rssBytes: number; readonly handles: number }
}
