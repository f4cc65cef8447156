/**
 * For functions of a user that need not answer: an async one answers with a promise, whose rejection would be nobody's
 * and end the process. Never throws.
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
