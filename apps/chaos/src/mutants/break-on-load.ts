import { relative } from 'node:path'
import type { Plugin } from 'vitest/config'
import { mutate } from './mutant.ts'
import type { Mutant } from './mutant.ts'

/** Puts a mutant's defect into the source as it is loaded; the files stay as they are. */
export function breakOnLoad(root: string, { edits }: Mutant): Plugin {
  return {
    name: 'mq-mutant',
    enforce: 'pre',
    transform(source, id) {
      const file = relative(root, id.split('?', 1)[0]!)
      return edits.filter((edit) => edit.file === file).reduce(mutate, source)
    },
  }
}
