export interface LiveEvent {
  readonly event: 'sighting' | 'gap' | 'status'
  /** The id that a browser sends when it reconnects: the last event that it has got. */
  readonly id?: string | undefined
  readonly data: unknown
}

/** An event in the form of `text/event-stream`. JSON has no line breaks, so one data line is enough. */
export function eventText({ event, id, data }: LiveEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
