/** Words of the API's routes where an id may be, and what a browser resolves as folders. */
const RESERVED: readonly string[] = ['search', 'batch', 'bulk', '.', '..']

/** The part of a path that names this. Of names, those of schedules may begin with a `~`. */
export function segmentOf(name: string): string {
  return encodeURIComponent(RESERVED.includes(name) || name.startsWith('~') ? `~${name}` : name)
}

/** What is named by a part of a path. */
export function nameIn(segment: string): string {
  return segment.startsWith('~') ? segment.slice(1) : segment
}
