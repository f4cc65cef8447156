export interface LiveEvent {
  readonly event: 'sighting' | 'gap' | 'status'
  /** What a browser that comes back names as the last it has seen. */
  readonly id?: string | undefined
  readonly data: unknown
}

/** An event as `text/event-stream` has it. JSON has no line breaks, so one data line holds it. */
export function eventText({ event, id, data }: LiveEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
