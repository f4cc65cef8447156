/** Longer than an answer takes where nothing is wrong, ms: those that take longer are not waited for. */
const GRACE_MS = 500

/**
 * What several places answer, in their order, undefined for those that did not: resolves when all have, or, once there
 * are `enough` answers, half a second later. Throws what the first failed with where there cannot be enough.
 */
export function firstAnswers<T>(asked: readonly Promise<T>[], enough: number): Promise<(T | undefined)[]> {
  return new Promise((resolve, reject) => {
    const answers: (T | undefined)[] = asked.map(() => undefined)
    const errors: unknown[] = []
    let count = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const settled = (): void => {
      if (count + errors.length === asked.length) {
        clearTimeout(timer)
        if (count >= enough) resolve(answers)
        else reject(errors[0])
      } else if (count >= enough) timer ??= setTimeout(() => resolve([...answers]), GRACE_MS)
    }
    asked.forEach((each, i) => {
      each.then(
        (answer) => {
          answers[i] = answer
          count++
          settled()
        },
        (error: unknown) => {
          errors.push(error)
          settled()
        },
      )
    })
  })
}
