import type { Options } from 'tsup'

const common = { target: 'node20', sourcemap: true, outDir: 'dist' } satisfies Options

/** A package that other projects install: ESM and CommonJS, each with its own declarations. */
export function library(entry: string[]): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm', 'cjs'], dts: true, clean: !watch })
}

/** A package that only this workspace uses: ESM with declarations. */
export function internal(entry: string[] = ['src/index.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], dts: true, clean: !watch })
}

/** A program: `node dist/main.js`. */
export function app(entry: string[] = ['src/main.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], clean: !watch })
}
