import { defineConfig } from 'tsup'
import { library } from '../../tsup.shared.ts'

/**
 * Globals that the declarations name, for programs that have neither `@types/node` nor the library files that declare them. Where
 * they are declared, these add nothing.
 */
const GLOBALS = `declare global {
  interface AbortSignal {}
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
  interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>
  }
}`

export default defineConfig(library(['src/index.ts', 'src/adapter.ts', 'src/testing/index.ts'], GLOBALS))
