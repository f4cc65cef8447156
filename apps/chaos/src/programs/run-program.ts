import { createRecorder } from '../history/recorder.ts'
import { call } from './caller.ts'
import { produceFlows } from './flow-producer.ts'
import { workOnFlows } from './flow-worker.ts'
import type { Host } from './host.ts'
import { operateGroup } from './group-operator.ts'
import { consume } from './member.ts'
import { operate } from './operator.ts'
import { produce } from './producer.ts'
import { publish } from './publisher.ts'
import type { ProgramSettings } from './settings.ts'
import { schedule } from './scheduler.ts'
import { publishSteadily } from './steady-publisher.ts'
import { subscribe } from './subscriber.ts'
import { work } from './worker.ts'

/** The first argument that makes main.ts one of the harness' programs. */
export const PROGRAM_ROLE = 'program'

export async function runProgram(settings: ProgramSettings, host: Host): Promise<void> {
  const recorder = createRecorder(settings.file, settings.proc, host.now)
  switch (settings.role) {
    case 'producer':
      return produce(settings, recorder, host)
    case 'worker':
      return work(settings, recorder, host)
    case 'operator':
      return operate(settings, recorder, host)
    case 'group-operator':
      return operateGroup(settings, recorder, host)
    case 'caller':
      return call(settings, recorder, host)
    case 'member':
      return consume(settings, recorder, host)
    case 'publisher':
      return publish(settings, recorder, host)
    case 'steady-publisher':
      return publishSteadily(settings, recorder, host)
    case 'scheduler':
      return schedule(settings, recorder, host)
    case 'flow-producer':
      return produceFlows(settings, recorder, host)
    case 'flow-worker':
      return workOnFlows(settings, recorder, host)
    case 'subscriber':
      return subscribe(settings, recorder, host)
  }
}
