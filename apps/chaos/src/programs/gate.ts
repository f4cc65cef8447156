/** Callers wait at it while it is shut. */
export interface Gate {
  /** Undefined while it is open. */
  readonly passed: Promise<void> | undefined
  shut(): void
  open(): void
}

export function createGate(): Gate {
  let passed: Promise<void> | undefined
  let open: (() => void) | undefined
  return {
    get passed() {
      return passed
    },
    shut() {
      passed ??= new Promise((resolve) => (open = resolve))
    },
    open() {
      open?.()
      passed = undefined
    },
  }
}
