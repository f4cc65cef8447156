import { tryReading } from './try-reading.ts'

interface Host {
  readonly process?: { readonly getBuiltinModule?: ((name: string) => unknown) | undefined } | undefined
}

/**
 * A module of Node, where this runs on one that has it; else undefined. It is not imported, so a bundle of core still
 * loads on a runtime without it. Never throws.
 */
export function builtinModule(name: string): unknown {
  return tryReading(() => (globalThis as Host).process?.getBuiltinModule?.(name))
}
