import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * Apps first, since their files take longest, then each package in one go: a process is used again only where the next file is of the
 * same project. Within a project as vitest has it: what took longest first.
 */
export class ProjectByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    const isApp = (file: TestSpecification): number => Number(file.moduleId.includes('/apps/'))
    const rank = (file: TestSpecification): number => projects.indexOf(file.project)
    return sorted.toSorted((a, b) => isApp(b) - isApp(a) || rank(a) - rank(b))
  }
}
