import { Problem } from '../problems/problem.ts'

/** So that nobody empties a queue other than the one they mean. */
export function checkConfirmed(confirm: string | undefined, name: string): void {
  if (confirm !== name) throw new Problem(400, 'not-confirmed', 'confirm must be the name of what is meant')
}
