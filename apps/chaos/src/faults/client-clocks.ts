import { join } from 'node:path'
import { compileShim, writePreloading } from './preload.ts'
import { WallClock } from './wall-clock.ts'

/** For each of the harness' programs a wall clock of its own. */
export class ClientClocks {
  readonly #directory: string
  readonly #execPath: string
  readonly #shim: string
  readonly #clocks = new Map<string, WallClock>()

  private constructor(directory: string, execPath: string, shim: string) {
    this.#directory = directory
    this.#execPath = execPath
    this.#shim = shim
  }

  /** `execPath`: Node. */
  static async in(directory: string, source: string, execPath: string): Promise<ClientClocks> {
    return new ClientClocks(directory, execPath, await compileShim(source, directory))
  }

  /** Answers what is to be executed in place of Node, so that `step` moves its clock. */
  programFor(proc: string): string {
    const clock = new WallClock(join(this.#directory, `${proc}.clock`))
    const program = join(this.#directory, `${proc}.sh`)
    writePreloading(program, this.#execPath, this.#shim, { CLOCK_STEP: clock.file })
    this.#clocks.set(proc, clock)
    return program
  }

  step(proc: string, bySeconds: number): void {
    this.#clocks.get(proc)!.step(bySeconds)
  }
}
