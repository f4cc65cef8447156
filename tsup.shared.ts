import type { Options } from 'tsup'

const common = { target: 'node20', sourcemap: true, outDir: 'dist' } satisfies Options

/**
 * A package that other projects install: ESM and CommonJS. What it ships is not minified, so source maps would only double its
 * size. Declarations, for each of both, take ten times as long as all the rest, and only who installs the package needs them:
 * `tsup --dts-only`, before it is packed. `ambient` stands in front of them.
 */
export function library(entry: string[], ambient?: string): (options: Options) => Options {
  const code = { ...common, sourcemap: false, entry, format: ['esm', 'cjs'], dts: false } satisfies Options
  return ({ watch, dts }) => {
    // What the command line says of `dts` replaces what is returned here, so it is added to.
    if (typeof dts === 'object' && ambient !== undefined) dts.banner = ambient
    return { ...code, clean: !watch }
  }
}

/** A package that only this workspace uses, which reads its types from the source. */
export function internal(entry: string[] = ['src/index.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], clean: !watch })
}

/** A program: `node dist/main.js`. */
export function app(entry: string[] = ['src/main.ts']): (options: Options) => Options {
  return ({ watch }) => ({ ...common, entry, format: ['esm'], clean: !watch })
}
