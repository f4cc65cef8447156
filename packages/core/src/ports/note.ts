/**
 * `progress` replaces the last one, is announced, and may be dropped at any time; `memo` lasts as long as its task's
 * life. `start`, without a body: the task begins to run under this lease, so that losing it counts as a crash. `log`
 * adds lines to the task's log for `inspect`, and lasts as a memo does, but goes into the dead letter; of it the last
 * `MAX_LOG_LINES` are kept, and no more than `MAX_LOG_BYTES`. A group keeps neither progress nor logs.
 */
export interface Note {
  readonly lease: string
  readonly kind: 'progress' | 'memo' | 'start' | 'log'
  /**
   * log: up to `MAX_LOG_LINES` lines of at most `MAX_LOG_LINE` characters, with line breaks between them, without tabs.
   */
  readonly body: string
  /** log: how many lines before these are missing. */
  readonly dropped?: number | undefined
}
