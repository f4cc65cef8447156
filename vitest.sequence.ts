import { fileURLToPath } from 'node:url'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import { LONGEST } from './vitest.shared.ts'

const longest = LONGEST.map((file) => fileURLToPath(new URL(file, import.meta.url)))

/**
 * What takes longest first, then apps, then each package in one go: a process is used again only where the next file is of the same
 * project. Within a project as vitest has it.
 */
export class ProjectByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    const isApp = (file: TestSpecification): number => Number(file.moduleId.includes('/apps/'))
    const rank = (file: TestSpecification): number => projects.indexOf(file.project)
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(moduleId)
      return at < 0 ? longest.length : at
    }
    return sorted.toSorted((a, b) => place(a) - place(b) || isApp(b) - isApp(a) || rank(a) - rank(b))
  }
}
