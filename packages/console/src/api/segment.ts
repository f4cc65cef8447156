import type { ConsoleApp } from '../console-app.ts'

/** Words of routes where an id may be, and what clients resolve as folders. */
export const RESERVED: readonly string[] = ['search', 'batch', 'bulk', '.', '..']
/** Of names, those of schedules may begin with it. */
const ESCAPE = '~'

/** The part of a path that names this. */
export function segmentOf(name: string): string {
  return RESERVED.includes(name) || name.startsWith(ESCAPE) ? `${ESCAPE}${name}` : name
}

/** Anything that is named in a path may have a `~` before it. */
export function readSegments(app: ConsoleApp): void {
  app.addHook('preValidation', async ({ params }) => {
    const named = params as Record<string, string>
    for (const [key, text] of Object.entries(named)) if (text.startsWith(ESCAPE)) named[key] = text.slice(1)
  })
}
