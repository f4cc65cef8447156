import { readdir } from 'node:fs/promises'
import { StartError } from './lifecycle.ts'

/** What a file of a folder of handlers exports as its default. */
export interface HandlerFile {
  /** Of the queue or channel: the file is named after it. */
  readonly name: string
}

/** Named after what it handles; neither a declaration nor a test. */
const HANDLER = /^(.+)(?<!\.d|\.test)\.(?:js|ts)$/

/**
 * The handlers of an app: the default export of each file in a folder, in the order of their names. Throws one
 * StartError with all that is wrong with them.
 */
export async function findHandlers<Found extends HandlerFile>(
  folder: URL,
  isHandler: (value: unknown) => value is Found,
): Promise<readonly Found[]> {
  const faults: string[] = []
  const found: Found[] = []
  for (const file of (await readdir(folder)).toSorted()) {
    const [, name] = HANDLER.exec(file) ?? []
    if (name === undefined) continue
    try {
      const { default: handler } = (await import(new URL(file, folder).href)) as { readonly default?: unknown }
      if (!isHandler(handler)) faults.push(`${file} has no handler as its default export`)
      else if (handler.name !== name) faults.push(`${file} handles ${handler.name}: name it ${handler.name}`)
      else found.push(handler)
    } catch (error) {
      faults.push(`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (faults.length > 0) throw new StartError(faults.join('; '))
  if (found.length === 0) throw new StartError('there is no file with a handler')
  return found
}
