import { relative } from 'node:path'
import type { Plugin } from 'vitest/config'
import { putIn } from './find-place.ts'
import type { Place } from './find-place.ts'

/** Puts a mutant's defect into the source as it is loaded; the files stay as they are. */
export function breakOnLoad(root: string, places: readonly Place[]): Plugin {
  return {
    name: 'mq-mutant',
    enforce: 'pre',
    transform(source, id) {
      const file = relative(root, id.split('?', 1)[0]!)
      return putIn(
        source,
        places.filter((place) => place.file === file),
      )
    },
  }
}
