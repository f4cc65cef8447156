export interface LiveEvent {
  readonly event: string
  /** What a browser sends as `Last-Event-ID` when it comes back. */
  readonly id?: string | undefined
  readonly data: unknown
}

/**
 * An event in the form of `text/event-stream`; all readers share its bytes. JSON has no line breaks, so one data line
 * is enough.
 */
export function eventText({ event, id, data }: LiveEvent): Buffer {
  return Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`)
}
