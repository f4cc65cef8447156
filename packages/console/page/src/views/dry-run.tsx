import { useState } from 'preact/hooks'
import type { DeadSelection } from '../api/console-api.ts'
import type { DeadReport } from '../api/contract.ts'
import { short } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { attempt } from '../parts/attempt.ts'
import { toast } from '../state/toasts.ts'
import type { Selection } from './dead-selection.tsx'

interface DryRunProps {
  readonly selection: Selection
  readonly run: (which: DeadSelection) => Promise<DeadReport>
  readonly say: (found: string, count: number) => string
}

/** The button that tries out a change of dead letters, and beside it how many it would change. */
export function DryRun({ selection: { which, unless }, run, say }: DryRunProps) {
  const [report, setReport] = useState<DeadReport | undefined>(undefined)
  async function tryOut(): Promise<void> {
    if (which === undefined) return toast('plain', unless ?? '')
    setReport(await attempt(() => run(which)))
  }
  return (
    <>
      <button type="button" class="button" onClick={tryOut}>
        {words.value.redrive.dryRun}
      </button>
      {report && <output>{say(short(report.count, languageTag.value), report.count)}</output>}
    </>
  )
}
