import { defineConfig } from 'tsup'
import { app, library } from '../../tsup.shared.ts'

const options = library(['src/index.ts'])

/**
 * `shims`: the page's folder is found by `import.meta.url` in the CommonJS build, too. `clean` would delete the page.
 */
export default defineConfig((overrides) => {
  if (typeof overrides.dts === 'object') return options(overrides)
  return [
    { ...options(overrides), shims: true, clean: ['dist/*.{js,cjs}'] },
    {
      ...app()(overrides),
      entry: { 'mq-console': 'src/cli/main.ts' },
      sourcemap: false,
      splitting: false,
      clean: false,
    },
  ]
})
