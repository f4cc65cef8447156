/**
 * For functions of a user whose return value is ignored: an async one returns a promise, whose unhandled rejection
 * would end the process. Never throws.
 */
export function adoptRejection(answer: unknown, onRejected: (thrown: unknown) => void): void {
  if (typeof answer === 'object' && answer !== null) void follow(answer, onRejected)
}

async function follow(answer: unknown, onRejected: (thrown: unknown) => void): Promise<void> {
  try {
    await answer
  } catch (thrown) {
    onRejected(thrown)
  }
}
