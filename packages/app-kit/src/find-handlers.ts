import { readdir } from 'node:fs/promises'
import { StartError } from './lifecycle.ts'

/** What a file of a folder of handlers exports as its default. */
export interface HandlerFile {
  /** Of the queue or channel: the file is named after it. */
  readonly name: string
}

const FILE = /^(.+)\.(?:js|ts)$/
const NOT_A_HANDLER = /\.(?:d|test)$/

/**
 * The handlers of an app: the default export of each file in a folder, in the order of their names. Throws one
 * StartError with all that is wrong with them.
 */
export async function findHandlers<Found extends HandlerFile>(
  folder: URL,
  isHandler: (value: unknown) => value is Found,
): Promise<readonly Found[]> {
  const files = (await readdir(folder)).filter((file) => FILE.test(file)).toSorted()
  const names = files.map((file) => FILE.exec(file)![1]!)
  const faults: string[] = []
  const found: Found[] = []
  for (const [i, name] of names.entries()) {
    if (NOT_A_HANDLER.test(name)) continue
    const file = files[i]!
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
