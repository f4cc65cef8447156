import type { Options } from 'tsup'

const common = { target: 'node20', sourcemap: true, outDir: 'dist' } satisfies Options

/**
 * A package that other projects install: ESM and CommonJS, each with its own declarations. What it ships is not minified, so source
 * maps would only double its size. `ambient` stands in front of the declarations.
 */
export function library(entry: string[], ambient?: string): (options: Options) => Options {
  const dts = ambient === undefined ? true : { banner: ambient }
  return ({ watch }) => ({ ...common, sourcemap: false, entry, format: ['esm', 'cjs'], dts, clean: !watch })
}

/** A package that only this workspace uses: ESM with declarations. */
export function internal(entry: string[] = ['src/index.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], dts: true, clean: !watch })
}

/** A program: `node dist/main.js`. */
export function app(entry: string[] = ['src/main.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], clean: !watch })
}
