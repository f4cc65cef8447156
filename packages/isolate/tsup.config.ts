import { defineConfig } from 'tsup'
import { app, library } from '../../tsup.shared.ts'

const options = library(['src/index.ts'])

/** `runner` is loaded in threads and processes. `shims`: it is found by `import.meta.url` in the CommonJS build, too. */
export default defineConfig((overrides) => {
  if (typeof overrides.dts === 'object') return options(overrides)
  return [
    { ...options(overrides), shims: true, clean: ['dist/index.*'] },
    { ...app(['src/runner.ts'])(overrides), sourcemap: false, splitting: false, clean: false },
  ]
})
