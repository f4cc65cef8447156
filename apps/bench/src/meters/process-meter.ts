import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { settled } from './meter.ts'
import type { Meter, Reading } from './meter.ts'

/** A clock tick of /proc/…/stat: always this on Linux, whatever the kernel's own. */
const TICK_US = 10_000

export interface ProcessMeterParts {
  readonly pid: number
  readonly flush: () => Promise<void>
  readonly close?: (() => Promise<void>) | undefined
  /** What it holds. Default: memory of its processes and what lies in `directory`. */
  readonly heldBytes?: (() => Promise<number>) | undefined
  readonly directory?: string | undefined
}

/** For a server that says nothing of its own cost: what Linux counted for its processes. */
export function processMeter({ pid, flush, close, heldBytes, directory }: ProcessMeterParts): Meter {
  const held = heldBytes ?? (async () => (await privateBytes(pid)) + (directory ? await bytesIn(directory) : 0))
  return {
    read: async (): Promise<Reading> => ({ cpuUs: await cpuOf(pid), memoryBytes: await held() }),
    settledMemory: () => settled(held),
    flush,
    close: async () => close?.(),
  }
}

/** User and system time of a process and its descendants, also of those that have ended. */
async function cpuOf(root: number): Promise<number> {
  const stats = await statsOfTree(root)
  return stats.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_US
}

async function privateBytes(root: number): Promise<number> {
  const sizes = await Promise.all(
    (await statsOfTree(root)).map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '') // it has just ended
      return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1_024
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        // Blocks and not the length: a file may be reserved and still empty.
        (each) => (each.isFile() ? each.blocks * 512 : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
}

async function statsOfTree(root: number): Promise<readonly ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = (await Promise.all(pids.map(statOf))).filter((each) => each !== undefined)
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid)) // grows while it is walked
  return tree
}

async function statOf(pid: string): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name in brackets may hold anything; after it come state, parent, …, and the times as fields 14 to 17.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    ticks: fields.slice(11, 15).reduce((sum, t) => sum + Number(t), 0),
  }
}
