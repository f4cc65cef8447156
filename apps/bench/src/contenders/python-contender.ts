import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { PythonProgram, pythonUnavailable, pythonVersion } from './python-program.ts'

interface PythonParts extends Pick<Contender, 'name' | 'settings' | 'pace' | 'lacks'> {
  readonly title: string
  readonly file: string
  /** Of the Python package. */
  readonly library: string
  /** More handlers at once than this are not there. */
  readonly mostAtOnce: number
}

/** A library of Python's: a program of its own for each side, which is told what to do and tells what it handled. */
export function pythonContender({ title, file, library, mostAtOnce, ...parts }: PythonParts): Contender {
  const workerWith =
    (variables: Readonly<Record<string, string>>): Contender['connectWorker'] =>
    async (url, concurrency, handler) => {
      const onHandled = (n: number): void => void handler({ n } as Task)
      const args = ['worker', url, String(Math.min(concurrency, mostAtOnce))]
      const program = await PythonProgram.start(file, args, onHandled, variables)
      return {
        run: () => void program.order('run'),
        async close() {
          await program.order('close')
          await program.end()
        },
      }
    }

  return {
    ...parts,
    title: () => `${title} ${pythonVersion(library)}`,
    unavailable: pythonUnavailable,

    async connectProducer(url) {
      const program = await PythonProgram.start(file, ['producer', url])
      return {
        enqueue: (task) => program.order('enqueue', task),
        enqueueAll: (batch) => program.order('enqueueAll', batch),
        left: async () => Number(await program.order('left')),
        close: () => program.end(),
      }
    },

    connectWorker: workerWith({}),

    reply: {
      async connectAsker(url) {
        const program = await PythonProgram.start(file, ['asker', url])
        return { ask: (task) => program.order('ask', task), close: () => program.end() }
      },
      connectWorker: workerWith({ BENCH_RESULTS: '1' }),
    },
  }
}
