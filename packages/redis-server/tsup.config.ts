import { defineConfig } from 'tsup'
import { internal } from '../../tsup.shared.ts'

export default defineConfig(internal(['src/index.ts', 'src/proxy/index.ts']))
