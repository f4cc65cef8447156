import type { Mutant } from './mutant.ts'

/** What became of the killer test in one run. */
export type Seen =
  | { readonly state: 'passed' | 'unended' }
  /** It did not run at all: its file could not be loaded, or it is skipped or renamed. */
  | { readonly state: 'absent'; readonly why: string }
  | { readonly state: 'failed'; readonly message: string }

export interface Verdict {
  readonly killed: boolean
  readonly word: string
}

/** What a test says when it found something wrong, as opposed to stumbling. */
const FINDING =
  /AssertionError|(?:within \d+ ms|after \d+ looks) there should have been|promise resolved .* instead of rejecting/

/** A mutant is killed only by its own test, and only by what that test is there to find. */
export function judge({ killedBy, hangs = false }: Mutant, control: Seen, seen: Seen): Verdict {
  if (control.state !== 'passed')
    return { killed: false, word: `proves nothing: without the mutant ${describe(control)}` }
  if (seen.state === 'failed') {
    const { message } = seen
    if (hangs ? /Test timed out/.test(message) : sees(message, killedBy.sees)) return { killed: true, word: 'killed' }
  }
  if (seen.state === 'unended' && hangs) return { killed: true, word: 'killed (hangs)' }
  return { killed: false, word: seen.state === 'passed' ? 'SURVIVED' : `proves nothing: ${describe(seen)}` }
}

function sees(message: string, text: string | undefined): boolean {
  return text === undefined ? FINDING.test(message) : message.includes(text)
}

function describe(seen: Seen): string {
  switch (seen.state) {
    case 'passed':
      return 'its test passed'
    case 'unended':
      return 'its test did not end'
    case 'absent':
      return `its test did not run: ${seen.why}`
    case 'failed':
      return `its test stumbled: ${seen.message.split('\n', 1)[0]!.slice(0, 200)}`
  }
}
